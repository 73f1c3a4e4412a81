//! Copies of trees, for hosts that refuse every kind of overlay: later ones over earlier ones, as overlayfs would show them.

use rustix::fs::{AtFlags, CWD, FileType, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where the copy is, in the work directory.
pub(super) fn tree(work: &Path) -> PathBuf {
    work.join("tree")
}

/// Puts the trees (topmost first) into [`tree`].
pub(super) fn merge(trees: &[PathBuf], work: &Path) -> io::Result<()> {
    let into = tree(work);
    std::fs::create_dir(&into)?;
    for tree in trees.iter().rev() {
        let mut links = HashMap::new();
        directory(tree, &into, &mut links)?;
    }
    Ok(())
}

/// Where the first name of a file with several was put, by device and inode.
type Links = HashMap<(u64, u64), PathBuf>;

/// Copies one directory over another. Not recursive: trees may be as deep as they like.
fn directory(from: &Path, to: &Path, links: &mut Links) -> io::Result<()> {
    let mut todo = vec![PathBuf::new()];
    let mut looks = Vec::new();
    while let Some(path) = todo.pop() {
        let (source, target) = (from.join(&path), to.join(&path));
        let meta = source.symlink_metadata()?;
        if opaque(&source) {
            empty(&target)?;
        }
        for entry in std::fs::read_dir(&source)? {
            let path = path.join(entry?.file_name());
            let meta = from.join(&path).symlink_metadata()?;
            if meta.is_dir() {
                if !to.join(&path).symlink_metadata().is_ok_and(|there| there.is_dir()) {
                    remove(&to.join(&path))?;
                    std::fs::create_dir(to.join(&path))?;
                }
                todo.push(path);
            } else {
                remove(&to.join(&path))?;
                file(&from.join(&path), &to.join(&path), &meta, links)?;
            }
        }
        looks.push((path, meta));
    }
    // Children first: filling a directory changes its time.
    for (path, meta) in looks.into_iter().rev() {
        look(&from.join(&path), &to.join(&path), &meta)?;
    }
    Ok(())
}

/// The mark of something that is gone.
fn is_gone(kind: FileType, meta: &Metadata) -> bool {
    match kind {
        FileType::CharacterDevice => meta.rdev() == 0,
        FileType::Socket => meta.mode() & 0o7777 == MARK,
        _ => false,
    }
}

/// Makes such a mark: a 0/0 device, or where the filesystem refuses that (overlayfs does), a socket with rights that no socket has.
pub(super) fn mark_gone(path: &Path) -> io::Result<()> {
    let made = match rustix::fs::mknodat(CWD, path, FileType::CharacterDevice, Mode::empty(), 0) {
        Err(Errno::PERM) => rustix::fs::mknodat(CWD, path, FileType::Socket, Mode::from_raw_mode(MARK), 0),
        made => made,
    };
    Ok(made?)
}

/// The rights of a socket that is a mark.
const MARK: u32 = 0o7000;

fn file(from: &Path, to: &Path, meta: &Metadata, links: &mut Links) -> io::Result<()> {
    let kind = FileType::from_raw_mode(meta.mode());
    if is_gone(kind, meta) {
        return Ok(());
    }
    if meta.nlink() > 1 {
        let key = (meta.dev(), meta.ino());
        if let Some(first) = links.get(&key) {
            return std::fs::hard_link(first, to);
        }
        links.insert(key, to.to_owned());
    }
    match kind {
        FileType::RegularFile => {
            let (source, target) = (File::open(from)?, File::create_new(to)?);
            if rustix::fs::ioctl_ficlone(&target, &source).is_err() {
                io::copy(&mut &source, &mut &target)?;
            }
        }
        FileType::Symlink => std::os::unix::fs::symlink(std::fs::read_link(from)?, to)?,
        _ => match rustix::fs::mknodat(CWD, to, kind, Mode::RUSR | Mode::WUSR, meta.rdev()) {
            // A user namespace has no devices.
            Err(Errno::PERM) => return Ok(()),
            made => made?,
        },
    }
    look(from, to, meta)
}

/// Owner, rights, attributes and times.
pub(super) fn look(from: &Path, to: &Path, meta: &Metadata) -> io::Result<()> {
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    let (uid, gid) = (Uid::from_raw(meta.uid()), Gid::from_raw(meta.gid()));
    match rustix::fs::chownat(CWD, to, Some(uid), Some(gid), flags) {
        // An id that this user namespace does not have is nobody's in it, before as after.
        Err(Errno::INVAL | Errno::PERM) => {}
        changed => changed?,
    }
    if !meta.is_symlink() {
        rustix::fs::chmodat(CWD, to, Mode::from_raw_mode(meta.mode() & 0o7777), AtFlags::empty())?;
    }
    attributes(from, to, |name| !is_mark(name));
    let time = |seconds: i64, nanos: i64| Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps {
        last_access: time(meta.atime(), meta.atime_nsec()),
        last_modification: time(meta.mtime(), meta.mtime_nsec()),
    };
    Ok(rustix::fs::utimensat(CWD, to, &times, flags)?)
}

fn is_mark(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b"trusted.overlay.") || name.as_bytes().starts_with(b"user.overlay.")
}

fn opaque(path: &Path) -> bool {
    let is = |name: &str| attribute(path, OsStr::new(name)).is_some_and(|value| value == b"y");
    is("trusted.overlay.opaque") || is("user.overlay.opaque")
}

fn attribute(path: &Path, name: &OsStr) -> Option<Vec<u8>> {
    let mut value = vec![0; 64 * 1024];
    let length = rustix::fs::lgetxattr(path, name, value.as_mut_slice()).ok()?;
    value.truncate(length);
    Some(value)
}

/// Copies extended attributes with these names, as far as this user may.
pub(super) fn attributes(from: &Path, to: &Path, wanted: impl Fn(&OsStr) -> bool) {
    let mut names = vec![0_u8; 64 * 1024];
    let Ok(length) = rustix::fs::llistxattr(from, names.as_mut_slice()) else { return };
    names.truncate(length);
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = OsString::from_vec(name.to_vec());
        if let Some(value) = attribute(from, &name).filter(|_| wanted(&name)) {
            _ = rustix::fs::lsetxattr(to, &name, &value, XattrFlags::empty());
        }
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(meta) if meta.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(_) => Ok(()),
    }
}

fn empty(directory: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(directory)? {
        remove(&entry?.path())?;
    }
    Ok(())
}
