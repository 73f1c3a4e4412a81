//! Upper directories of overlayfs as one layer: of several, what is newest counts. Two whole trees are compared in `compare`.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::FileType;
use rustix::io::Errno;

use super::inode::{Item, Links, Taking, attributes};
use super::paths::join;
use super::root::{Root, is_whiteout, kind, look, names};
use super::{LayerWriter, Marks};
use crate::{Error, Result};

/// Writes the changes in the upper directories of overlayfs, the oldest first, as one layer: what it does to a tree is what they did to
/// it one after the other. Nobody may change them meanwhile. Entries stand in the order of their names, so the same directories give
/// the same bytes.
///
/// # Errors
/// A directory cannot be read, holds what no layer can hold, or nothing can be written.
pub fn merge<W: Write>(uppers: &[&Path], writer: &mut LayerWriter<W>, taking: &mut Taking<'_>) -> Result<()> {
    let uppers = uppers.iter().map(|path| Root::open(path)).collect::<Result<Vec<_>>>()?;
    let (merge, mut links) = (Merge { uppers }, Links::default());
    let all: Vec<usize> = (0..merge.uppers.len()).rev().collect();
    let mut visible = Vec::new();
    for upper in all {
        visible.push(upper);
        if merge.is_opaque(upper, b"")? {
            writer.opaque(b"", 0)?;
            break;
        }
    }
    let mut frames = vec![merge.frame(Vec::new(), visible)?];
    while let Some(frame) = frames.last_mut() {
        let Some((name, newest)) = frame.names.next() else {
            frames.pop();
            continue;
        };
        if let Some(next) = merge.one(frame, &name, newest, writer, taking, &mut links)? {
            frames.push(next);
        }
    }
    Ok(())
}

struct Merge {
    uppers: Vec<Root>,
}

/// A directory whose entries are being written.
struct Frame {
    path: Vec<u8>,
    /// In which upper directories it can be seen, the newest first.
    visible: Vec<usize>,
    /// What is in it, and in which of them it is newest.
    names: std::collections::btree_map::IntoIter<Vec<u8>, usize>,
    /// It was opened for the last entry, and mostly will be needed for the next.
    open: Option<(usize, OwnedFd)>,
}

impl Frame {
    fn directory(&mut self, upper: usize, root: &Root) -> Result<&OwnedFd> {
        if self.open.as_ref().is_none_or(|(number, _)| *number != upper) {
            let opened = root.directory(&self.path).map_err(root.error(&self.path))?;
            self.open = Some((upper, opened));
        }
        match &self.open {
            Some((_, fd)) => Ok(fd),
            None => Err(Error::NotFound { what: root.place(&self.path).display().to_string() }),
        }
    }
}

impl Merge {
    fn root(&self, upper: usize) -> Result<&Root> {
        self.uppers.get(upper).ok_or_else(|| Error::NotFound { what: format!("upper directory {upper}") })
    }

    fn frame(&self, path: Vec<u8>, visible: Vec<usize>) -> Result<Frame> {
        let mut all = BTreeMap::new();
        for &upper in &visible {
            let root = self.root(upper)?;
            let directory = root.directory(&path).map_err(root.error(&path))?;
            for name in names(directory).map_err(root.error(&path))? {
                all.entry(name).or_insert(upper);
            }
        }
        Ok(Frame { path, visible, names: all.into_iter(), open: None })
    }

    /// Writes one entry. Gives the directory that it is, if it is one.
    fn one<W: Write>(
        &self,
        frame: &mut Frame,
        name: &[u8],
        newest: usize,
        writer: &mut LayerWriter<W>,
        taking: &mut Taking<'_>,
        links: &mut Links,
    ) -> Result<Option<Frame>> {
        let path = join(&frame.path, name);
        let older: Vec<usize> =
            frame.visible.iter().copied().skip_while(|upper| *upper != newest).skip(1).collect();
        let root = self.root(newest)?;
        let directory = frame.directory(newest, root)?;
        let Some(stat) = look(directory, name).map_err(root.error(&path))? else { return Ok(None) };
        let item = Item { root, directory: directory.as_fd(), name, path: &path, stat };
        if is_whiteout(&stat) {
            // Not even when it is left out: what was in the image must not come back.
            return writer.whiteout(&path, 0).map(|()| None);
        }
        if item.is_left_out(taking)? {
            return Ok(None);
        }
        item.write(writer, taking, links)?;
        if kind(&stat) != FileType::Directory {
            return Ok(None);
        }
        let (visible, opaque) = self.visible(&path, newest, &older)?;
        if opaque {
            writer.opaque(&path, 0)?;
        }
        self.frame(path, visible).map(Some)
    }

    /// In which upper directories a directory can be seen, and whether what is below all of them is hidden.
    fn visible(&self, path: &[u8], newest: usize, older: &[usize]) -> Result<(Vec<usize>, bool)> {
        let mut visible = vec![newest];
        if self.is_opaque(newest, path)? {
            return Ok((visible, true));
        }
        for &upper in older {
            match self.root(upper)?.directory(path) {
                Ok(_) => visible.push(upper),
                Err(Errno::NOENT) => continue,
                // Something else, or a mark that it is gone: whatever is below is hidden.
                Err(Errno::NOTDIR | Errno::LOOP) => return Ok((visible, true)),
                Err(error) => return Err(self.root(upper)?.error(path)(error)),
            }
            if self.is_opaque(upper, path)? {
                return Ok((visible, true));
            }
        }
        Ok((visible, false))
    }

    fn is_opaque(&self, upper: usize, path: &[u8]) -> Result<bool> {
        let root = self.root(upper)?;
        let directory = root.directory(path).map_err(root.error(path))?;
        let found = attributes(&directory).map_err(root.error(path))?;
        let is = |marks: Marks| found.get(marks.opaque().as_bytes()).is_some_and(|value| value == b"y");
        Ok(is(Marks::Trusted) || is(Marks::User))
    }
}
