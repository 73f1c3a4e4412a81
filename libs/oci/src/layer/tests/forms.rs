//! Single rules of layers, as entries in and directories out.

use std::path::Path;

use super::model::is_root;
use super::properties::{diff, merged, unpack};
use crate::layer::{Compression, Form, Layer, LayerWriter, Marks};
use crate::tarball::{Entry, Kind};
use crate::tests::skip;

/// A layer from a text: `d/` is a directory, `f` a file, `l>t` a link, `h=t` a further name.
pub(super) fn layer(text: &str) -> (Layer, Vec<u8>) {
    let mut writer = LayerWriter::new(Vec::new(), Compression::None, None).expect("a writer");
    for word in text.split_whitespace() {
        let entry = if let Some((name, target)) = word.split_once('>') {
            Entry::new(name, Kind::Symlink(target.into()), 0o777)
        } else if let Some((name, target)) = word.split_once('=') {
            Entry::new(name, Kind::Hardlink(target.into()), 0o644)
        } else if word.ends_with('/') {
            Entry::new(word, Kind::Directory, 0o755)
        } else {
            Entry { size: word.len() as u64, ..Entry::new(word, Kind::File, 0o644) }
        };
        writer.append(&entry, &mut word.as_bytes()).expect("room");
    }
    writer.finish().expect("a layer")
}

/// The names in a directory: `d/`, `f`, `l>t`, `-gone`, `d!` for one that hides what is below.
fn shown(root: &Path) -> String {
    let mut words = Vec::new();
    let mut todo = vec![root.to_owned()];
    while let Some(folder) = todo.pop() {
        for item in std::fs::read_dir(&folder).expect("a directory") {
            let path = item.expect("an entry").path();
            let name = path.strip_prefix(root).expect("inside").display().to_string();
            let kind = std::fs::symlink_metadata(&path).expect("its description").file_type();
            words.push(if kind.is_dir() {
                todo.push(path.clone());
                let opaque = rustix::fs::lgetxattr(&path, Marks::Trusted.opaque(), &mut [0; 8][..]).is_ok();
                format!("{name}/{}", if opaque { "!" } else { "" })
            } else if kind.is_symlink() {
                format!("{name}>{}", std::fs::read_link(&path).expect("its target").display())
            } else if kind.is_file() {
                name
            } else {
                format!("-{name}")
            });
        }
    }
    words.sort();
    words.join(" ")
}

#[test]
fn applied() {
    for (before, layers, after) in [
        ("a/ a/x b", "a/ a/.wh.x .wh.b c", "a/ c"),
        ("a/ a/x a/y/ a/y/z", "a/ a/.wh..wh..opq a/n", "a/ a/n"),
        // What hides, hides only what was there before, in whichever order it stands.
        ("a/ a/x a/y/ a/y/z", "a/ a/n a/y/ a/y/new a/.wh..wh..opq", "a/ a/n a/y/ a/y/new"),
        ("a/ a/x", "a/ a/x .wh.a", "a/ a/x"),
        ("a/ a/x", ".wh.a a/ a/y", "a/ a/y"),
        ("a/ a/x", "a/y .wh.a", "a/ a/y"),
        ("a", "a/ a/x", "a/ a/x"),
        ("a/ a/x", "a", "a"),
        ("a/ a/x", "a>b", "a>b"),
        ("a>b b/", "a/ a/x", "a/ a/x b/"),
        // Links on the way are those of the tree.
        ("usr/ usr/lib/ lib>usr/lib", "lib/x", "lib>usr/lib usr/ usr/lib/ usr/lib/x"),
        ("usr/ usr/lib/ lib>/usr/lib", "lib/x", "lib>/usr/lib usr/ usr/lib/ usr/lib/x"),
        ("d/ d/l>../e e/", "d/l/x", "d/ d/l>../e e/ e/x"),
        ("", "x y=x z=/x", "x y z"),
        ("", "deep/er/x", "deep/ deep/er/ deep/er/x"),
        ("", "/abs ./dot .//d/", "abs d/ dot"),
        ("a", ".wh..wh.plnk .wh..wh.aufs b", "a b"),
        ("a", ".wh.none .wh.none2", "a"),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        unpack(&layer(before), Form::Applied, dir.path());
        unpack(&layer(layers), Form::Applied, dir.path());
        assert_eq!(shown(dir.path()), after, "{before} + {layers}");
    }
}

