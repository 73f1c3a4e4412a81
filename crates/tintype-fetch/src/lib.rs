//! Plugin files: the installed tree, what each plugin says of itself, the sources and mirrors that plugins come from, the lock file.
//! Launching plugins and speaking with them is `tintype-plugin`'s work; which plugin a template gets is decided in `tintype-cli`.
//!
//! [`Tree`] is a plugin directory; [`Examiner`] checks a binary and asks it to describe itself, once; [`Installer`] brings a plugin from a
//! [`Remote`] into the tree; [`LockFile`] remembers what was installed.

mod api;
mod archive;
mod cache;
mod describe;
mod digest;
mod download;
mod examine;
mod folder;
mod github;
mod guard;
mod http;
mod install;
mod local;
mod lock_file;
mod name;
mod oci;
mod os;
mod place;
mod platform;
mod releases;
mod remote;
mod sums;
mod tree;
pub mod untrusted;
mod vendor;

pub use api::Api;
pub use describe::{DEFAULT_COMPONENT, Description};
pub use digest::Digest;
pub use examine::{Examined, Examiner};
pub use http::Http;
pub use install::{Installed, Installer, Order};
pub use local::install_local;
pub use lock_file::{LOCK_FILE, LockFile, Locked};
pub use name::BinaryName;
pub use platform::Platform;
pub use remote::{Remote, mirror, public};
pub use tree::{Installation, Listing, PassedOver, Query, Tree, plugin_dir, remove};
pub use vendor::{Vendored, vendor};

#[cfg(test)]
mod tests;
