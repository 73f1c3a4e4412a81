//! Locks between programs, each a file: they end with whoever holds them, however that ends. What is guarded by which is for the others.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::{Error, Result};

/// How often it is looked whether a lock has become free.
const LOOK: Duration = Duration::from_millis(4);

/// Whoever has waited for long looks less often.
const LOOK_LATER: Duration = Duration::from_millis(60);

/// Who else may have a lock.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// Others who use the same.
    Shared,
    /// Nobody.
    Alone,
}

/// A lock that is held until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    /// Takes a lock if it is free.
    pub(crate) fn now(path: &Path, mode: Mode) -> Result<Option<Self>> {
        loop {
            let opened = File::options().read(true).write(true).create(true).truncate(false).open(path);
            let file = opened.map_err(Error::io(path))?;
            let tried = match mode {
                Mode::Shared => file.try_lock_shared(),
                Mode::Alone => file.try_lock(),
            };
            match tried {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(Error::io(path)(error)),
            }
            // Whoever had it before may have removed the file: then this lock keeps nobody out.
            if is_at(&file, path) {
                return Ok(Some(Self { file, path: path.to_owned() }));
            }
        }
    }

    /// Waits for a lock.
    pub(crate) async fn wait(path: &Path, mode: Mode) -> Result<Self> {
        let mut pause = LOOK;
        loop {
            if let Some(lock) = Self::now(path, mode)? {
                return Ok(lock);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LOOK_LATER);
        }
    }

    /// Waits for a lock on this thread.
    pub(crate) fn block(path: &Path, mode: Mode) -> Result<Self> {
        let mut pause = LOOK;
        loop {
            if let Some(lock) = Self::now(path, mode)? {
                return Ok(lock);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(LOOK_LATER);
        }
    }

    /// Removes the file of a lock that is held alone: what it guarded is gone.
    pub(crate) fn discard(self) {
        // Elsewhere an open file cannot be removed; an empty file does no harm.
        let _ = std::fs::remove_file(&self.path);
        drop(self.file);
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let found = |meta: std::io::Result<std::fs::Metadata>| meta.map(|meta| (meta.dev(), meta.ino())).ok();
    found(file.metadata()) == found(std::fs::metadata(path))
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}
