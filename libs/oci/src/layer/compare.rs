//! Two whole trees as a layer: what has to change in one to become the other. For hosts without overlayfs, and for whole trees that are
//! to become the first layer.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{self, FileType, OFlags, Stat};

use super::LayerWriter;
use super::inode::{Item, Links, Taking, attributes, attributes_at};
use super::paths::join;
use super::root::{Root, is_whiteout, kind, look, names, through};
use crate::tarball::Entry;
use crate::{Error, Result};

/// Writes what turns the tree `before` into the tree `after`; without `before`, all of `after`. Nobody may change them meanwhile.
/// The roots' own modes and owners are not part of it.
///
/// # Errors
/// A directory cannot be read, holds what no layer can hold, or nothing can be written.
pub fn compare<W: Write>(
    before: Option<&Path>,
    after: &Path,
    writer: &mut LayerWriter<W>,
    taking: &mut Taking<'_>,
) -> Result<()> {
    let before = before.map(Root::open).transpose()?;
    let compare = Compare { before, after: Root::open(after)?, skip: taking.skip };
    let mut groups = HashMap::new();
    // A file with several names is taken under all of them or under none. Which, must be known before the first.
    if compare.before.is_some() {
        compare.walk::<W>(&mut Pass::Look { groups: &mut groups })?;
    }
    compare.walk(&mut Pass::Write { writer, taking, groups: &groups, links: Links::default() })
}

struct Compare<'a> {
    before: Option<Root>,
    after: Root,
    skip: &'a dyn Fn(&[u8]) -> bool,
}

/// Files with several names, by device and number.
type Groups = HashMap<(u64, u64), Group>;

/// The names of one file.
struct Group {
    /// The file that they were names of.
    before: Option<(u64, u64)>,
    changed: bool,
}

enum Pass<'a, 'b, W: Write> {
    Look { groups: &'a mut Groups },
    Write { writer: &'a mut LayerWriter<W>, taking: &'a mut Taking<'b>, groups: &'a Groups, links: Links },
}

/// A directory whose entries are being compared.
struct Frame {
    path: Vec<u8>,
    /// It was there before.
    was: bool,
    names: std::collections::btree_set::IntoIter<Vec<u8>>,
    /// It has not changed itself, and is written only if something in it has.
    waiting: Option<Entry>,
    open: Option<(Option<OwnedFd>, OwnedFd)>,
}

impl Compare<'_> {
    fn walk<W: Write>(&self, pass: &mut Pass<'_, '_, W>) -> Result<()> {
        let mut frames = vec![self.frame(Vec::new(), self.before.is_some(), None)?];
        while let Some(mut frame) = frames.pop() {
            let Some(name) = frame.names.next() else { continue };
            let next = self.one(&mut frame, &name, pass, &mut frames)?;
            frames.push(frame);
            frames.extend(next);
        }
        Ok(())
    }

    fn frame(&self, path: Vec<u8>, was: bool, waiting: Option<Entry>) -> Result<Frame> {
        let mut all: BTreeSet<Vec<u8>> = BTreeSet::new();
        for root in [self.before.as_ref().filter(|_| was), Some(&self.after)].into_iter().flatten() {
            let directory = root.directory(&path).map_err(root.error(&path))?;
            all.extend(names(directory).map_err(root.error(&path))?);
        }
        Ok(Frame { path, was, names: all.into_iter(), waiting, open: None })
    }

    fn open(&self, frame: &Frame) -> Result<(Option<OwnedFd>, OwnedFd)> {
        let open = |root: &Root| root.directory(&frame.path).map_err(root.error(&frame.path));
        Ok((self.before.as_ref().filter(|_| frame.was).map(open).transpose()?, open(&self.after)?))
    }

    fn one<W: Write>(
        &self,
        frame: &mut Frame,
        name: &[u8],
        pass: &mut Pass<'_, '_, W>,
        above: &mut [Frame],
    ) -> Result<Option<Frame>> {
        let path = join(&frame.path, name);
        let (old_dir, new_dir) = match frame.open.take() {
            Some(open) => open,
            None => self.open(frame)?,
        };
        let old = match &old_dir {
            Some(directory) => look(directory, name).map_err(self.after.error(&path))?,
            None => None,
        };
        let new = look(&new_dir, name).map_err(self.after.error(&path))?;
        let next = self.pair(
            frame,
            name,
            path,
            (old_dir.as_ref().map(AsFd::as_fd), old),
            (new_dir.as_fd(), new),
            pass,
            above,
        );
        frame.open = Some((old_dir, new_dir));
        let next = next?;
        if next.is_some() {
            // Deep trees would need more descriptors than there are.
            frame.open = None;
        }
        Ok(next)
    }

