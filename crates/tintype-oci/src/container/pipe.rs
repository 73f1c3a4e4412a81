//! Pipes to tasks: the near end is ours and asynchronous, the far end is a file that the task reads or writes. What goes through them is
//! for others.

use std::fs::File;
use std::io;

use crate::{Error, Result};

/// Pipes hold so much where the system lets us: fewer switches between us and the task.
#[cfg(target_os = "linux")]
const SIZE: usize = 1 << 20;

/// Where we write what a task reads.
#[cfg(unix)]
pub(super) type Near = tokio::net::unix::pipe::Sender;
/// Where we read what a task writes.
#[cfg(unix)]
pub(super) type NearRead = tokio::net::unix::pipe::Receiver;

/// Where machines cannot be, nothing is ever written to one.
#[cfg(not(unix))]
pub(super) type Near = tokio::io::Sink;
#[cfg(not(unix))]
pub(super) type NearRead = tokio::io::Empty;

fn failed(error: io::Error) -> Error {
    Error::Tree { what: "a pipe to the container".to_owned(), why: tintype_sdk::os_text(&error) }
}

/// A pipe that a task reads.
#[cfg(unix)]
pub(super) fn to_task() -> Result<(Near, File)> {
    let (reader, writer) = pipe().map_err(failed)?;
    Ok((Near::from_owned_fd(writer.into()).map_err(failed)?, file(reader)))
}

/// A pipe that a task writes.
#[cfg(unix)]
pub(super) fn from_task() -> Result<(NearRead, File)> {
    let (reader, writer) = pipe().map_err(failed)?;
    Ok((NearRead::from_owned_fd(reader.into()).map_err(failed)?, file(writer)))
}

/// A pipe that a task writes, and that a thread reads which may wait.
#[cfg(unix)]
pub(super) fn from_task_blocking() -> Result<(File, File)> {
    let (reader, writer) = pipe().map_err(failed)?;
    Ok((file(reader), file(writer)))
}

#[cfg(unix)]
fn pipe() -> io::Result<(io::PipeReader, io::PipeWriter)> {
    let pipe = io::pipe()?;
    #[cfg(target_os = "linux")]
    {
        // A limit for all pipes of a user may be reached: then it is a smaller one.
        let _ = rustix::pipe::fcntl_setpipe_size(&pipe.1, SIZE);
    }
    Ok(pipe)
}

#[cfg(unix)]
fn file(end: impl Into<std::os::fd::OwnedFd>) -> File {
    File::from(end.into())
}

#[cfg(not(unix))]
pub(super) fn to_task() -> Result<(Near, File)> {
    Err(failed(io::ErrorKind::Unsupported.into()))
}

#[cfg(not(unix))]
pub(super) fn from_task() -> Result<(NearRead, File)> {
    Err(failed(io::ErrorKind::Unsupported.into()))
}

#[cfg(not(unix))]
pub(super) fn from_task_blocking() -> Result<(File, File)> {
    Err(failed(io::ErrorKind::Unsupported.into()))
}
