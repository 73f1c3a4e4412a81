//! One at a time, among all processes that share a plugin directory: a lock on a file, which ends with the process that holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use tintype_sdk::{Context, Cx, Error, Result};

use crate::Digest;

/// The folder in a plugin directory for what is on its way. Neither we nor Packer look for plugins in it: no name there begins like one.
const WORK: &str = ".tintype";

/// The right to make one archive into a plugin.
pub(crate) struct Guard {
    dir: PathBuf,
    digest: Digest,
    /// Unlocked when it is closed.
    _lock: File,
}

impl Guard {
    /// Waits until nobody else works on this archive.
    pub(crate) async fn take(plugin_dir: &Path, digest: Digest, what: &str, cx: &Cx) -> Result<Self> {
        let dir = plugin_dir.join(WORK);
        let file = dir.join(format!("{digest}.lock"));
        let place = || file.display().to_string();
        std::fs::create_dir_all(&dir).context(place)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file).context(place)?;
        let lock = match lock.try_lock() {
            Ok(()) => lock,
            Err(TryLockError::Error(error)) if error.kind() != std::io::ErrorKind::Unsupported => {
                return Err(Error::from(error).context(place()));
            }
            // A file system without locks: the worst is that work is done twice.
            Err(TryLockError::Error(_)) => lock,
            Err(TryLockError::WouldBlock) => {
                cx.say(format!("Waiting for another process, which is installing {what}"));
                let waiting = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock));
                let waited = cx.wait(waiting).await?;
                waited.map_err(|error| Error::bug(error.to_string()))?.context(place)?
            }
        };
        Ok(Self { dir, digest, _lock: lock })
    }

    /// Where the archive is gathered. What is there of it from an earlier, broken download is used.
    pub(crate) fn part(&self) -> PathBuf {
        self.dir.join(format!("{}.part", self.digest))
    }

    /// A new file on the file system of the plugins, gone if it is not put into its place.
    pub(crate) fn new_file(&self, extension: &str) -> Result<tempfile::NamedTempFile> {
        let made = tempfile::Builder::new()
            .prefix("new-")
            .suffix(extension)
            .make_in(&self.dir, |path| OpenOptions::new().read(true).write(true).create_new(true).open(path));
        made.context(|| self.dir.display().to_string())
    }
}
