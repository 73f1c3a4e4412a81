//! No communicator: for builds in which everything happens on this host.

use std::path::Path;

use async_trait::async_trait;
use tintype_sdk::{
    BoxRead, Communicator, Error, ExitStatus, FileMeta, OnBytes, RemoteCommand, Result, Running,
};
use tokio::io::AsyncWrite;
use tokio::sync::mpsc;

/// Reaches no machine: commands succeed without running, transfers fail.
#[derive(Clone, Copy, Default, Debug)]
pub struct NoneCommunicator;

/// A command that has already ended well and wrote nothing.
pub(crate) fn nothing_ran() -> Running {
    let (_, output) = mpsc::channel(1);
    Running { output, exit: Box::pin(async { Ok(ExitStatus(0)) }) }
}

fn refuse<T>(what: &str) -> Result<T> {
    // The template asks for something that cannot be: nobody need try again.
    Err(Error::user(format!("{what} is not implemented when communicator = 'none'")).hint(
        "Set \"communicator\" to a kind that reaches the machine, or use provisioners that run on this host.",
    ))
}

#[async_trait]
impl Communicator for NoneCommunicator {
    fn kind(&self) -> &'static str {
        "none"
    }

    async fn start(&self, _: RemoteCommand) -> Result<Running> {
        Ok(nothing_ran())
    }

    async fn upload(&self, _: &str, _: BoxRead, _: FileMeta, _: OnBytes<'_>) -> Result<()> {
        refuse("Upload")
    }

    async fn upload_dir(&self, _: &str, _: &Path, _: OnBytes<'_>) -> Result<()> {
        refuse("UploadDir")
    }

    async fn download(&self, _: &str, _: &mut (dyn AsyncWrite + Send + Unpin), _: OnBytes<'_>) -> Result<()> {
        refuse("Download")
    }

    async fn download_dir(&self, _: &str, _: &Path, _: OnBytes<'_>) -> Result<()> {
        refuse("DownloadDir")
    }
}
