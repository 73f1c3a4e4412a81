//! From what stands in a directory to an entry of a layer: owner, mode, time, attributes, content, further names of one file. Which
//! entries a layer has is said in `merge` and `compare`.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{self, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use super::paths::WHITEOUT;
use super::root::{Root, is_whiteout, kind, through};
use super::{LayerWriter, Note, is_overlays};
use crate::tarball::{Entry, Kind};
use crate::{Error, Result};

/// Longer names cannot be used by anybody who unpacks the layer.
const LONGEST_PATH: usize = 4095;

/// How directories are taken into a layer.
pub struct Taking<'a> {
    /// Whom an owner and group on disk are in the image. Nothing: they are the same.
    pub owners: Option<&'a dyn Fn(u32, u32) -> (u32, u32)>,
    /// What is left out, by its name in the tree, without a slash at its beginning.
    pub skip: &'a dyn Fn(&[u8]) -> bool,
    /// Is told what cannot be taken.
    pub note: &'a mut dyn FnMut(Note),
}

/// Remembers which files were taken, so that their further names become links.
#[derive(Default)]
pub(super) struct Links(HashMap<(u64, u64), Vec<u8>>);

/// One thing in a directory.
pub(super) struct Item<'a> {
    pub(super) root: &'a Root,
    pub(super) directory: BorrowedFd<'a>,
    pub(super) name: &'a [u8],
    /// Its name in the tree.
    pub(super) path: &'a [u8],
    pub(super) stat: Stat,
}

impl Item<'_> {
    /// Whether the layer cannot have it, or shall not. Tells why.
    pub(super) fn is_left_out(&self, taking: &mut Taking<'_>) -> Result<bool> {
        if (taking.skip)(self.path) {
            return Ok(true);
        }
        if self.path.len() > LONGEST_PATH {
            let path = self.root.place(self.path.get(..200).unwrap_or_default());
            return Err(Error::Unfit {
                path,
                why: "its name, from the root on, is longer than 4,095 bytes".to_owned(),
            });
        }
        let why = if self.name.starts_with(WHITEOUT) {
            "names that begin with .wh. mean something else in a layer"
        } else if kind(&self.stat) == FileType::Socket {
            "no layer can hold a socket"
        } else {
            return Ok(false);
        };
        self.tell(taking, why);
        Ok(true)
    }

    fn tell(&self, taking: &mut Taking<'_>, why: &str) {
        (taking.note)(Note { path: String::from_utf8_lossy(self.path).into_owned(), why: why.to_owned() });
    }

    fn unfit(&self, why: &str) -> Error {
        Error::Unfit { path: self.root.place(self.path), why: why.to_owned() }
    }

    /// Describes it, and opens its content if it has any.
    pub(super) fn entry(&self, taking: &mut Taking<'_>, links: &mut Links) -> Result<(Entry, Option<File>)> {
        let io = || self.root.error(self.path);
        let stat = &self.stat;
        let device = |stat: &Stat| (fs::major(stat.st_rdev), fs::minor(stat.st_rdev));
        let mut file = None;
        let mut xattrs = None;
        let kind = match kind(stat) {
            FileType::Directory => {
                let opened = self.open(OFlags::DIRECTORY).map_err(io())?;
                xattrs = Some(attributes(&opened).map_err(io())?);
                Kind::Directory
            }
            FileType::RegularFile => match self.linked(links) {
                Some(first) => Kind::Hardlink(first),
                None => {
                    let opened = self.open(OFlags::empty()).map_err(io())?;
                    xattrs = Some(attributes(&opened).map_err(io())?);
                    file = Some(File::from(opened));
                    Kind::File
                }
            },
            FileType::Symlink => {
                let target = fs::readlinkat(self.directory, self.name, Vec::new()).map_err(io())?;
                Kind::Symlink(target.into_bytes())
            }
            FileType::CharacterDevice if is_whiteout(stat) => {
                return Err(self.unfit("it is a device that means something else in a layer"));
            }
            FileType::CharacterDevice => {
                let (major, minor) = device(stat);
                Kind::Character { major, minor }
            }
            FileType::BlockDevice => {
                let (major, minor) = device(stat);
                Kind::Block { major, minor }
            }
            FileType::Fifo => Kind::Fifo,
            _ => return Err(self.unfit("nobody knows what it is")),
        };
        let xattrs = match (xattrs, &kind) {
            (Some(xattrs), _) => xattrs,
            (None, Kind::Hardlink(_)) => BTreeMap::new(),
            // Links and devices cannot be opened to be asked; hardly any have attributes.
            (None, _) => attributes_at(&through(self.directory, self.name)).unwrap_or_default(),
        };
        let xattrs = self.fitting(xattrs, taking)?;
        let (uid, gid) = match taking.owners {
            Some(owners) => owners(stat.st_uid, stat.st_gid),
            None => (stat.st_uid, stat.st_gid),
        };
        let size = match kind {
            Kind::File => u64::try_from(stat.st_size).unwrap_or(0),
            _ => 0,
        };
        let entry = Entry {
            path: self.path.to_vec(),
            mode: if matches!(kind, Kind::Symlink(_)) { 0o777 } else { stat.st_mode & 0o7777 },
            kind,
            uid,
            gid,
            mtime: stat.st_mtime,
            size,
            xattrs,
        };
        Ok((entry, file))
    }

    /// Describes it and writes it.
    pub(super) fn write<W: Write>(
        &self,
        writer: &mut LayerWriter<W>,
        taking: &mut Taking<'_>,
        links: &mut Links,
    ) -> Result<()> {
        match self.entry(taking, links)? {
            (entry, Some(mut file)) => writer.append(&entry, &mut file),
            (entry, None) => writer.append(&entry, &mut std::io::empty()),
        }
    }

    pub(super) fn open(&self, flags: OFlags) -> Result<OwnedFd, Errno> {
        // Somebody could have put a pipe there since: opening that would wait for a writer.
        let flags = flags | OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        fs::openat(self.directory, self.name, flags, Mode::empty())
    }

    /// The first name of a file that has several.
    fn linked(&self, links: &mut Links) -> Option<Vec<u8>> {
        if self.stat.st_nlink < 2 {
            return None;
        }
        let key = (self.stat.st_dev, self.stat.st_ino);
        let first = links.0.get(&key).cloned();
        if first.is_none() {
            links.0.insert(key, self.path.to_vec());
        }
        first
    }

    /// The attributes that belong into a layer.
    fn fitting(
        &self,
        mut found: BTreeMap<Vec<u8>, Vec<u8>>,
        taking: &mut Taking<'_>,
    ) -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        for name in found.keys().filter(|name| is_overlays(name)) {
            if name.ends_with(b".redirect") || name.ends_with(b".metacopy") {
                return Err(self.unfit(
                    "overlayfs keeps a part of it elsewhere; mount with redirect_dir=off,metacopy=off",
                ));
            }
        }
        // Labels belong to this machine's policy.
        found.retain(|name, _| !is_overlays(name) && name != b"security.selinux");
        let odd = found.keys().any(|name| name.contains(&b'='));
        if odd {
            found.retain(|name, _| !name.contains(&b'='));
            self.tell(taking, "an attribute has an equals sign in its name, which no layer can hold");
        }
        Ok(found)
    }
}

