//! Container images: their names, their documents, and registries to fetch them from and send them to.

pub mod archive;
mod blobs;
mod config;
mod digest;
mod error;
mod image;
pub mod layer;
mod layout;
mod manifest;
pub mod media;
mod platform;
mod reference;
mod registry;
pub mod tarball;
#[cfg(test)]
mod tests;

pub use blobs::{BlobWriter, Blobs, LARGEST_DOCUMENT};
pub use config::{History, ImageConfig, RootFs, RunConfig};
pub use digest::{Algorithm, Digest, Hasher};
pub use error::{Error, Result};
pub use image::Image;
pub use layout::{Layout, REF_NAME};
pub use manifest::{Descriptor, Document, Index, Manifest};
pub use platform::Platform;
pub use reference::{Reference, Repository};
pub use registry::{
    Anonymous, Answer, Client, DockerConfig, DockerLogins, Helper, HelperAnswer, Login, Logins, Moved,
    Options, Progress, Pulled,
};
