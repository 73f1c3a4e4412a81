//! Layers: changes of a tree as an archive. Made from directories or from single entries, and put into directories again. Which
//! layers make an image is said in its manifest.

mod compress;
mod decompress;
mod gzip;
mod limits;
pub mod paths;
mod writer;

#[cfg(target_os = "linux")]
mod compare;
#[cfg(target_os = "linux")]
mod inode;
#[cfg(target_os = "linux")]
mod merge;
#[cfg(target_os = "linux")]
mod pipe;
#[cfg(target_os = "linux")]
mod root;
#[cfg(target_os = "linux")]
mod unpack;

#[cfg(test)]
mod tests;

pub use compress::Compression;
pub use decompress::LayerReader;
pub use limits::Limits;
pub use writer::{Layer, LayerWriter, recompress};

#[cfg(target_os = "linux")]
pub use {
    compare::compare,
    inode::Taking,
    merge::merge,
    unpack::{Devices, Form, Owners, Unpack, Unpacked},
};

/// Something that was left out of a layer or of a tree, and why. None of these spoils the rest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Where.
    pub path: String,
    /// What was left out, and why.
    pub why: String,
}

/// As whom overlayfs is mounted, which decides how it marks directories that hide what is below.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Marks {
    /// By root: in attributes that only root sees.
    Trusted,
    /// With `userxattr`, in a user namespace.
    User,
}

impl Marks {
    /// The attribute of a directory that hides what is below.
    pub fn opaque(self) -> &'static str {
        match self {
            Self::Trusted => "trusted.overlay.opaque",
            Self::User => "user.overlay.opaque",
        }
    }
}

/// Attributes with which overlayfs keeps its books. They are no part of any layer, and from one they could make it reach elsewhere.
#[cfg(target_os = "linux")]
fn is_overlays(name: &[u8]) -> bool {
    name.starts_with(b"trusted.overlay.") || name.starts_with(b"user.overlay.")
}
