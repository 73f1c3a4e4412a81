//! Walking and reading files, with errors that name the path. Decides nothing about them.

use std::fs;
use std::path::{Path, PathBuf};

/// Every file below `root`, as paths relative to it with `/`, sorted. Follows no links.
pub(crate) fn below(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| at(&folder, error))?;
        for entry in entries {
            let entry = entry.map_err(|error| at(&folder, error))?;
            let kind = entry.file_type().map_err(|error| at(&folder, error))?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else {
                found.push(relative(root, &entry.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}

fn relative(root: &Path, path: &Path) -> String {
    let inner = path.strip_prefix(root).unwrap_or(path);
    inner.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| at(path, error))
}

/// Writes a file and the folders above it.
pub(crate) fn write(path: &Path, contents: &[u8]) -> Result<(), String> {
    let folder = path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    fs::create_dir_all(&folder).map_err(|error| at(&folder, error))?;
    fs::write(path, contents).map_err(|error| at(path, error))
}

pub(crate) fn at(path: &Path, error: std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

/// Whether the file may be run; never, where the system does not record it.
pub(crate) fn executable(path: &Path) -> Result<bool, String> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let found = fs::metadata(path).map_err(|error| at(path, error))?;
        Ok(found.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        Ok(false)
    }
}
