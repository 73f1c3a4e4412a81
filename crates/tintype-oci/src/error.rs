//! What can go wrong with the store, by name. Failures of images, layers and registries are `oci`'s own and are passed on.

use std::io;
use std::path::{Path, PathBuf};

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A mistake, with what one needs to know to act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something with an image, a layer or a registry.
    #[error(transparent)]
    Oci(oci::Error),
    /// No space, or no more than the user may have.
    #[error("no space is left for {}", .path.display())]
    Full {
        /// What was being written.
        path: PathBuf,
    },
    /// A file of the store, or one that was named, that cannot be read or written.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the store that somebody has spoilt.
    #[error("{} is damaged: {why}", .path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No image of this name.
    #[error("there is no image {name}")]
    NoImage {
        /// The name or id.
        name: String,
    },
    /// The beginning of an id that several images have.
    #[error("{name} is the beginning of the ids of several images")]
    Ambiguous {
        /// What was given.
        name: String,
    },
    /// A name under which no image can be kept, or an id that is none.
    #[error("{name:?} cannot be used: {why}")]
    Name {
        /// What was given.
        name: String,
        /// Why.
        why: &'static str,
    },
    /// Others write the same name in a registry all the time.
    #[error("others write {name} at the same time, again and again")]
    Contended {
        /// The name.
        name: String,
    },
    /// Others work in the store all the time, so that nothing can be removed.
    #[error("the store {} is in use, and nothing can be removed from it now", .path.display())]
    Busy {
        /// The store.
        path: PathBuf,
    },
    /// An instruction that cannot be applied.
    #[error("{change:?}: {why}")]
    Change {
        /// The instruction.
        change: String,
        /// What is wrong with it.
        why: String,
    },
    /// A base that cannot be made an image of.
    #[error("{what} cannot be a base: {why}")]
    Base {
        /// Which.
        what: String,
        /// Why.
        why: String,
    },
    /// A program that failed, or a host that cannot do something.
    #[error(transparent)]
    Host(tintype_sdk::Error),
    /// Files on their way into a container or out of it that no longer move, when the container shall end.
    #[error("{what} has not ended: nothing of it has moved for {seconds} seconds")]
    Unfinished {
        /// What.
        what: String,
        /// For how long.
        seconds: u64,
    },
    /// A tree that cannot be unpacked, packed or removed by the one who does that for us.
    #[error("{what}: {why}")]
    Tree {
        /// What was being done.
        what: String,
        /// Why.
        why: String,
    },
}

impl Error {
    /// Names the file in which something went wrong.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| if is_full(&source) { Self::Full { path } } else { Self::Io { path, source } }
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

impl From<oci::Error> for Error {
    fn from(error: oci::Error) -> Self {
        match error {
            oci::Error::Io { path, source } if is_full(&source) => Self::Full { path },
            oci::Error::Stream { what, source } if is_full(&source) => Self::Full { path: what.into() },
            error => Self::Oci(error),
        }
    }
}

impl From<tintype_sdk::Error> for Error {
    fn from(error: tintype_sdk::Error) -> Self {
        Self::Host(error)
    }
}

/// With the ways out that there are.
impl From<Error> for tintype_sdk::Error {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Host(error) => error,
            Error::Full { .. } => Self::environment(text)
                .hint("Free some space on that disk, or name another directory with PACKER_CACHE_DIR."),
            // What is wrong with a tree or an archive does not go away when it is tried again.
            Error::Change { .. }
            | Error::Name { .. }
            | Error::NoImage { .. }
            | Error::Ambiguous { .. }
            | Error::Tree { .. } => Self::user(text),
            Error::Damaged { path, .. } => Self::environment(text)
                .hint(format!("Remove {}: it is made anew when it is needed.", path.display())),
            Error::Io { path, source } => {
                Self::environment(format!("{}: {}", path.display(), tintype_sdk::os_text(&source)))
            }
            _ => Self::environment(text),
        }
    }
}
