//! Which files there are, and in which archive each of them is. Names hold no links: those on the way are followed as somebody inside would.

use std::collections::{BTreeMap, HashMap, VecDeque};

use oci::layer::paths::{OPAQUE, WHITEOUT, join, parts};
use oci::tarball::{Entry, Kind as Tar};

use crate::{Error, Result};

/// As many links as the kernel follows.
const MOST_LINKS: usize = 40;

/// An entry of an archive: the layers come first, then what was put on top of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) archive: usize,
    pub(super) entry: u64,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Tar,
    /// Where it is described.
    at: Place,
    /// Where its content is: elsewhere for a further name of a file.
    content: Place,
}

impl Node {
    /// Whether there may be something below it.
    fn is_directory(&self) -> bool {
        self.kind == Tar::Directory
    }
}

/// All files, by their names without a slash at the beginning. The root is always there.
#[derive(Clone, Default, Debug)]
pub(super) struct Index {
    nodes: BTreeMap<Vec<u8>, Node>,
}

/// The directory and the last part of a name. Nothing for the root.
fn split(path: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut all: Vec<&[u8]> = parts(path).collect();
    let name = all.pop()?.to_vec();
    Some((all.join(&b'/'), name))
}

impl Index {
    pub(super) fn is_directory(&self, path: &[u8]) -> bool {
        path.is_empty() || self.nodes.get(path).is_some_and(Node::is_directory)
    }

    /// Whether a name is what this entry made of it.
    pub(super) fn is_current(&self, path: &[u8], place: Place) -> bool {
        // In archives those of directories end with a slash.
        let path = path.strip_suffix(b"/").unwrap_or(path);
        self.nodes.get(path).is_some_and(|node| node.at == place)
    }

    /// The name without links of something that is there.
    pub(super) fn resolve(&self, path: &[u8], follow_last: bool) -> Option<Vec<u8>> {
        let mut todo: VecDeque<Vec<u8>> = parts(path).map(<[u8]>::to_vec).collect();
        let mut real: Vec<Vec<u8>> = Vec::new();
        let mut links = 0;
        while let Some(part) = todo.pop_front() {
            if part == b".." {
                real.pop();
                continue;
            }
            real.push(part);
            let node = self.nodes.get(&real.join(&b'/'))?;
            if let Tar::Symlink(target) = &node.kind
                && (follow_last || !todo.is_empty())
            {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                real.pop();
                if target.starts_with(b"/") {
                    real.clear();
                }
                for part in parts(target).rev() {
                    todo.push_front(part.to_vec());
                }
            } else if !todo.is_empty() && !node.is_directory() {
                return None;
            }
        }
        Some(real.join(&b'/'))
    }

    /// Takes in an entry of a layer.
    pub(super) fn apply(&mut self, entry: &Entry, place: Place) -> Result<()> {
        let Some((folder, name)) = split(&entry.path) else { return Ok(()) };
        let folder = self.enter(&folder, place);
        if name == OPAQUE {
            self.hide(&folder, false, place);
        } else if let Some(gone) = name.strip_prefix(WHITEOUT) {
            self.hide(&join(&folder, gone), true, place);
        } else {
            self.set(join(&folder, &name), &entry.kind, place)?;
        }
        Ok(())
    }

    /// Takes in an entry whose name holds no links.
    pub(super) fn apply_plain(&mut self, entry: &Entry, place: Place) -> Result<()> {
        self.set(entry.path.clone(), &entry.kind, place)
    }

