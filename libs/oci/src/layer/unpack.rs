//! Puts a layer into a directory: as upper directory for overlayfs, or onto a tree. Layers are not trusted: nothing outside of the
//! directory is touched, whatever they hold.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

use rustix::fs::{self, AtFlags, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use super::decompress::Meter;
use super::inode::attributes;
use super::paths::{OPAQUE, WHITEOUT, join, parts};
use super::pipe::pipe;
use super::root::{Found, Missing, Root, is_whiteout, kind, look, names, remove, through, white_out};
use super::{LayerReader, Limits, Marks, Note, is_overlays};
use crate::tarball::{Chunk, Entry, Kind, TarReader};
use crate::{Descriptor, Digest, Error, Result};

const BUFFER: usize = 128 << 10;

/// Zeros in pieces of this size become holes.
const HOLE: usize = 32 << 10;

/// What the directory is to become.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// A directory for overlayfs, which marks what the layer hides. It must be empty at the beginning.
    Overlay(Marks),
    /// The tree as it is with the layer: what the layer hides is removed.
    Applied,
    /// The tree as it is with what the archive holds, which is no layer: no name in it hides anything, and directories that were there
    /// keep the attributes they have.
    Plain,
}

/// Who owns what is unpacked.
#[derive(Clone, Copy)]
pub enum Owners<'a> {
    /// Whom the layer names.
    Keep,
    /// Whoever unpacks.
    Ours,
    /// Whom this makes of owner and group. Nothing: there is nobody, and the entry is refused.
    Map(&'a dyn Fn(u32, u32) -> Option<(u32, u32)>),
}

/// What becomes of devices.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Devices {
    /// They are made; where that is not permitted, they are left out, and it is told.
    Make,
    /// They are left out, and it is told.
    Skip,
}

/// How a layer is unpacked.
pub struct Unpack<'a> {
    /// What the directory is to become.
    pub form: Form,
    /// Who owns what is unpacked.
    pub owners: Owners<'a>,
    /// What becomes of devices.
    pub devices: Devices,
    /// How large the layer may become.
    pub limits: Limits,
    /// Is told what was left out.
    pub note: &'a mut dyn FnMut(Note),
}

/// What was unpacked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unpacked {
    /// How many entries.
    pub entries: u64,
    /// How many bytes of files, holes included.
    pub bytes: u64,
    /// The digest of the archive.
    pub diff_id: Digest,
}

