//! A tree one does not get out of: names are walked from its root, one part after the other, and links are followed as somebody inside
//! of the tree would. What is made there is said elsewhere.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{self, AtFlags, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::io::Errno;

use super::paths::parts;
use crate::{Error, Result};

/// Deeper trees than this allows cannot be used by anybody, and would cost us stack and descriptors.
const LONGEST_PATH: usize = 4095;

/// As many links as the kernel follows.
const MOST_LINKS: u32 = 40;

/// A tree, open at its root.
pub(super) struct Root {
    fd: OwnedFd,
    path: PathBuf,
}

/// A directory inside of a tree, and its name without any link.
pub(super) struct Found {
    pub(super) fd: OwnedFd,
    pub(super) path: Vec<u8>,
}

/// What to do with a directory that is missing.
pub(super) enum Missing<'a> {
    /// Nothing: that is a mistake.
    Refuse,
    /// Make it. The closure may also make something else into a directory, and says whether it has.
    Make(&'a mut dyn FnMut(BorrowedFd<'_>, &[u8]) -> Result<bool>),
}

const DIRECTORY: OFlags =
    OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Root {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = fs::open(path, flags, Mode::empty()).map_err(|error| Error::io(path)(error.into()))?;
        Ok(Self { fd, path: path.to_owned() })
    }

    /// Where something is, for messages.
    pub(super) fn place(&self, path: &[u8]) -> PathBuf {
        self.path.join(OsStr::from_bytes(path))
    }

    pub(super) fn error(&self, path: &[u8]) -> impl FnOnce(Errno) -> Error {
        let place = self.place(path);
        move |error| Error::Io { path: place, source: error.into() }
    }

    /// Opens a directory whose name holds neither links nor `..`. Nothing when something else stands there.
    pub(super) fn directory(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let path = if path.is_empty() { b"." } else { path };
        let beneath = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match fs::openat2(&self.fd, path, flags, Mode::empty(), beneath) {
            // Old kernels do not know the call, and some containers forbid it.
            Err(Errno::NOSYS | Errno::PERM) => {
                let mut fd = self.dup()?;
                for part in parts(path) {
                    fd = fs::openat(&fd, part, flags, Mode::empty())?;
                }
                Ok(fd)
            }
            other => other,
        }
    }

    fn dup(&self) -> Result<OwnedFd, Errno> {
        fs::openat(&self.fd, ".", DIRECTORY, Mode::empty())
    }

    /// Walks to a directory, following the links on the way. `entry` is who wants to know, for messages.
    pub(super) fn walk(&self, path: &[u8], missing: &mut Missing<'_>, entry: &str) -> Result<Found> {
        let io = |error: Errno| Error::Io { path: self.place(path), source: error.into() };
        let escape = |why: &str| Error::Escape { entry: entry.to_owned(), why: why.to_owned() };
        let refuse = |why: String| Error::Entry { entry: entry.to_owned(), why };
        let mut todo: VecDeque<Vec<u8>> = parts(path).map(<[u8]>::to_vec).collect();
        let mut real: Vec<Vec<u8>> = Vec::new();
        let mut fd = self.dup().map_err(io)?;
        let (mut links, mut length) = (0, 0);
        while let Some(part) = todo.pop_front() {
            if part == b".." {
                real.pop().ok_or_else(|| escape("a link leads above the root"))?;
                // Once more from the top, along names that hold no links: `..` is never asked of the kernel.
                for part in real.drain(..).rev() {
                    todo.push_front(part);
                }
                fd = self.dup().map_err(io)?;
                length = 0;
                continue;
            }
            match fs::openat(&fd, part.as_slice(), DIRECTORY, Mode::empty()) {
                Ok(next) => {
                    fd = next;
                    length += part.len() + 1;
                    real.push(part);
                    if length > LONGEST_PATH {
                        return Err(refuse("its directory's name is longer than 4,095 bytes".to_owned()));
                    }
                }
                Err(error @ (Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) => {
                    let link = match error {
                        Errno::NOENT => None,
                        _ => fs::readlinkat(&fd, part.as_slice(), Vec::new()).ok(),
                    };
                    if let Some(link) = link {
                        links += 1;
                        if links > MOST_LINKS {
                            return Err(refuse("its directory is a link that leads in circles".to_owned()));
                        }
                        let link = link.into_bytes();
                        if link.starts_with(b"/") {
                            real.clear();
                            length = 0;
                            fd = self.dup().map_err(io)?;
                        }
                        for part in parts(&link).rev() {
                            todo.push_front(part.to_vec());
                        }
                        continue;
                    }
                    // What a link leads to is never made: whoever wrote the link did not mean that.
                    let made = match missing {
                        Missing::Make(make) if links == 0 => make(fd.as_fd(), &part)?,
                        _ => false,
                    };
                    if !made {
                        let shown = String::from_utf8_lossy(&part).into_owned();
                        return Err(refuse(match error {
                            Errno::NOENT => format!("{shown:?} on the way to it does not exist"),
                            _ => format!("{shown:?} on the way to it is no directory"),
                        }));
                    }
                    todo.push_front(part);
                }
                Err(error) => return Err(io(error)),
            }
        }
        Ok(Found { fd, path: real.join(&b'/') })
    }
}

/// What stands there, if anything does.
pub(super) fn look(directory: impl AsFd, name: &[u8]) -> Result<Option<Stat>, Errno> {
    match fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some(stat)),
        Err(Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

pub(super) fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

/// Overlayfs's mark for something that is gone; or ours, where the filesystem refuses that one, as overlayfs itself does: a socket with rights
/// that no socket has. Overlayfs does not know it, but cannot be mounted over such a filesystem either.
pub(super) fn is_whiteout(stat: &Stat) -> bool {
    match kind(stat) {
        FileType::CharacterDevice => stat.st_rdev == 0,
        FileType::Socket => stat.st_mode & 0o7777 == MARK,
        _ => false,
    }
}

/// Makes a mark for something that is gone.
pub(super) fn white_out(directory: BorrowedFd<'_>, name: &[u8]) -> Result<(), Errno> {
    // Zero and zero is the one device that anybody may make.
    match fs::mknodat(directory, name, FileType::CharacterDevice, Mode::empty(), 0) {
        Err(Errno::PERM) => fs::mknodat(directory, name, FileType::Socket, Mode::from_raw_mode(MARK), 0),
        made => made,
    }
}

/// The rights of a socket that is a mark: everything that goes with rights, and no right.
const MARK: u32 = 0o7000;

/// Removes what stands there, with all that is in it.
pub(super) fn remove(directory: BorrowedFd<'_>, name: &[u8], stat: &Stat) -> std::io::Result<()> {
    if kind(stat) != FileType::Directory {
        return Ok(fs::unlinkat(directory, name, AtFlags::empty())?);
    }
    // The standard library walks down with descriptors and follows no links.
    std::fs::remove_dir_all(through(directory, name))
}

/// A name in an open directory, for calls that take no descriptor.
pub(super) fn through(directory: BorrowedFd<'_>, name: &[u8]) -> PathBuf {
    Path::new(&format!("/proc/self/fd/{}", directory.as_raw_fd())).join(OsStr::from_bytes(name))
}

/// The names in a directory, in no order.
pub(super) fn names(directory: impl AsFd) -> Result<Vec<Vec<u8>>, Errno> {
    let mut names = Vec::new();
    for item in fs::Dir::read_from(directory)? {
        let name = item?.file_name().to_bytes().to_vec();
        if name != b"." && name != b".." {
            names.push(name);
        }
    }
    Ok(names)
}
