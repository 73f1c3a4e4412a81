//! Tar, as layers need it: entries with extended attributes, holes, large numbers and names that are bytes. Nothing is kept in memory
//! but one entry's description. What entries mean for a tree is the matter of `layer`.

use std::collections::BTreeMap;

mod numbers;
mod read;
mod sparse;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Chunk, TarReader};
pub use write::TarWriter;

/// Everything in a tar archive stands in blocks of so many bytes.
pub(crate) const BLOCK: usize = 512;

/// One entry of an archive, without its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Its name, as it stands in the archive.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: Kind,
    /// Permissions, with the set-user-id, set-group-id and sticky bits: `mode & 0o7777`.
    pub mode: u32,
    /// Who owns it.
    pub uid: u32,
    /// Which group owns it.
    pub gid: u32,
    /// When it was last changed: seconds since 1970, perhaps before.
    pub mtime: i64,
    /// How many bytes its content has, holes included. Only files have content.
    pub size: u64,
    /// Extended attributes.
    pub xattrs: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Entry {
    /// An entry that belongs to root, is as old as 1970 and has neither content nor attributes.
    ///
    /// ```
    /// use oci::tarball::{Entry, Kind};
    /// let hosts = Entry { size: 10, ..Entry::new("etc/hosts", Kind::File, 0o644) };
    /// assert_eq!(hosts.uid, 0);
    /// ```
    pub fn new(path: impl Into<Vec<u8>>, kind: Kind, mode: u32) -> Self {
        Self { path: path.into(), kind, mode, uid: 0, gid: 0, mtime: 0, size: 0, xattrs: BTreeMap::new() }
    }

    /// The name, for messages.
    pub fn name(&self) -> String {
        String::from_utf8_lossy(&self.path).into_owned()
    }
}

/// What an entry is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A file with content.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to this.
    Symlink(Vec<u8>),
    /// A further name of the file with this name.
    Hardlink(Vec<u8>),
    /// A character device.
    Character {
        /// Its driver.
        major: u32,
        /// Which of the driver's devices.
        minor: u32,
    },
    /// A block device.
    Block {
        /// Its driver.
        major: u32,
        /// Which of the driver's devices.
        minor: u32,
    },
    /// A named pipe.
    Fifo,
}