impl Unpack<'_> {
    /// Unpacks a layer's blob into a directory, which must exist.
    ///
    /// # Errors
    /// The blob is not what it should be; an entry would lead out of the directory, or cannot be made; the layer is too large; the disk
    /// is full. What has been unpacked until then stays, so unpack beside the place where others look, and move it there at the end.
    pub fn blob(
        &mut self,
        from: impl Read + Send,
        blob: &Descriptor,
        diff_id: Option<&Digest>,
        into: &Path,
    ) -> Result<Unpacked> {
        let reader = LayerReader::new(from, blob.digest.algorithm(), self.limits)?;
        let check = |reader: LayerReader<_>| reader.finish(blob, diff_id);
        let (entries, bytes, diff_id) =
            self.all(reader, &format!("the layer {}", blob.digest), into, b"", check)?;
        Ok(Unpacked { entries, bytes, diff_id })
    }

    /// Unpacks an archive that is no blob: a root file system out of somebody's hands, compressed or not. Gives the number of entries
    /// and of bytes.
    ///
    /// # Errors
    /// As [`Unpack::blob`].
    pub fn archive(&mut self, from: impl Read + Send, into: &Path) -> Result<(u64, u64)> {
        self.archive_below(from, into, b"")
    }

    /// As [`Unpack::archive`], into a directory of the tree: links lead where they lead for somebody inside of the tree.
    ///
    /// # Errors
    /// As [`Unpack::blob`].
    pub fn archive_below(
        &mut self,
        from: impl Read + Send,
        tree: &Path,
        directory: &[u8],
    ) -> Result<(u64, u64)> {
        let reader = LayerReader::loose(from, self.limits)?;
        let (entries, bytes, ()) = self.all(reader, "the archive", tree, directory, |_| Ok(()))?;
        Ok((entries, bytes))
    }

    fn all<R: Read + Send, T: Send>(
        &mut self,
        mut reader: LayerReader<R>,
        what: &str,
        into: &Path,
        below: &[u8],
        check: impl FnOnce(LayerReader<R>) -> Result<T> + Send,
    ) -> Result<(u64, u64, T)> {
        let (filler, pipe) = pipe();
        let meter = reader.meter();
        std::thread::scope(|scope| {
            let filled = scope
                .spawn(move || if filler.fill(&mut reader) { check(reader).map(Some) } else { Ok(None) });
            let unpacked = self.entries(TarReader::new(pipe, what), &meter, into, below);
            // A blob that is not what it should be explains whatever else went wrong with it.
            let checked = filled.join().unwrap_or_else(|_| Err(Error::damaged(what, "it cannot be read")));
            match (unpacked, checked) {
                (Ok((entries, bytes)), Ok(Some(checked))) => Ok((entries, bytes, checked)),
                (Ok(_), Ok(None)) => Err(Error::damaged(what, "it ends early")),
                (Err(error), Ok(_)) | (_, Err(error)) => Err(error),
            }
        })
    }

    fn entries<R: Read>(
        &mut self,
        mut tar: TarReader<R>,
        meter: &Meter,
        into: &Path,
        below: &[u8],
    ) -> Result<(u64, u64)> {
        let root = Root::open(into)?;
        let below = root.walk(below, &mut Missing::Refuse, &String::from_utf8_lossy(below))?.path;
        let mut work = Work {
            root,
            below,
            how: self,
            parent: None,
            made: HashSet::new(),
            directories: Vec::new(),
            buffer: vec![0; BUFFER],
            bytes: 0,
            entries: 0,
        };
        while let Some(mut entry) = tar.next_entry()? {
            work.entries += 1;
            // They would make overlayfs look elsewhere.
            if entry.xattrs.keys().any(|name| is_overlays(name)) {
                entry.xattrs.retain(|name, _| !is_overlays(name));
                let why =
                    "attributes that overlayfs keeps its books in are not taken from a layer".to_owned();
                (work.how.note)(Note { path: entry.name(), why });
            }
            meter.check(work.bytes, work.entries)?;
            work.one(&entry, &mut |buffer| tar.chunk(buffer))?;
            meter.check(work.bytes, work.entries)?;
        }
        work.finish()?;
        // The end of the archive need not be the end of the blob.
        std::io::copy(&mut tar.into_inner(), &mut std::io::sink()).map_err(Error::stream("the layer"))?;
        Ok((work.entries, work.bytes))
    }
}

/// A layer on its way into a directory.
struct Work<'a, 'b> {
    root: Root,
    /// The directory that names in the archive begin at, without any link.
    below: Vec<u8>,
    how: &'a mut Unpack<'b>,
    /// The directory of the last entry, under the name the layer gave it.
    parent: Option<(Vec<u8>, Found)>,
    /// What this layer has made, by a hash of its name: what it hides is only what was there before.
    made: HashSet<u64>,
    /// Directories whose modes and times are set at the end: until then we write into them.
    directories: Vec<(Vec<u8>, Entry)>,
    buffer: Vec<u8>,
    bytes: u64,
    entries: u64,
}

type Content<'a> = &'a mut dyn FnMut(&mut [u8]) -> Result<Chunk>;

impl Work<'_, '_> {
    fn one(&mut self, entry: &Entry, content: Content<'_>) -> Result<()> {
        let shown = entry.name();
        if parts(&entry.path).any(|part| part == b"..") {
            return Err(Error::Escape { entry: shown, why: "its name holds `..`".to_owned() });
        }
        let mut names: Vec<&[u8]> = parts(&entry.path).collect();
        let Some(name) = names.pop() else {
            if entry.kind == Kind::Directory {
                self.directories.push((self.below.clone(), entry.clone()));
            }
            return Ok(());
        };
        let folder = join(&self.below, &names.join(&b'/'));
        let found = self.enter(&folder, &shown)?;
        let end = self.place(entry, name, &found, content);
        self.parent = Some((folder, found));
        end
    }

