//! Which files a path stands for, and what they are called on the screen.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use tintype_sdk::os_text;

/// Endings of the files that have a canonical layout. JSON has none here.
const ENDINGS: [&str; 2] = [".pkr.hcl", ".pkrvars.hcl"];

/// A file.
#[derive(Debug)]
pub(super) struct Found {
    /// As it is shown.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
}

/// What is no file that can be formatted.
#[derive(Debug)]
pub(super) struct Unfit {
    /// As it is shown.
    pub(super) name: String,
    /// Why not.
    pub(super) why: String,
}

/// The files of a path as the user typed it. A file that is named counts although it is hidden.
pub(super) fn find(path: &str, cwd: &Path, recursive: bool) -> Vec<Result<Found, Unfit>> {
    let full = cwd.join(path);
    let unfit = |why| vec![Err(Unfit { name: path.to_owned(), why })];
    match full.metadata() {
        // The empty path names nothing, but joined it is the working directory.
        _ if path.is_empty() => unfit("the path is empty".to_owned()),
        Err(error) => unfit(format!("open {path}: {}", os_text(&error))),
        Ok(about) if about.is_dir() => {
            let mut found = Vec::new();
            directory(Path::new(path), &full, recursive, &mut found);
            found
        }
        Ok(_) if has_ending(path) => vec![Ok(Found { name: path.to_owned(), path: full })],
        Ok(_) => {
            let [template, values] = ENDINGS;
            unfit(format!("file {path} is not a HCL file: its name must end in {template} or {values}"))
        }
    }
}

/// The files of a directory, and of those inside of it, in the order of their names.
fn directory(name: &Path, full: &Path, recursive: bool, found: &mut Vec<Result<Found, Unfit>>) {
    let entries = std::fs::read_dir(full).and_then(|entries| entries.collect::<std::io::Result<Vec<_>>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            let name = name.display().to_string();
            let why = format!("open {name}: {}", os_text(&error));
            return found.push(Err(Unfit { name, why }));
        }
    };
    entries.sort_by_key(|entry| entry.file_name());
    for entry in entries {
        let file_name = entry.file_name();
        let lossy = file_name.to_string_lossy();
        if is_passed_over(&lossy) {
            continue;
        }
        let name = joined(name, &file_name);
        // A link to a directory is none: it may lead back.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if recursive {
                directory(&name, &entry.path(), recursive, found);
            }
        } else if has_ending(&lossy) {
            found.push(Ok(Found { name: name.display().to_string(), path: entry.path() }));
        }
    }
}

fn has_ending(name: &str) -> bool {
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Hidden files, and what editors leave beside a file.
pub(super) fn is_passed_over(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// A name below a directory, tidied as Go does it: `./a//b` is `a/b`.
pub(super) fn joined(directory: &Path, name: &OsStr) -> PathBuf {
    let mut path = PathBuf::new();
    for part in directory.components() {
        match (part, path.components().next_back()) {
            (Component::CurDir, _) | (Component::ParentDir, Some(Component::RootDir)) => {}
            (Component::ParentDir, Some(Component::Normal(_))) => drop(path.pop()),
            (part, _) => path.push(part),
        }
    }
    path.join(name)
}
