//! Upper directories as the kernel's overlayfs leaves them, when something else made the tree: what changed in a copy is moved there, and
//! the marks of `fuse-overlayfs` become the kernel's. In a copy, a file is unchanged while its inode and the time of its last change of any
//! kind are those that were noted.

use super::copy;
use crate::Overlay;
use rustix::fs::XattrFlags;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// The task that does this with the ids of machines.
pub(super) const TASK: &str = "changes as overlayfs leaves them";
/// Times of files advance in steps: what changes in the same one as we noted would look unchanged.
const STEP: Duration = Duration::from_millis(20);

/// Arguments of the task.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Places {
    pub work: PathBuf,
    pub upper: PathBuf,
    /// What made the tree.
    pub overlay: Overlay,
    /// Whose marks are to be used: the host's root's, or an ordinary user's.
    pub root: bool,
}

/// What tells whether a file is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    inode: u64,
    /// When it was made, nanoseconds; 0 where the filesystem does not say. Numbers of inodes are used again.
    made: u128,
    /// When it last changed in any way: seconds, nanoseconds.
    changed: (i64, i64),
}

impl Look {
    /// Whether it is what it was, changed or not.
    fn is_still(&self, other: &Self) -> bool {
        (self.inode, self.made) == (other.inode, other.made)
    }
}

fn look(meta: &Metadata) -> Look {
    let made = meta.created().ok().and_then(|made| made.duration_since(UNIX_EPOCH).ok());
    Look {
        inode: meta.ino(),
        made: made.map_or(0, |made| made.as_nanos()),
        changed: (meta.ctime(), meta.ctime_nsec()),
    }
}

fn note_path(work: &Path) -> PathBuf {
    work.join("noted")
}

/// Notes how everything in the copied tree looks now.
pub(super) fn note(work: &Path) -> io::Result<()> {
    let mut file = io::BufWriter::new(fs::File::create(note_path(work))?);
    walk(&copy::tree(work), |path, meta| {
        let Look { inode, made, changed: (seconds, nanos) } = look(meta);
        file.write_all(path.as_os_str().as_bytes())?;
        write!(file, "\0{inode} {made} {seconds} {nanos}\0")?;
        Ok(Descend::Yes)
    })?;
    file.flush()?;
    std::thread::sleep(STEP);
    Ok(())
}

fn noted(work: &Path) -> io::Result<HashMap<PathBuf, Look>> {
    let mut bytes = Vec::new();
    fs::File::open(note_path(work))?.read_to_end(&mut bytes)?;
    let mut parts = bytes.split(|byte| *byte == 0);
    let mut noted = HashMap::new();
    while let (Some(path), Some(text)) = (parts.next(), parts.next()) {
        let text = String::from_utf8_lossy(text);
        let mut numbers = text.split(' ');
        let mut next = || numbers.next().ok_or(io::ErrorKind::InvalidData);
        let inode = next()?.parse().map_err(io::Error::other)?;
        let made = next()?.parse().map_err(io::Error::other)?;
        let seconds = next()?.parse().map_err(io::Error::other)?;
        let nanos = next()?.parse().map_err(io::Error::other)?;
        noted.insert(
            PathBuf::from(OsString::from_vec(path.to_vec())),
            Look { inode, made, changed: (seconds, nanos) },
        );
    }
    Ok(noted)
}

#[derive(PartialEq, Eq)]
enum Descend {
    Yes,
    No,
}

/// Everything below a directory, each directory before what is in it; paths are relative. No link is followed.
fn walk(root: &Path, mut visit: impl FnMut(&Path, &Metadata) -> io::Result<Descend>) -> io::Result<()> {
    let mut todo = vec![PathBuf::new()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(root.join(&directory))? {
            let path = directory.join(entry?.file_name());
            let meta = root.join(&path).symlink_metadata()?;
            if visit(&path, &meta)? == Descend::Yes && meta.is_dir() {
                todo.push(path);
            }
        }
    }
    Ok(())
}

/// What became of a name.
#[derive(PartialEq, Eq)]
enum Change {
    /// It is a directory that is there still.
    Looks,
    /// It is a directory where something else was.
    Replaced,
    /// It is anything that was not there, or no directory.
    New,
}

/// Marks a directory that hides what is below, as overlayfs does for root of the host or for others.
fn hide_below(directory: &Path, root: bool) -> io::Result<()> {
    let attribute = if root { "trusted.overlay.opaque" } else { "user.overlay.opaque" };
    Ok(rustix::fs::lsetxattr(directory, attribute, b"y", XattrFlags::empty())?)
}