    /// Opens the directory that an entry belongs into, and makes it where it is missing.
    fn enter(&mut self, folder: &[u8], entry: &str) -> Result<Found> {
        if let Some((name, found)) = self.parent.take()
            && name == folder
        {
            return Ok(found);
        }
        let form = self.how.form;
        let mut make = |directory: BorrowedFd<'_>, name: &[u8]| {
            let io = |error: Errno| Error::Io { path: through(directory, name), source: error.into() };
            let stands = look(directory, name).map_err(io)?;
            match (stands, form) {
                (None, _) => {
                    fs::mkdirat(directory, name, Mode::from_raw_mode(0o755)).map_err(io)?;
                    Ok(true)
                }
                // The layer hides what was there, and has something new there after all.
                (Some(stat), Form::Overlay(marks)) if is_whiteout(&stat) => {
                    fs::unlinkat(directory, name, AtFlags::empty()).map_err(io)?;
                    fs::mkdirat(directory, name, Mode::from_raw_mode(0o755)).map_err(io)?;
                    hide_below(directory, name, marks).map_err(io)?;
                    Ok(true)
                }
                _ => Ok(false),
            }
        };
        let found = self.root.walk(folder, &mut Missing::Make(&mut make), entry)?;
        // What the layer has something in, it has.
        for (end, byte) in found.path.iter().enumerate().skip(1) {
            if *byte == b'/' {
                self.made.insert(hash(found.path.get(..end).unwrap_or_default()));
            }
        }
        self.made.insert(hash(&found.path));
        Ok(found)
    }

    fn place(&mut self, entry: &Entry, name: &[u8], found: &Found, content: Content<'_>) -> Result<()> {
        let shown = entry.name();
        let path = join(&found.path, name);
        let fd = found.fd.as_fd();
        let is_layer = self.how.form != Form::Plain;
        if is_layer && name == OPAQUE {
            return self.hide_all(found);
        }
        if let Some(gone) = name.strip_prefix(WHITEOUT).filter(|_| is_layer) {
            // Older drivers' own marks mean nothing to anybody else.
            if gone.starts_with(WHITEOUT) {
                return Ok(());
            }
            if matches!(gone, b"" | b"." | b"..") {
                let why = format!("it would remove {:?}", String::from_utf8_lossy(gone));
                return Err(Error::Escape { entry: shown, why });
            }
            return self.hide(gone, found);
        }
        let stands = look(fd, name).map_err(self.root.error(&path))?;
        if entry.kind == Kind::Directory {
            return self.directory(entry, name, path, fd, stands);
        }
        if let Kind::Hardlink(target) = &entry.kind {
            return self.hard_link(target, &shown, name, &path, fd, stands);
        }
        if let Some(device) = self.is_left_out(entry) {
            (self.how.note)(Note { path: shown, why: device.to_owned() });
            return Ok(());
        }
        self.clear(name, &path, fd, stands)?;
        let io = || self.root.error(&path);
        match &entry.kind {
            Kind::File => {
                let flags =
                    OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let opened = fs::openat(fd, name, flags, Mode::from_raw_mode(0o600)).map_err(io())?;
                let file = File::from(opened);
                self.fill(&file, &path, entry, content)?;
                self.describe_open(&file, entry, &path)?;
            }
            Kind::Symlink(target) => {
                fs::symlinkat(target.as_slice(), fd, name).map_err(io())?;
                self.describe(entry, name, &path, fd)?;
            }
            Kind::Fifo => {
                fs::mknodat(fd, name, FileType::Fifo, Mode::from_raw_mode(0o600), 0).map_err(io())?;
                self.describe(entry, name, &path, fd)?;
            }
            Kind::Character { major, minor } | Kind::Block { major, minor } => {
                let kind = match entry.kind {
                    Kind::Block { .. } => FileType::BlockDevice,
                    _ => FileType::CharacterDevice,
                };
                match fs::mknodat(fd, name, kind, Mode::from_raw_mode(0o600), fs::makedev(*major, *minor)) {
                    Ok(()) => self.describe(entry, name, &path, fd)?,
                    Err(Errno::PERM | Errno::ACCESS) => {
                        let why = format!("the device {major}:{minor} may not be made here");
                        (self.how.note)(Note { path: shown, why });
                    }
                    Err(error) => return Err(io()(error)),
                }
            }
            Kind::Directory | Kind::Hardlink(_) => {}
        }
        self.remember(&path);
        Ok(())
    }

    fn is_left_out(&self, entry: &Entry) -> Option<&'static str> {
        match entry.kind {
            // Made as it is, overlayfs would take it for its own mark.
            Kind::Character { major: 0, minor: 0 } => {
                Some("the device 0:0 is no device, but a mark of overlayfs")
            }
            Kind::Character { .. } | Kind::Block { .. } if self.how.devices == Devices::Skip => {
                Some("devices are not made")
            }
            _ => None,
        }
    }

    fn remember(&mut self, path: &[u8]) {
        self.made.insert(hash(path));
    }

    /// Removes what stands where something else is to be.
    fn clear(&self, name: &[u8], path: &[u8], fd: BorrowedFd<'_>, stands: Option<Stat>) -> Result<()> {
        match stands {
            Some(stat) => remove(fd, name, &stat).map_err(Error::io(self.root.place(path))),
            None => Ok(()),
        }
    }

    fn directory(
        &mut self,
        entry: &Entry,
        name: &[u8],
        path: Vec<u8>,
        fd: BorrowedFd<'_>,
        stands: Option<Stat>,
    ) -> Result<()> {
        if stands.is_none_or(|stat| kind(&stat) != FileType::Directory) {
            self.clear(name, &path, fd, stands)?;
            fs::mkdirat(fd, name, Mode::from_raw_mode(0o700)).map_err(self.root.error(&path))?;
            if let (Some(stat), Form::Overlay(marks)) = (stands, self.how.form)
                && is_whiteout(&stat)
            {
                hide_below(fd, name, marks).map_err(self.root.error(&path))?;
            }
        }
        self.remember(&path);
        self.directories.push((path, entry.clone()));
        Ok(())
    }

    fn hard_link(
        &mut self,
        target: &[u8],
        shown: &str,
        name: &[u8],
        path: &[u8],
        fd: BorrowedFd<'_>,
        stands: Option<Stat>,
    ) -> Result<()> {
        let refuse = |why: &str| Error::Entry { entry: shown.to_owned(), why: why.to_owned() };
        if parts(target).any(|part| part == b"..") {
            return Err(Error::Escape {
                entry: shown.to_owned(),
                why: "what it links to holds `..`".to_owned(),
            });
        }
        let mut names: Vec<&[u8]> = parts(target).collect();
        let last = names.pop().ok_or_else(|| refuse("it links to the root"))?;
        let folder = join(&self.below, &names.join(&b'/'));
        let from = self.root.walk(&folder, &mut Missing::Refuse, shown)?;
        let source = look(&from.fd, last).map_err(self.root.error(target))?;
        let source = source.filter(|stat| !is_whiteout(stat));
        let source = source.ok_or_else(|| refuse("what it links to is not in the layer"))?;
        if kind(&source) == FileType::Directory {
            return Err(refuse("it links to a directory"));
        }
        if join(&from.path, last) != path {
            self.clear(name, path, fd, stands)?;
            fs::linkat(&from.fd, last, fd, name, AtFlags::empty()).map_err(self.root.error(path))?;
        }
        self.remember(path);
        Ok(())
    }

    /// One name is gone.
    fn hide(&mut self, name: &[u8], found: &Found) -> Result<()> {
        let path = join(&found.path, name);
        let fd = found.fd.as_fd();
        let stands = look(fd, name).map_err(self.root.error(&path))?;
        let ours = self.made.contains(&hash(&path));
        match (self.how.form, stands) {
            // What the layer itself has there stays, and only what is below it is hidden.
            (Form::Overlay(marks), Some(stat)) if ours && kind(&stat) == FileType::Directory => {
                hide_below(fd, name, marks).map_err(self.root.error(&path))
            }
            (Form::Applied | Form::Plain, Some(stat)) if ours && kind(&stat) == FileType::Directory => {
                let inside = self.root.walk(&path, &mut Missing::Refuse, &String::from_utf8_lossy(&path))?;
                self.hide_all(&inside)
            }
            (_, Some(_)) if ours => Ok(()),
            (Form::Applied | Form::Plain, Some(stat)) => {
                remove(fd, name, &stat).map_err(Error::io(self.root.place(&path)))
            }
            (Form::Applied | Form::Plain, None) => Ok(()),
            (Form::Overlay(_), stands) => {
                self.clear(name, &path, fd, stands)?;
                white_out(fd, name).map_err(self.root.error(&path))
            }
        }
    }

    /// All that was in a directory is gone.
    fn hide_all(&mut self, found: &Found) -> Result<()> {
        if let Form::Overlay(marks) = self.how.form {
            return mark(found.fd.as_fd(), marks).map_err(self.root.error(&found.path));
        }
        let open = self.root.directory(&found.path).map_err(self.root.error(&found.path))?;
        for name in names(&open).map_err(self.root.error(&found.path))? {
            let path = join(&found.path, &name);
            let Some(stat) = look(&open, &name).map_err(self.root.error(&path))? else { continue };
            if !self.made.contains(&hash(&path)) {
                remove(open.as_fd(), &name, &stat).map_err(Error::io(self.root.place(&path)))?;
            } else if kind(&stat) == FileType::Directory {
                // Of a directory that is there still, what was in it before goes all the same.
                let inside = Found { fd: self.root.directory(&path).map_err(self.root.error(&path))?, path };
                self.hide_all(&inside)?;
            }
        }
        Ok(())
    }

    fn fill(&mut self, file: &File, path: &[u8], entry: &Entry, content: Content<'_>) -> Result<()> {
        let io = || Error::io(self.root.place(path));
        let mut writer = file;
        let (mut at, mut end) = (0_u64, 0_u64);
        loop {
            match content(&mut self.buffer)? {
                Chunk::End => break,
                Chunk::Hole(zeros) => {
                    at += zeros;
                    let limit = self.how.limits.bytes;
                    if at > limit {
                        return Err(Error::Bomb { why: format!("a file of more than {limit} bytes") });
                    }
                }
                Chunk::Data(count) => {
                    for piece in self.buffer.get(..count).unwrap_or_default().chunks(HOLE) {
                        // Small files are not worth a look.
                        let zeros = piece.len() == HOLE && piece.iter().all(|byte| *byte == 0);
                        if !zeros {
                            if at != end {
                                writer.seek(SeekFrom::Start(at)).map_err(io())?;
                            }
                            writer.write_all(piece).map_err(io())?;
                            end = at + piece.len() as u64;
                        }
                        at += piece.len() as u64;
                    }
                }
            }
        }
        if at != end {
            file.set_len(at).map_err(io())?;
        }
        debug_assert_eq!(at, entry.size, "the reader gives as much as it says");
        self.bytes = self.bytes.saturating_add(at);
        Ok(())
    }

    fn owner(&self, entry: &Entry) -> Result<Option<(Uid, Gid)>> {
        let (uid, gid) = match self.how.owners {
            Owners::Ours => return Ok(None),
            Owners::Keep => (entry.uid, entry.gid),
            Owners::Map(map) => map(entry.uid, entry.gid).ok_or_else(|| Error::Entry {
                entry: entry.name(),
                why: format!("nobody here stands for its owner {}:{}", entry.uid, entry.gid),
            })?,
        };
        Ok(Some((Uid::from_raw(uid), Gid::from_raw(gid))))
    }

    fn chowned(&self, result: Result<(), Errno>, entry: &Entry, path: &[u8]) -> Result<()> {
        match result {
            Err(error @ (Errno::PERM | Errno::INVAL)) => Err(Error::Entry {
                entry: entry.name(),
                why: format!("it cannot be given to its owner {}:{} ({error})", entry.uid, entry.gid),
            }),
            other => other.map_err(self.root.error(path)),
        }
    }

    /// Owner, mode, attributes and time of something open, in this order: each of them takes back something of the next.
    fn describe_open(&mut self, fd: impl AsFd, entry: &Entry, path: &[u8]) -> Result<()> {
        let io = || self.root.error(path);
        if let Some((uid, gid)) = self.owner(entry)? {
            self.chowned(fs::fchown(&fd, Some(uid), Some(gid)), entry, path)?;
        }
        fs::fchmod(&fd, Mode::from_raw_mode(entry.mode & 0o7777)).map_err(io())?;
        if entry.kind == Kind::Directory && self.how.form == Form::Applied {
            // A directory that was there before is now the layer's, not a mixture of both.
            for name in attributes(&fd).map_err(io())?.into_keys() {
                if !entry.xattrs.contains_key(&name) && name != b"security.selinux" {
                    // One that cannot be removed is the host's own.
                    let _ = fs::fremovexattr(&fd, name.as_slice());
                }
            }
        }
        for (name, value) in &entry.xattrs {
            let set = fs::fsetxattr(&fd, name.as_slice(), value, XattrFlags::empty());
            attribute(&self.root, self.how.note, entry, name, set)?;
        }
        fs::futimens(&fd, &times(entry)).map_err(io())
    }

    /// The same for what cannot be opened.
    fn describe(&mut self, entry: &Entry, name: &[u8], path: &[u8], fd: BorrowedFd<'_>) -> Result<()> {
        let io = || self.root.error(path);
        if let Some((uid, gid)) = self.owner(entry)? {
            let result = fs::chownat(fd, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW);
            self.chowned(result, entry, path)?;
        }
        if !matches!(entry.kind, Kind::Symlink(_)) {
            // Made a moment ago under this name, so it is no link.
            fs::chmodat(fd, name, Mode::from_raw_mode(entry.mode & 0o7777), AtFlags::empty()).map_err(io())?;
        }
        for (key, value) in &entry.xattrs {
            let set = fs::lsetxattr(through(fd, name), key.as_slice(), value, XattrFlags::empty());
            attribute(&self.root, self.how.note, entry, key, set)?;
        }
        fs::utimensat(fd, name, &times(entry), AtFlags::SYMLINK_NOFOLLOW).map_err(io())
    }

    /// Sets modes and times of directories, the innermost first.
    fn finish(&mut self) -> Result<()> {
        let directories = std::mem::take(&mut self.directories);
        for (path, entry) in directories.into_iter().rev() {
            match self.root.directory(&path) {
                Ok(fd) => self.describe_open(fd, &entry, &path)?,
                // A later entry of the layer has taken its place.
                Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                Err(error) => return Err(self.root.error(&path)(error)),
            }
        }
        Ok(())
    }
}

