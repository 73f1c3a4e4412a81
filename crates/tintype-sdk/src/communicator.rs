//! How commands and files reach a machine. What the machine is, and how one gets there, is for the implementations.

use std::path::Path;

use async_trait::async_trait;
use bytes::Bytes;
use futures::future::BoxFuture;
use tintype_event::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;

use crate::Result;

/// A stream to read from.
pub type BoxRead = Box<dyn AsyncRead + Send + Sync + Unpin>;

/// A command for the machine's shell.
pub struct RemoteCommand {
    /// The command line, as the machine's shell reads it.
    pub command: String,
    /// What it reads from standard input; nothing when absent.
    pub stdin: Option<BoxRead>,
}

impl RemoteCommand {
    /// A command that reads nothing.
    pub fn new(command: impl Into<String>) -> Self {
        Self { command: command.into(), stdin: None }
    }
}

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ExitStatus(pub i64);

impl ExitStatus {
    /// The connection was lost before the command's status arrived.
    pub const DISCONNECTED: ExitStatus = ExitStatus(2_300_218);

    /// Whether it ended with 0.
    pub fn success(self) -> bool {
        self.0 == 0
    }
}

/// A command at work.
pub struct Running {
    /// Its output in the order in which it came, as far as the transport keeps one. Ends when both streams have ended. Bounded: a
    /// command that writes faster than it is read waits.
    pub output: mpsc::Receiver<(Stream, Bytes)>,
    /// Its end. Need not be awaited for the output to flow.
    pub exit: BoxFuture<'static, Result<ExitStatus>>,
}

/// What is known of an uploaded file beside its content.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct FileMeta {
    /// Length in bytes.
    pub size: Option<u64>,
    /// Permission bits (the lowest twelve).
    pub mode: Option<u32>,
    /// Last change, in seconds since 1970.
    pub mtime: Option<u64>,
}

/// Told how many bytes have gone through, each time some have.
pub type OnBytes<'a> = &'a (dyn Fn(u64) + Send + Sync);

/// A way to a machine. Used by several tasks at once.
#[async_trait]
pub trait Communicator: Send + Sync {
    /// Its type, `ssh`, `docker`, `none`.
    fn kind(&self) -> &'static str;

    /// Starts a command. Dropping what it returns gives the command up; whether that ends it is the transport's affair.
    async fn start(&self, command: RemoteCommand) -> Result<Running>;

    /// Writes one file; `to` names the file, not its directory.
    async fn upload(&self, to: &str, from: BoxRead, meta: FileMeta, progress: OnBytes<'_>) -> Result<()>;

    /// The same for a plain file of this host, for those who can read it in a better way than piece by piece.
    async fn upload_file(
        &self,
        to: &str,
        from: std::fs::File,
        meta: FileMeta,
        progress: OnBytes<'_>,
    ) -> Result<()> {
        self.upload(to, Box::new(tokio::fs::File::from_std(from)), meta, progress).await
    }

    /// Writes a directory. With a `/` at the end of `from` its contents go into `to`, without one a directory of its name is made
    /// in `to`. Modes, times and symbolic links are kept where the transport can.
    async fn upload_dir(&self, to: &str, from: &Path, progress: OnBytes<'_>) -> Result<()>;

    /// Reads one file.
    async fn download(
        &self,
        from: &str,
        to: &mut (dyn AsyncWrite + Send + Unpin),
        progress: OnBytes<'_>,
    ) -> Result<()>;

    /// Reads a directory, or what a pattern matches, into a directory that exists.
    async fn download_dir(&self, from: &str, to: &Path, progress: OnBytes<'_>) -> Result<()>;

    /// As [`Self::upload_dir`], without what the patterns match, where the transport can leave something out. Plugins may ask for it.
    async fn upload_dir_except(
        &self,
        to: &str,
        from: &Path,
        _except: &[String],
        progress: OnBytes<'_>,
    ) -> Result<()> {
        self.upload_dir(to, from, progress).await
    }

    /// As [`Self::download_dir`], in the same way.
    async fn download_dir_except(
        &self,
        from: &str,
        to: &Path,
        _except: &[String],
        progress: OnBytes<'_>,
    ) -> Result<()> {
        self.download_dir(from, to, progress).await
    }

    /// Ends every session, before the machine is frozen or stopped.
    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