/// Moves what changed since [`note`] into the upper directory, marks what is gone, and removes the rest of the copy.
fn extract(places: &Places) -> io::Result<()> {
    let tree = copy::tree(&places.work);
    let noted = noted(&places.work)?;
    let mut directories = HashSet::from([PathBuf::new()]);
    let mut others = HashSet::new();
    let mut changed = Vec::new();
    walk(&tree, |path, meta| {
        let known = noted.get(path);
        let same = meta.is_dir() && known.is_some_and(|known| known.is_still(&look(meta)));
        if known != Some(&look(meta)) {
            changed.push((
                path.to_owned(),
                match known {
                    _ if same => Change::Looks,
                    Some(_) if meta.is_dir() => Change::Replaced,
                    _ => Change::New,
                },
            ));
        }
        if same || known.is_none() && meta.is_dir() {
            directories.insert(path.to_owned());
        } else {
            others.insert(path.to_owned());
        }
        // What is new is moved as a whole.
        Ok(if same { Descend::Yes } else { Descend::No })
    })?;
    let mut upper = Upper { tree: &tree, root: &places.upper, made: Vec::new() };
    for (path, change) in changed {
        if change == Change::Looks {
            upper.directory(&path)?;
            continue;
        }
        upper.parent(&path)?;
        fs::rename(tree.join(&path), places.upper.join(&path))?;
        if change == Change::Replaced {
            hide_below(&places.upper.join(&path), false)?;
        }
    }
    for path in noted.keys().filter(|path| !directories.contains(*path) && !others.contains(*path)) {
        // With its directory gone, that one's mark says it.
        if path.parent().is_some_and(|parent| directories.contains(parent)) {
            upper.parent(path)?;
            copy::mark_gone(&places.upper.join(path))?;
        }
    }
    upper.finish()?;
    fs::remove_dir_all(&tree)?;
    fs::remove_file(note_path(&places.work))
}

/// The upper directory as it fills.
struct Upper<'a> {
    tree: &'a Path,
    root: &'a Path,
    made: Vec<PathBuf>,
}

impl Upper<'_> {
    /// Sees to a directory of the tree being there, and those above it.
    fn directory(&mut self, path: &Path) -> io::Result<()> {
        let mut missing: Vec<&Path> =
            path.ancestors().take_while(|path| self.root.join(path).symlink_metadata().is_err()).collect();
        while let Some(path) = missing.pop() {
            fs::create_dir(self.root.join(path))?;
            self.made.push(path.to_owned());
        }
        Ok(())
    }

    fn parent(&mut self, path: &Path) -> io::Result<()> {
        path.parent().map_or(Ok(()), |parent| self.directory(parent))
    }

    /// Gives the directories that were made their looks, children first: filling them changed their times.
    fn finish(self) -> io::Result<()> {
        for path in self.made.iter().rev() {
            let meta = self.tree.join(path).symlink_metadata()?;
            copy::look(&self.tree.join(path), &self.root.join(path), &meta)?;
        }
        Ok(())
    }
}

/// Turns the marks of `fuse-overlayfs` into the kernel's. Where it cannot use the kernel's it makes files: one in a directory that hides what
/// is below, one for each name that is gone.
fn same_marks(places: &Places) -> io::Result<()> {
    let mut marks = Vec::new();
    walk(&places.upper, |path, _| {
        let name = path.file_name().unwrap_or_default().as_bytes();
        if let Some(name) = name.strip_prefix(b".wh.") {
            marks.push((path.to_owned(), OsString::from_vec(name.to_vec())));
        }
        Ok(Descend::Yes)
    })?;
    for (mark, name) in marks {
        fs::remove_file(places.upper.join(&mark))?;
        let directory = places.upper.join(mark.parent().unwrap_or(Path::new("")));
        // It writes the mark of a directory in two ways.
        if name == ".wh..opq" || name == ".opq" {
            hide_below(&directory, places.root)?;
        } else {
            copy::mark_gone(&directory.join(name))?;
        }
    }
    Ok(())
}

/// The task itself.
pub(super) fn task(args: &[u8], _: &mut (dyn Read + Send), _: &mut dyn Write) -> Result<Vec<u8>, String> {
    let places: Places = serde_json::from_slice(args).map_err(|error| error.to_string())?;
    let done = match places.overlay {
        Overlay::Kernel => Ok(()),
        Overlay::Fuse(_) => same_marks(&places),
        Overlay::Copy => extract(&places),
    };
    done.map_err(|error| format!("cannot tell what changed in the machine's tree: {error}"))?;
    Ok(Vec::new())
}
