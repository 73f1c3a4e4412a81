//! A file or directory as a tar archive whose names begin with its own, as `docker cp` has it.

use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Component, Path, PathBuf};

use oci::tarball::{Entry, Kind, TarWriter};

use super::shown;

/// Packs it. With a slash at its end a link stands for what it leads to.
pub(super) fn pack(path: &str, output: &mut dyn Write) -> Result<(), String> {
    let place = Path::new("/").join(path);
    let follow = path.ends_with('/') || path.ends_with("/.");
    let meta = if follow { fs::metadata(&place) } else { fs::symlink_metadata(&place) };
    let meta = meta.map_err(shown(&place))?;
    let top = place.components().rev().find_map(|part| match part {
        Component::Normal(name) => Some(name.as_bytes().to_vec()),
        _ => None,
    });
    let mut tar = TarWriter::new(output);
    let mut todo = vec![(place, top.unwrap_or_else(|| b".".to_vec()), meta)];
    while let Some((place, name, meta)) = todo.pop() {
        one(&place, &name, &meta, &mut tar)?;
        if meta.is_dir() {
            below(&place, &name, &mut todo)?;
        }
    }
    tar.finish().map_err(|error| error.to_string())?.flush().map_err(|error| error.to_string())
}

/// Puts what is in a directory on the list, so that it comes in the order of its names.
fn below(place: &Path, name: &[u8], todo: &mut Vec<(PathBuf, Vec<u8>, Metadata)>) -> Result<(), String> {
    let mut items = Vec::new();
    for item in fs::read_dir(place).map_err(shown(place))? {
        let item = item.map_err(shown(place))?;
        // What has gone since then is not there.
        if let Ok(meta) = fs::symlink_metadata(item.path()) {
            items.push((item.path(), [name, b"/", item.file_name().as_bytes()].concat(), meta));
        }
    }
    items.sort_by(|one, other| other.1.cmp(&one.1));
    todo.extend(items);
    Ok(())
}

fn one(
    place: &Path,
    name: &[u8],
    meta: &Metadata,
    tar: &mut TarWriter<&mut dyn Write>,
) -> Result<(), String> {
    let device = |number: u64| (rustix::fs::major(number), rustix::fs::minor(number));
    let kind = meta.file_type();
    let kind = if kind.is_file() {
        Kind::File
    } else if kind.is_dir() {
        Kind::Directory
    } else if kind.is_symlink() {
        let target = fs::read_link(place).map_err(shown(place))?;
        Kind::Symlink(OsStr::as_bytes(target.as_os_str()).to_vec())
    } else if kind.is_fifo() {
        Kind::Fifo
    } else if kind.is_block_device() {
        let (major, minor) = device(meta.rdev());
        Kind::Block { major, minor }
    } else if kind.is_char_device() {
        let (major, minor) = device(meta.rdev());
        Kind::Character { major, minor }
    } else {
        // No archive can hold a socket.
        return Ok(());
    };
    let mut entry = Entry {
        mode: meta.mode() & 0o7777,
        uid: meta.uid(),
        gid: meta.gid(),
        mtime: meta.mtime(),
        ..Entry::new(name, kind, 0)
    };
    if entry.kind != Kind::File {
        return tar.append(&entry, &mut std::io::empty()).map_err(|error| error.to_string());
    }
    let mut file = File::open(place).map_err(shown(place))?;
    // As it is now: it may have grown since the directory was read.
    entry.size = file.metadata().map_err(shown(place))?.len();
    tar.append(&entry, &mut file).map_err(|error| error.to_string())
}