/// All attributes of something open. None where there can be none.
pub(super) fn attributes(fd: impl AsFd) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Errno> {
    let list = whole(|buffer| fs::flistxattr(&fd, buffer));
    collect(list, |name, buffer| fs::fgetxattr(&fd, name, buffer))
}

/// All attributes of what stands at a path, which is not followed.
pub(super) fn attributes_at(path: &std::path::Path) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Errno> {
    let list = whole(|buffer| fs::llistxattr(path, buffer));
    collect(list, |name, buffer| fs::lgetxattr(path, name, buffer))
}

fn collect(
    list: Result<Vec<u8>, Errno>,
    get: impl Fn(&[u8], &mut [u8]) -> Result<usize, Errno>,
) -> Result<BTreeMap<Vec<u8>, Vec<u8>>, Errno> {
    let list = match list {
        Err(Errno::OPNOTSUPP | Errno::NOENT) => return Ok(BTreeMap::new()),
        other => other?,
    };
    let mut found = BTreeMap::new();
    for name in list.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        match whole(|buffer| get(name, buffer)) {
            Ok(value) => drop(found.insert(name.to_vec(), value)),
            // Gone since, or not for us.
            Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::PERM) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Asks until the answer fits.
fn whole(ask: impl Fn(&mut [u8]) -> Result<usize, Errno>) -> Result<Vec<u8>, Errno> {
    let mut buffer = vec![0; 256];
    loop {
        match ask(&mut buffer) {
            Ok(length) => {
                buffer.truncate(length);
                return Ok(buffer);
            }
            Err(Errno::RANGE) if buffer.len() < (1 << 17) => buffer.resize(buffer.len() * 8, 0),
            Err(error) => return Err(error),
        }
    }
}
