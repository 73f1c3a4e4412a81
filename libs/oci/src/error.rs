//! What can go wrong, by name: with names of images, with registries, with documents, with files, with layers. How a mistake is shown is
//! its reader's affair.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Digest;

/// The result of everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A mistake, with what one needs to know to act on it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that is no name of an image.
    #[error("{text:?} is no name of an image: {why}")]
    Reference {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text that is no digest.
    #[error("{text:?} is no digest: {why}")]
    Digest {
        /// What was given.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text that is no platform.
    #[error("{text:?} is no platform: it is written os/architecture or os/architecture/variant")]
    Platform {
        /// What was given.
        text: String,
    },
    /// Work that nobody wanted any more.
    #[error("{what} was stopped")]
    Stopped {
        /// Which.
        what: String,
    },
    /// Content that is not what its digest promises.
    #[error("{what} is not what was asked for: its digest is {found}, not {expected}")]
    Mismatch {
        /// Which content.
        what: String,
        /// The digest that was asked for.
        expected: Digest,
        /// The digest of what came.
        found: Digest,
    },
    /// Content that is shorter or longer than its descriptor promises.
    #[error("{what} has {found} bytes, {expected} were promised")]
    Length {
        /// Which content.
        what: String,
        /// How many bytes were promised.
        expected: u64,
        /// How many came; when more came than were promised, how many had come when reading stopped.
        found: u64,
    },
    /// Something larger than anybody should send.
    #[error("{what} is larger than {limit} bytes, which is the limit for it")]
    TooLarge {
        /// What it is.
        what: String,
        /// The limit, in bytes.
        limit: u64,
    },
    /// A registry that does not answer, or no longer sends or takes anything.
    #[error("{host} kept {what} waiting for more than {} s", .after.as_secs_f32())]
    Timeout {
        /// Who.
        host: String,
        /// What was waited for.
        what: String,
        /// How long.
        after: Duration,
    },
    /// A connection that broke, or over which something else is spoken.
    #[error("{what}: the connection to {host} broke: {why}")]
    Broken {
        /// To whom.
        host: String,
        /// What was being done.
        what: String,
        /// The innermost reason.
        why: String,
    },
    /// A registry that cannot be reached.
    #[error("{what}: {host} cannot be reached: {why}")]
    Network {
        /// Who.
        host: String,
        /// What was being done.
        what: String,
        /// The innermost reason.
        why: String,
    },
    /// A registry that refuses: no login, a wrong one, or no right to do this.
    #[error("{what}: {host} refuses: {why}")]
    Denied {
        /// Who.
        host: String,
        /// What was being done.
        what: String,
        /// What the registry says.
        why: String,
    },
    /// Something that the registry, layout or archive does not have.
    #[error("{what} is not there")]
    NotFound {
        /// What was looked for, and where.
        what: String,
    },
    /// An answer with a status that means a failure.
    #[error("{what}: {host} answers {status}{}{message}", if .message.is_empty() { "" } else { ": " })]
    Status {
        /// Who.
        host: String,
        /// What was being done.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What the registry says.
        message: String,
    },
    /// An answer that makes no sense.
    #[error("{what}: {host} gives an answer that makes no sense: {why}")]
    Nonsense {
        /// Who.
        host: String,
        /// What was being done.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A login that could not be found out.
    #[error("the login for {host} cannot be found out: {why}")]
    Login {
        /// For which registry.
        host: String,
        /// Why.
        why: String,
    },
    /// An index without an image for the platform.
    #[error("{what} has no image for {wanted}, only for {}", if .offered.is_empty() { "no platform at all".to_owned() } else { .offered.join(", ") })]
    NoPlatform {
        /// Which index.
        what: String,
        /// Which platform was wanted.
        wanted: String,
        /// Which there are.
        offered: Vec<String>,
    },
    /// A manifest, index, configuration or layout that breaks its rules.
    #[error("{what} cannot be used: {why}")]
    Document {
        /// Which document.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file or directory of ours that cannot be read or written. No space is one of these.
    #[error("{}: {source}", .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A stream that cannot be read or written.
    #[error("{what}: {source}")]
    Stream {
        /// Which.
        what: String,
        /// Why.
        source: io::Error,
    },
    /// An archive or layer that is damaged, or not an archive at all.
    #[error("{what} is damaged: {why}")]
    Damaged {
        /// Which.
        what: String,
        /// What is wrong with it.
        why: String,
    },
    /// An entry of a layer that would be written, or would reach, outside of the tree it belongs to.
    #[error("the layer's entry {entry:?} leads out of its tree: {why}")]
    Escape {
        /// The entry's name.
        entry: String,
        /// How.
        why: String,
    },
    /// An entry of a layer that cannot be made.
    #[error("the layer's entry {entry:?} cannot be made: {why}")]
    Entry {
        /// The entry's name.
        entry: String,
        /// Why.
        why: String,
    },
    /// A layer that grows beyond its limits.
    #[error("the layer grows beyond its limits: {why}")]
    Bomb {
        /// Which limit, and how to raise it.
        why: String,
    },
    /// A directory that cannot be made into a layer.
    #[error("{}: cannot become part of a layer: {why}", .path.display())]
    Unfit {
        /// Where, inside of the directory.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl Error {
    /// Names the file in which something went wrong.
    pub(crate) fn io(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        let path = path.as_ref().to_owned();
        move |source| Self::Io { path, source }
    }

    pub(crate) fn document(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Document { what: what.into(), why: why.into() }
    }

    pub(crate) fn damaged(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Damaged { what: what.into(), why: why.into() }
    }
}

/// Mistakes of ours travel through readers and writers of the standard library, and come out as what they were.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}

impl Error {
    /// What went wrong in a stream: a mistake of ours that travelled through it, or one of the stream itself.
    pub(crate) fn stream(what: &str) -> impl FnOnce(io::Error) -> Self {
        let what = what.to_owned();
        move |source| match source.downcast::<Self>() {
            Ok(error) => error,
            Err(source) => Self::Stream { what, source },
        }
    }
}
