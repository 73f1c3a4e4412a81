//! What can go wrong, each with a name. Sentences are complete and start small, ready to stand behind "cannot …: ".

use crate::Forbidden;
use std::io;

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The host does not let us.
    #[error("{0}")]
    Forbidden(Forbidden),
    /// The machine could not be made.
    #[error("the machine does not start: {0}")]
    Start(String),
    /// The machine is gone: somebody killed it, or it ran out of memory.
    #[error("the machine is gone{0}")]
    Gone(String),
    /// A program could not be started in the machine; `code` is what a shell would give (126, 127).
    #[error("{text}")]
    Exec {
        /// Why.
        text: String,
        /// 127 when there is no such program, 126 when it cannot be run, as shells and Docker have it.
        code: i32,
    },
    /// A task failed, in its own words.
    #[error("{0}")]
    Task(String),
    /// The system failed us.
    #[error("{what}: {source}")]
    Io {
        /// What we were doing.
        what: String,
        /// The system's answer.
        source: io::Error,
    },
}

impl Error {
    #[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "machines are Linux's"))]
    pub(crate) fn io(what: impl Into<String>, source: impl Into<io::Error>) -> Self {
        Self::Io { what: what.into(), source: source.into() }
    }
}
