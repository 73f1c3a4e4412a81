//! Files that appear whole or not at all: written beside their target under another name and renamed at the end. A failure, a full
//! disk, an interrupt leave what was there before.

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use tempfile::TempPath;
use tintype_sdk::{Error, Result, os_text};

use crate::os;

/// A file that is being written. Dropped before `keep`, nothing of it stays.
pub(crate) struct Replacement {
    temp: Option<TempPath>,
    target: PathBuf,
    shown: String,
}

impl Replacement {
    /// Begins a file that will take the place of `target`, which is shown as `shown`. Directories are made. `mode` (less the umask)
    /// are the permissions of a new file; a file that is there keeps its own.
    pub fn begin(target: &Path, shown: &str, mode: u32) -> Result<(Self, File)> {
        let made = Self::try_begin(target, mode);
        let (temp, target, file) = made.map_err(|error| cannot_write(shown, &error))?;
        Ok((Self { temp, target, shown: shown.to_string() }, file))
    }

    fn try_begin(target: &Path, mode: u32) -> io::Result<(Option<TempPath>, PathBuf, File)> {
        let there = std::fs::metadata(target).ok();
        if there.as_ref().is_some_and(Metadata::is_dir) {
            return Err(io::Error::from(io::ErrorKind::IsADirectory));
        }
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            // A device or a pipe is written to, not replaced.
            return Ok((None, target.to_path_buf(), File::options().write(true).open(target)?));
        }
        // What a symbolic link leads to is replaced, not the link.
        let target = if there.is_some() { target.canonicalize()? } else { target.to_path_buf() };
        let dir = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
            _ => PathBuf::from("."),
        };
        os::create_dirs(&dir)?;
        let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_string_lossy();
        // Long names must not become too long.
        let prefix: String = format!(".{name}").chars().take(60).chain(".".chars()).collect();
        let named =
            tempfile::Builder::new().prefix(&prefix).make_in(&dir, |path| os::create_new(path, mode))?;
        let (file, temp) = named.into_parts();
        if let Some(there) = there {
            // Best effort: the content matters more than the mode.
            let _ = file.set_permissions(there.permissions());
        }
        Ok((Some(temp), target, file))
    }

    /// Puts the file in its place. It must be closed.
    pub fn keep(self) -> Result<()> {
        match self.temp {
            None => Ok(()),
            Some(temp) => {
                temp.persist(&self.target).map_err(|failed| cannot_write(&self.shown, &failed.error))
            }
        }
    }
}

/// The failure to write a file, with a way out when the disk is full.
pub(crate) fn cannot_write(shown: &str, error: &io::Error) -> Error {
    let failed = Error::environment(format!("cannot write {shown}: {}", os_text(error)));
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            failed.hint("Make room on that disk, or choose a place on another one.")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            failed.hint("Choose a place that this user may write to.")
        }
        _ => failed,
    }
}