    #[expect(clippy::too_many_arguments, reason = "both sides of one name, and where they stand")]
    fn pair<W: Write>(
        &self,
        frame: &mut Frame,
        name: &[u8],
        path: Vec<u8>,
        (old_dir, old): (Option<BorrowedFd<'_>>, Option<Stat>),
        (directory, new): (BorrowedFd<'_>, Option<Stat>),
        pass: &mut Pass<'_, '_, W>,
        above: &mut [Frame],
    ) -> Result<Option<Frame>> {
        if (self.skip)(&path) {
            return Ok(None);
        }
        let Some(stat) = new else {
            if let Pass::Write { writer, .. } = pass {
                release(writer, above, frame)?;
                writer.whiteout(&path, 0)?;
            }
            return Ok(None);
        };
        let item = Item { root: &self.after, directory, name, path: &path, stat };
        let is_directory = kind(&stat) == FileType::Directory;
        let was_directory = old.is_some_and(|old| kind(&old) == FileType::Directory);
        let changed = match (old_dir, old) {
            (Some(old_dir), Some(old)) => !same(&item, old_dir, &old)?,
            _ => true,
        };
        let shared = stat.st_nlink > 1 && kind(&stat) == FileType::RegularFile;
        let key = (stat.st_dev, stat.st_ino);
        let (writer, taking, groups, links) = match pass {
            Pass::Look { groups } => {
                if shared {
                    let before = old.map(|old| (old.st_dev, old.st_ino));
                    let group = groups.entry(key).or_insert(Group { before, changed: false });
                    group.changed |= changed || group.before != before;
                }
                return match is_directory {
                    true => self.frame(path, was_directory, None).map(Some),
                    false => Ok(None),
                };
            }
            Pass::Write { writer, taking, groups, links } => (writer, taking, groups, links),
        };
        if item.is_left_out(taking)? {
            return Ok(None);
        }
        let changed = changed || (shared && groups.get(&key).is_some_and(|group| group.changed));
        let mut waiting = None;
        if changed {
            release(writer, above, frame)?;
            item.write(writer, taking, links)?;
        } else if is_directory {
            waiting = Some(item.entry(taking, links)?.0);
        }
        match is_directory {
            true => self.frame(path, was_directory, waiting).map(Some),
            false => Ok(None),
        }
    }
}

/// Writes the directories that something is in which has changed.
fn release<W: Write>(writer: &mut LayerWriter<W>, above: &mut [Frame], last: &mut Frame) -> Result<()> {
    for frame in above.iter_mut().chain([last]) {
        if let Some(entry) = frame.waiting.take() {
            writer.append(&entry, &mut std::io::empty())?;
        }
    }
    Ok(())
}

/// Whether something is what it was.
fn same(item: &Item<'_>, old_dir: BorrowedFd<'_>, old: &Stat) -> Result<bool> {
    let new = &item.stat;
    let io = || item.root.error(item.path);
    if (new.st_dev, new.st_ino) == (old.st_dev, old.st_ino) {
        return Ok(true);
    }
    let described = |stat: &Stat| (stat.st_mode, stat.st_uid, stat.st_gid, stat.st_mtime);
    if described(new) != described(old) || is_whiteout(new) {
        return Ok(false);
    }
    match kind(new) {
        FileType::Directory => {
            let old =
                Item { root: item.root, directory: old_dir, name: item.name, path: item.path, stat: *old };
            let of = |item: &Item<'_>| item.open(OFlags::DIRECTORY).and_then(attributes).map_err(io());
            Ok(of(item)? == of(&old)?)
        }
        FileType::RegularFile => {
            if new.st_size != old.st_size || new.st_nlink != old.st_nlink {
                return Ok(false);
            }
            let old =
                Item { root: item.root, directory: old_dir, name: item.name, path: item.path, stat: *old };
            let (new_file, old_file) =
                (item.open(OFlags::empty()).map_err(io())?, old.open(OFlags::empty()).map_err(io())?);
            if attributes(&new_file).map_err(io())? != attributes(&old_file).map_err(io())? {
                return Ok(false);
            }
            // The same fraction of a second is no accident, but trees out of archives have none.
            if new.st_mtime_nsec == old.stat.st_mtime_nsec && new.st_mtime_nsec != 0 {
                return Ok(true);
            }
            same_content(File::from(new_file), File::from(old_file))
                .map_err(Error::io(item.root.place(item.path)))
        }
        FileType::Symlink => {
            let of = |directory| fs::readlinkat(directory, item.name, Vec::new()).map_err(io());
            let attributes = |directory| attributes_at(&through(directory, item.name)).unwrap_or_default();
            Ok(of(item.directory)? == of(old_dir)? && attributes(item.directory) == attributes(old_dir))
        }
        _ => Ok(new.st_rdev == old.st_rdev),
    }
}

fn same_content(mut one: File, mut other: File) -> std::io::Result<bool> {
    let (mut left, mut right) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    loop {
        let count = one.read(&mut left)?;
        let Some(expected) = right.get_mut(..count) else { return Ok(false) };
        if count == 0 {
            return Ok(other.read(&mut right)? == 0);
        }
        match other.read_exact(expected) {
            Ok(()) if left.get(..count) == Some(expected) => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}
