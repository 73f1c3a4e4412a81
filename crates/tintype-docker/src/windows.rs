//! How commands and files reach a container of Windows: commands through PowerShell, files through the directory that is shared with
//! this host, since the Engine cannot write into a running container there.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tintype_sdk::{BoxRead, Communicator, Context, Error, FileMeta, OnBytes, RemoteCommand, Result, Running};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::chunks::CHUNK;
use crate::config::WINDOWS;
use crate::driver::{Driver, Exec};

/// A way into a container of Windows.
pub(crate) struct WindowsCommunicator {
    driver: Arc<dyn Driver>,
    container: String,
    exec_user: String,
    pty: bool,
    /// The shared directory here.
    shared: PathBuf,
    /// The same directory there.
    container_dir: String,
}

impl WindowsCommunicator {
    /// A way into this container, which shares a directory with this host.
    pub fn new(
        driver: Arc<dyn Driver>,
        entrance: &crate::communicator::Entrance<'_>,
        shared: &Path,
        container_dir: &str,
    ) -> Self {
        Self {
            driver,
            container: entrance.container.to_owned(),
            exec_user: entrance.exec_user.to_owned(),
            pty: entrance.pty,
            shared: shared.to_owned(),
            container_dir: container_dir.to_owned(),
        }
    }

    /// A fresh directory in the shared one, gone when it is dropped, with its path there.
    fn exchange(&self) -> Result<(tempfile::TempDir, String)> {
        let dir = tempfile::Builder::new()
            .prefix("transfer")
            .tempdir_in(&self.shared)
            .context(|| self.shared.display().to_string())?;
        let name = dir.path().file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let there = format!("{}/{name}", self.container_dir.trim_end_matches(['/', '\\']));
        Ok((dir, there))
    }

    async fn powershell(&self, what: &str, script: &str) -> Result<()> {
        let exec = Exec::new(&["powershell", script]).by(&self.exec_user);
        let (status, _, complaint) = self.driver.exec(&self.container, exec).await?.gather(64 << 10).await?;
        if status.success() {
            return Ok(());
        }
        Err(Error::environment(format!("{what}: {}", String::from_utf8_lossy(&complaint).trim())))
    }
}

/// A text as PowerShell takes it literally.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

async fn copy(
    from: &mut (dyn AsyncRead + Send + Unpin),
    to: &mut (dyn AsyncWrite + Send + Unpin),
    progress: OnBytes<'_>,
) -> Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            to.flush().await?;
            return Ok(());
        }
        to.write_all(&buffer[..count]).await?;
        progress(count as u64);
    }
}

/// Copies everything in a directory into another.
fn copy_tree(from: &Path, to: &Path) -> Result<u64> {
    let mut waiting = vec![(from.to_owned(), to.to_owned())];
    let mut copied = 0;
    while let Some((from, to)) = waiting.pop() {
        std::fs::create_dir_all(&to).context(|| to.display().to_string())?;
        for entry in std::fs::read_dir(&from).context(|| from.display().to_string())? {
            let entry = entry.context(|| from.display().to_string())?;
            let path = entry.path();
            let target = to.join(entry.file_name());
            // A link stands for what it leads to: Windows has none that every program can read.
            if path.is_dir() {
                waiting.push((path, target));
            } else {
                copied += std::fs::copy(&path, &target).context(|| path.display().to_string())?;
            }
        }
    }
    Ok(copied)
}

async fn copy_tree_aside(from: PathBuf, to: PathBuf) -> Result<u64> {
    tokio::task::spawn_blocking(move || copy_tree(&from, &to))
        .await
        .map_err(|error| Error::bug(error.to_string()))?
}

#[async_trait]
impl Communicator for WindowsCommunicator {
    fn kind(&self) -> &'static str {
        WINDOWS
    }

    async fn start(&self, command: RemoteCommand) -> Result<Running> {
        let exec = Exec {
            argv: vec!["powershell".into(), format!("({})", command.command)],
            user: self.exec_user.clone(),
            tty: self.pty,
            stdin: command.stdin,
        };
        self.driver.exec(&self.container, exec).await
    }

    async fn upload(&self, to: &str, mut from: BoxRead, _: FileMeta, progress: OnBytes<'_>) -> Result<()> {
        let (here, there) = self.exchange()?;
        let path = here.path().join("file");
        let mut file = tokio::fs::File::create(&path).await.context(|| path.display().to_string())?;
        copy(&mut from, &mut file, progress).await?;
        drop(file);
        let script = format!(
            "Copy-Item -Force -LiteralPath {} -Destination {}",
            quoted(&format!("{there}/file")),
            quoted(to)
        );
        self.powershell(&format!("Error uploading {to}"), &script).await
    }

    async fn upload_dir(&self, to: &str, from: &Path, progress: OnBytes<'_>) -> Result<()> {
        let contents = from.as_os_str().to_string_lossy().ends_with(['/', '\\']);
        let (here, there) = self.exchange()?;
        let name = from.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let (target, source) = if contents {
            (here.path().to_owned(), format!("{there}/*"))
        } else {
            (here.path().join(&name), format!("{there}/{name}"))
        };
        progress(copy_tree_aside(from.to_owned(), target).await?);
        let to_quoted = quoted(to);
        let make = if contents {
            format!("New-Item -ItemType Directory -Force {to_quoted} | Out-Null; ")
        } else {
            String::new()
        };
        let script =
            format!("{make}Copy-Item -Recurse -Force -Path {} -Destination {to_quoted}", quoted(&source));
        self.powershell(&format!("Error uploading {}", from.display()), &script).await
    }

    async fn download(
        &self,
        from: &str,
        to: &mut (dyn AsyncWrite + Send + Unpin),
        progress: OnBytes<'_>,
    ) -> Result<()> {
        let (here, there) = self.exchange()?;
        let script = format!(
            "Copy-Item -Force -LiteralPath {} -Destination {}",
            quoted(from),
            quoted(&format!("{there}/file"))
        );
        self.powershell(&format!("Error downloading {from}"), &script).await?;
        let path = here.path().join("file");
        let mut file = tokio::fs::File::open(&path).await.context(|| path.display().to_string())?;
        copy(&mut file, to, progress).await
    }

    async fn download_dir(&self, from: &str, to: &Path, progress: OnBytes<'_>) -> Result<()> {
        let (here, there) = self.exchange()?;
        let script =
            format!("Copy-Item -Recurse -Force -Path {} -Destination {}", quoted(from), quoted(&there));
        self.powershell(&format!("Error downloading {from}"), &script).await?;
        progress(copy_tree_aside(here.path().to_owned(), to.to_owned()).await?);
        Ok(())
    }
}