    /// What an uploaded entry becomes: itself under its whole name, after the directories that are missing on the way.
    pub(super) fn place(&self, below: &[u8], entry: &Entry) -> Result<Vec<Entry>> {
        let refuse = |why: &str| Error::Tree { what: entry.name(), why: why.to_owned() };
        if parts(&entry.path).any(|part| part == b"..") {
            return Err(refuse("its name holds `..`"));
        }
        let Some((folder, name)) = split(&entry.path) else { return Ok(Vec::new()) };
        let (mut at, mut made) = (below.to_vec(), Vec::new());
        for part in parts(&folder) {
            let path = join(&at, part);
            at = match self.resolve(&path, true) {
                Some(real) if self.is_directory(&real) => real,
                Some(_) => return Err(refuse("its directory is none")),
                None => {
                    made.push(Entry {
                        mtime: entry.mtime,
                        ..Entry::new(path.clone(), Tar::Directory, 0o755)
                    });
                    path
                }
            };
        }
        let kind = match &entry.kind {
            Tar::Hardlink(target) => {
                Tar::Hardlink(join(below, &parts(target).collect::<Vec<_>>().join(&b'/')))
            }
            kind => kind.clone(),
        };
        made.push(Entry { path: join(&at, &name), kind, ..entry.clone() });
        Ok(made)
    }

    /// What is at a path and below it: by archive and entry of the content, under which names.
    pub(super) fn below(&self, top: &[u8], name: &[u8]) -> BTreeMap<usize, HashMap<u64, Vec<Vec<u8>>>> {
        let mut wanted: BTreeMap<usize, HashMap<u64, Vec<Vec<u8>>>> = BTreeMap::new();
        for (path, node) in self.nodes.range(top.to_vec()..) {
            let Some(rest) = path.strip_prefix(top) else { break };
            let rest = match rest {
                rest if top.is_empty() || rest.is_empty() => rest,
                [b'/', rest @ ..] => rest,
                // A neighbour whose name begins alike.
                _ => continue,
            };
            let shown =
                if rest.is_empty() || name.is_empty() { [name, rest].concat() } else { join(name, rest) };
            wanted
                .entry(node.content.archive)
                .or_default()
                .entry(node.content.entry)
                .or_default()
                .push(shown);
        }
        wanted
    }

    /// The directory of an entry of a layer, and those on the way that the layer leaves out.
    fn enter(&mut self, folder: &[u8], place: Place) -> Vec<u8> {
        let mut at = Vec::new();
        for part in parts(folder) {
            let path = join(&at, part);
            at = match self.resolve(&path, true) {
                Some(real) if self.is_directory(&real) => real,
                _ => {
                    self.nodes.insert(path.clone(), Node { kind: Tar::Directory, at: place, content: place });
                    path
                }
            };
        }
        at
    }

    fn set(&mut self, path: Vec<u8>, kind: &Tar, place: Place) -> Result<()> {
        let content = match kind {
            Tar::Hardlink(target) => {
                let target = self.resolve(target, false);
                let node = target.and_then(|target| self.nodes.get(&target));
                let missing = || Error::Tree {
                    what: String::from_utf8_lossy(&path).into_owned(),
                    why: "what it links to is not there".to_owned(),
                };
                node.ok_or_else(missing)?.content
            }
            _ => place,
        };
        if !(*kind == Tar::Directory && self.is_directory(&path)) {
            self.remove_below(&path, |_| true);
        }
        let kind = if matches!(kind, Tar::Hardlink(_)) { Tar::File } else { kind.clone() };
        self.nodes.insert(path, Node { kind, at: place, content });
        Ok(())
    }

    /// What lower layers have there is gone.
    fn hide(&mut self, path: &[u8], itself: bool, place: Place) {
        let lower = |node: &Node| node.at.archive < place.archive;
        self.remove_below(path, lower);
        if itself && self.nodes.get(path).is_some_and(lower) {
            self.nodes.remove(path);
        }
    }

    fn remove_below(&mut self, path: &[u8], gone: impl Fn(&Node) -> bool) {
        let inside = if path.is_empty() { Vec::new() } else { [path, b"/"].concat() };
        let doomed: Vec<Vec<u8>> = self
            .nodes
            .range(inside.clone()..)
            .take_while(|(name, _)| name.starts_with(&inside))
            .filter(|(_, node)| gone(node))
            .map(|(name, _)| name.clone())
            .collect();
        for name in doomed {
            self.nodes.remove(&name);
        }
    }
}
