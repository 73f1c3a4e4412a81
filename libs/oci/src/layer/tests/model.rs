//! Trees as values: random ones, written to disk, and read back in a way of its own, so that what is tested does not test itself.

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use proptest::prelude::*;
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, Timespec, Timestamps, XattrFlags, makedev, mknodat, utimensat,
};

use crate::Digest;

/// A name from the root of a tree on.
pub(super) type Name = Vec<String>;

/// What all things have.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Meta {
    mode: u32,
    owner: u32,
    mtime: i64,
    xattr: Option<Vec<u8>>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Node {
    Directory(Meta),
    File(Meta, Vec<u8>, u64),
    /// A further name of a file, where that file still is.
    Link(Name),
    Symlink(String, Meta),
    Fifo(Meta),
    Device(u32, Meta),
}

/// A change of a tree.
#[derive(Clone, Debug)]
pub(super) enum Change {
    Put(Name, Node),
    Remove(Name),
}

pub(super) type Tree = BTreeMap<Name, Node>;

pub(super) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn name() -> impl Strategy<Value = Name> {
    let part = prop::sample::select(vec!["a", "b", "c", "d e", "ü", "Z", "a.b", "a-b"]);
    let long = Just("n".repeat(120));
    let part = prop_oneof![20 => part.prop_map(str::to_owned), 1 => long];
    prop::collection::vec(part, 1..5)
}

fn meta() -> impl Strategy<Value = Meta> {
    let mode = prop::sample::select(vec![0o644, 0o755, 0o700, 0o4755, 0o2711, 0o1777, 0o600]);
    let owner = prop::sample::select(vec![0_u32, 0, 1000, 65534, 3_000_000]);
    let mtime = prop::sample::select(vec![0_i64, 1, 1_600_000_000, 1_600_000_001, -5, 9_000_000_000]);
    let xattr = prop::option::weighted(0.2, prop::collection::vec(any::<u8>(), 0..40));
    (mode, owner, mtime, xattr).prop_map(|(mode, owner, mtime, xattr)| Meta {
        // Others than root get no further than modes allow.
        mode: if is_root() { mode } else { mode | 0o700 },
        owner: if is_root() { owner } else { 0 },
        mtime,
        xattr,
    })
}

fn node() -> impl Strategy<Value = Node> {
    let content = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..30),
        prop::sample::select(vec![511_usize, 512, 513, 1024, 70_000]).prop_map(|length| vec![7; length]),
        Just(vec![0; 100_000]),
    ];
    let hole = prop_oneof![9 => Just(0_u64), 1 => Just(300_000)];
    let target = prop::sample::select(vec!["a", "../b", "/etc/passwd", "../../../../x", ".", "nowhere"]);
    let target = prop_oneof![9 => target.prop_map(str::to_owned), 1 => Just("t".repeat(150))];
    prop_oneof![
        4 => meta().prop_map(Node::Directory),
        5 => (meta(), content, hole).prop_map(|(meta, content, hole)| Node::File(meta, content, hole)),
        2 => name().prop_map(Node::Link),
        2 => (target, meta()).prop_map(|(target, meta)| Node::Symlink(target, Meta { xattr: None, ..meta })),
        1 => meta().prop_map(|meta| Node::Fifo(Meta { xattr: None, ..meta })),
        1 => (1_u32..300, meta()).prop_map(|(number, meta)| Node::Device(number, Meta { xattr: None, ..meta })),
    ]
}

pub(super) fn changes(most: usize) -> impl Strategy<Value = Vec<Change>> {
    let change = prop_oneof![
        4 => (name(), node()).prop_map(|(name, node)| Change::Put(name, node)),
        2 => name().prop_map(Change::Remove),
    ];
    prop::collection::vec(change, 0..most)
}

/// Applies changes, so that what comes out can be a tree: everything has its directories.
pub(super) fn changed(before: &Tree, changes: &[Change]) -> Tree {
    let mut tree = before.clone();
    let plain = Meta { mode: 0o755, owner: 0, mtime: 1_500_000_000, xattr: None };
    let below = |tree: &mut Tree, name: &Name| {
        tree.retain(|other, _| !(other.len() > name.len() && other.starts_with(name)))
    };
    for change in changes {
        match change {
            Change::Remove(name) => {
                tree.remove(name);
                below(&mut tree, name);
            }
            Change::Put(name, node) => {
                let node = match node {
                    Node::Device(..) if !is_root() => &Node::Fifo(plain.clone()),
                    node => node,
                };
                for length in 1..name.len() {
                    let folder = name[..length].to_vec();
                    if !matches!(tree.get(&folder), Some(Node::Directory(_))) {
                        tree.insert(folder, Node::Directory(plain.clone()));
                    }
                }
                if !matches!(node, Node::Directory(_)) {
                    below(&mut tree, name);
                }
                tree.insert(name.clone(), node.clone());
            }
        }
    }
    // A link to what is no file of its own is no link.
    let files: Vec<Name> = tree
        .iter()
        .filter(|(_, node)| matches!(node, Node::File(..)))
        .map(|(name, _)| name.clone())
        .collect();
    tree.retain(|_, node| !matches!(node, Node::Link(target) if !files.contains(target)));
    tree
}