/// Attributes that this host does not take are left out.
fn attribute(
    root: &Root,
    note: &mut dyn FnMut(Note),
    entry: &Entry,
    name: &[u8],
    set: Result<(), Errno>,
) -> Result<()> {
    match set {
        Ok(()) => Ok(()),
        Err(error @ (Errno::NOSPC | Errno::DQUOT)) => Err(root.error(&entry.path)(error)),
        Err(error) => {
            let why = format!("the attribute {} cannot be set ({error})", String::from_utf8_lossy(name));
            note(Note { path: entry.name(), why });
            Ok(())
        }
    }
}

fn times(entry: &Entry) -> Timestamps {
    let time = Timespec { tv_sec: entry.mtime, tv_nsec: 0 };
    Timestamps { last_access: time, last_modification: time }
}

fn hash(path: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.hash(&mut hasher);
    hasher.finish()
}

fn hide_below(directory: BorrowedFd<'_>, name: &[u8], marks: Marks) -> Result<(), Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let fd = fs::openat(directory, name, flags, Mode::empty())?;
    fs::fsetxattr(fd, marks.opaque(), b"y", XattrFlags::empty())
}

/// Marks a directory that may be open for looking only.
fn mark(directory: BorrowedFd<'_>, marks: Marks) -> Result<(), Errno> {
    hide_below(directory, b".", marks)
}
