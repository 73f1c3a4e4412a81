//! Container images without an Engine: names, documents, registries, layouts, archives, and layers taken from directories and put into
//! them. It starts no programs, reads no environment and mounts nothing; whoever builds images with it does.
//!
//! | to do this | use |
//! |---|---|
//! | name an image, a platform, content | [`Reference`], [`Platform`], [`Digest`] |
//! | read and make documents | [`Manifest`], [`Index`], [`ImageConfig`], [`Image`] |
//! | keep blobs, shared by many programs at once | [`Blobs`] |
//! | fetch from and send to registries | [`Client`], with [`Logins`] and [`Progress`] |
//! | images in directories and files | [`Layout`], [`archive`] |
//! | directories to layers | [`layer::compare`], [`layer::merge`], [`layer::LayerWriter`] |
//! | layers to directories | [`layer::Unpack`] |
//!
//! Nothing that comes from outside is trusted: each size has a limit, each wait an end, each digest is checked, and no name in a layer
//! leads out of its directory. What goes wrong is an [`Error`] with a name.
//!
//! An image from another, with what changed in an upper directory of overlayfs:
//! ```no_run
//! # #[cfg(target_os = "linux")]
//! # async fn example() -> oci::Result<()> {
//! use oci::layer::{Compression, Devices, Form, LayerWriter, Limits, Marks, Note, Owners, Taking, Unpack, merge};
//! use std::{path::Path, sync::Arc};
//!
//! let client = oci::Client::new(reqwest::Client::builder(), Arc::new(oci::Anonymous), oci::Options::default())?;
//! let blobs = oci::Blobs::at("store/blobs");
//! let base = client.pull(&"debian:12".parse()?, &oci::Platform::host(), &blobs, &()).await?;
//! let mut note = |note: Note| eprintln!("{}: {}", note.path, note.why);
//! for (number, (layer, diff_id)) in base.manifest.layers.iter().zip(&base.config.rootfs.diff_ids).enumerate() {
//!     let into = format!("store/lower/{number}");
//!     std::fs::create_dir_all(&into).unwrap();
//!     let mut unpack = Unpack {
//!         form: Form::Overlay(Marks::Trusted),
//!         owners: Owners::Keep,
//!         devices: Devices::Make,
//!         limits: Limits::default(),
//!         note: &mut note,
//!     };
//!     unpack.blob(blobs.open(&layer.digest)?, layer, Some(diff_id), Path::new(&into))?;
//! }
//! // Here somebody mounts the directories, works in them, and unmounts them.
//! let mut writer = LayerWriter::new(blobs.writer()?, Compression::GZIP, None)?;
//! let mut taking = Taking { owners: None, skip: &|_| false, note: &mut note };
//! merge(&[Path::new("store/upper")], &mut writer, &mut taking)?;
//! let (layer, blob) = writer.finish()?;
//! blob.keep(&layer.blob.media_type)?;
//! let mut image = oci::Image { manifest: base.manifest, config: base.config };
//! image.add_layer(&layer, oci::History { created_by: Some("a build".to_owned()), ..Default::default() });
//! let stored = image.store(&blobs)?;
//! client.push(&"localhost:5000/mine:1".parse()?, &stored, &blobs, &[], &()).await?;
//! # Ok(()) }
//! ```

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
mod several;
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
    Anonymous, Answer, Client, DockerConfig, DockerLogins, Helper, HelperAnswer, Login, Logins, Moved, Netrc,
    Options, Progress, Pulled,
};