#[test]
fn for_overlayfs() {
    if !is_root() {
        return skip("only root can make overlayfs's marks");
    }
    for (layers, after, again) in [
        ("a/ a/.wh.x .wh.b", "-a/x -b a/", "a/ a/.wh.x .wh.b"),
        ("a/ a/.wh..wh..opq a/n", "a/! a/n", "a/ a/.wh..wh..opq a/n"),
        (".wh.a a/ a/y", "a/! a/y", "a/ a/.wh..wh..opq a/y"),
        ("a/ a/y .wh.a", "a/! a/y", "a/ a/.wh..wh..opq a/y"),
        (".wh.a a/y", "a/! a/y", "a/ a/.wh..wh..opq a/y"),
        (".wh.a a", "a", "a"),
        ("a .wh.a", "a", "a"),
        ("x y=x", "x y", "x y=x"),
    ] {
        let dir = tempfile::tempdir().expect("a directory");
        unpack(&layer(layers), Form::Overlay(Marks::Trusted), dir.path());
        assert_eq!(shown(dir.path()), after, "{layers}");
        assert_eq!(words(&merged(&[dir.path()])), again, "{layers}");
    }
}

#[test]
fn merging() {
    if !is_root() {
        return skip("only root can make overlayfs's marks");
    }
    for (one, two, both) in [
        ("a b", ".wh.a c", ".wh.a b c"),
        ("a/ a/x", "a/ a/.wh.x a/y", "a/ a/.wh.x a/y"),
        ("a/ a/x", "a/ a/.wh..wh..opq a/y", "a/ a/.wh..wh..opq a/y"),
        (".wh.a", "a/ a/x", "a/ a/.wh..wh..opq a/x"),
        ("a", "a/ a/x", "a/ a/.wh..wh..opq a/x"),
        ("a/ a/.wh..wh..opq a/x", "a/ a/y", "a/ a/.wh..wh..opq a/x a/y"),
        ("a/ a/b/ a/b/x", "a/ a/b/ a/b/y", "a/ a/b/ a/b/x a/b/y"),
        ("a/ a/x", ".wh.a", ".wh.a"),
        ("x y=x", ".wh.x", ".wh.x y"),
    ] {
        let (first, second) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
        unpack(&layer(one), Form::Overlay(Marks::Trusted), first.path());
        unpack(&layer(two), Form::Overlay(Marks::Trusted), second.path());
        assert_eq!(words(&merged(&[first.path(), second.path()])), both, "{one} + {two}");
        sockets_for_devices(first.path());
        sockets_for_devices(second.path());
        assert_eq!(words(&merged(&[first.path(), second.path()])), both, "{one} + {two}, with sockets");
    }
}

/// Makes the marks of what is gone those of filesystems that refuse overlayfs's.
fn sockets_for_devices(dir: &std::path::Path) {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::FileTypeExt;
    for entry in std::fs::read_dir(dir).expect("a directory").flatten() {
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            sockets_for_devices(&entry.path());
        } else if kind.is_char_device() {
            std::fs::remove_file(entry.path()).expect("it goes");
            mknodat(CWD, entry.path(), FileType::Socket, Mode::from_raw_mode(0o7000), 0).expect("a socket");
        }
    }
}

/// Many names of one file: a difference takes all or none.
#[test]
fn names_of_one_file() {
    for (before, after, expected) in [
        ("x y=x", "x y=x", ""),
        ("x y=x", "x y=x z=x", "x y=x z=x"),
        ("x y", "x y=x", "x y=x"),
        ("d/ d/x d/y=d/x", "d/ d/x d/y=d/x e", "e"),
    ] {
        let (a, b) = (tempfile::tempdir().expect("one"), tempfile::tempdir().expect("two"));
        unpack(&layer(before), Form::Applied, a.path());
        unpack(&layer(after), Form::Applied, b.path());
        // The contents are the names, which differ.
        for (dir, text) in [(a.path(), before), (b.path(), after)] {
            for word in text.split_whitespace().filter(|word| !word.ends_with('/')) {
                let name = word.split('=').next().expect("a name");
                let file = std::fs::File::create(dir.join(name)).expect("a file");
                file.set_modified(std::time::UNIX_EPOCH).expect("a time");
            }
        }
        assert_eq!(words(&diff(Some(a.path()), b.path(), Compression::None)), expected, "{before} / {after}");
    }
}

/// The entries of a layer, in the form in which [`layer`] takes them.
fn words((_, bytes): &(Layer, Vec<u8>)) -> String {
    let mut reader = crate::tarball::TarReader::new(bytes.as_slice(), "the layer");
    let mut words = Vec::new();
    while let Some(entry) = reader.next_entry().expect("an entry") {
        words.push(match &entry.kind {
            Kind::Hardlink(target) => format!("{}={}", entry.name(), String::from_utf8_lossy(target)),
            Kind::Symlink(target) => format!("{}>{}", entry.name(), String::from_utf8_lossy(target)),
            _ => entry.name(),
        });
    }
    words.join(" ")
}