/// Writes a tree to disk.
pub(super) fn write(tree: &Tree, root: &Path) {
    let at = |name: &Name| root.join(name.iter().collect::<std::path::PathBuf>());
    for (name, node) in tree {
        let path = at(name);
        match node {
            Node::Directory(_) => fs::create_dir(&path).expect("a directory"),
            Node::File(meta, content, hole) => {
                let mut file = File::create(&path).expect("a file");
                file.write_all(content).expect("content");
                if *hole > 0 {
                    file.set_len(content.len() as u64 + hole).expect("a hole");
                    file.write_all_at(b"end", content.len() as u64 + hole).expect("an end");
                }
                describe(&path, meta, false);
            }
            Node::Symlink(target, meta) => {
                symlink(target, &path).expect("a link");
                describe(&path, meta, true);
            }
            Node::Fifo(meta) => {
                mknodat(CWD, &path, FileType::Fifo, Mode::empty(), 0).expect("a pipe");
                describe(&path, meta, false);
            }
            Node::Device(number, meta) => {
                mknodat(CWD, &path, FileType::CharacterDevice, Mode::empty(), makedev(*number, 3))
                    .expect("a device");
                describe(&path, meta, false);
            }
            Node::Link(_) => {}
        }
    }
    for (name, node) in tree {
        if let Node::Link(target) = node {
            fs::hard_link(at(target), at(name)).expect("a further name");
        }
    }
    // Whatever is made in a directory changes its time.
    for (name, node) in tree.iter().rev() {
        if let Node::Directory(meta) = node {
            describe(&at(name), meta, false);
        }
    }
}

fn describe(path: &Path, meta: &Meta, is_link: bool) {
    if is_root() {
        std::os::unix::fs::lchown(path, Some(meta.owner), Some(meta.owner / 2)).expect("an owner");
    }
    if !is_link {
        fs::set_permissions(path, fs::Permissions::from_mode(meta.mode)).expect("a mode");
    }
    if let Some(xattr) = &meta.xattr {
        rustix::fs::lsetxattr(path, "user.test", xattr, XattrFlags::empty()).expect("an attribute");
    }
    let time = Timespec { tv_sec: meta.mtime, tv_nsec: 0 };
    let times = Timestamps { last_access: time, last_modification: time };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).expect("a time");
}

/// What is in a directory, a line for each thing.
pub(super) fn read(root: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut first: HashMap<u64, String> = HashMap::new();
    let mut todo = vec![root.to_owned()];
    let mut paths = Vec::new();
    while let Some(folder) = todo.pop() {
        for item in fs::read_dir(&folder).expect("a directory") {
            let path = item.expect("an entry").path();
            if fs::symlink_metadata(&path).expect("its description").is_dir() {
                todo.push(path.clone());
            }
            paths.push(path);
        }
    }
    paths.sort();
    for path in paths {
        let meta = fs::symlink_metadata(&path).expect("its description");
        let name = path.strip_prefix(root).expect("inside").display().to_string();
        let kind = meta.file_type();
        let what = if kind.is_symlink() {
            format!("-> {}", fs::read_link(&path).expect("its target").display())
        } else if kind.is_file() {
            let group = first.entry(meta.ino()).or_insert_with(|| name.clone()).clone();
            format!("{} {} first:{group}", meta.len(), Digest::of(&fs::read(&path).expect("its content")))
        } else {
            format!("{:o} {}", meta.mode() & 0o170_000, meta.rdev())
        };
        let mut value = vec![0; 256];
        let xattr = rustix::fs::lgetxattr(&path, "user.test", &mut value[..])
            .ok()
            .map(|length| value[..length].to_vec());
        let opaque = rustix::fs::lgetxattr(&path, "trusted.overlay.opaque", &mut value[..]).is_ok();
        let line = format!(
            "{:o} {}:{} {} {what} {xattr:?} {opaque}",
            meta.mode() & 0o7777,
            meta.uid(),
            meta.gid(),
            meta.mtime()
        );
        found.insert(name, line);
    }
    found
}
