//! A machine that is not there and says yes to everything: what the file builder offers to provisioners.

use std::path::Path;

use async_trait::async_trait;
use tintype_sdk::{BoxRead, Communicator, FileMeta, OnBytes, RemoteCommand, Result, Running};
use tokio::io::{AsyncReadExt, AsyncWrite};

use crate::none::nothing_ran;

/// Accepts every command and every transfer, does nothing.
#[derive(Clone, Copy, Default, Debug)]
pub struct DummyCommunicator;

#[async_trait]
impl Communicator for DummyCommunicator {
    fn kind(&self) -> &'static str {
        "dummy"
    }

    async fn start(&self, _: RemoteCommand) -> Result<Running> {
        Ok(nothing_ran())
    }

    async fn upload(&self, _: &str, mut from: BoxRead, _: FileMeta, progress: OnBytes<'_>) -> Result<()> {
        // Read to the end, as a transfer would: a file that cannot be read is still noticed.
        let mut buffer = vec![0; 64 << 10];
        loop {
            let count = from.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            progress(count as u64);
        }
    }

    async fn upload_dir(&self, _: &str, _: &Path, _: OnBytes<'_>) -> Result<()> {
        Ok(())
    }

    async fn download(&self, _: &str, _: &mut (dyn AsyncWrite + Send + Unpin), _: OnBytes<'_>) -> Result<()> {
        Ok(())
    }

    async fn download_dir(&self, _: &str, _: &Path, _: OnBytes<'_>) -> Result<()> {
        Ok(())
    }
}
