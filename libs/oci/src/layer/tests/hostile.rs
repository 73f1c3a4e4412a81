//! Layers that mean no good: each gives a named error, or is told, and nothing outside of its directory is touched.

use std::fs;

use super::forms::layer;
use super::model::is_root;
use crate::layer::{Compression, Devices, Form, Layer, LayerWriter, Limits, Marks, Note, Owners, Unpack};
use crate::tarball::{Entry, Kind};
use crate::tests::skip;

/// Unpacks into a directory beside which something stands that must stay as it is. Gives the error's name, and what was told.
fn attack((made, bytes): &(Layer, Vec<u8>), form: Form, limits: Limits) -> (String, Vec<Note>) {
    let bed = tempfile::tempdir().expect("a directory");
    let (inside, outside) = (bed.path().join("inside"), bed.path().join("outside"));
    fs::create_dir(&inside).expect("a directory");
    fs::create_dir(&outside).expect("a directory");
    fs::write(outside.join("precious"), "precious").expect("a file");
    let mut notes = Vec::new();
    let mut note = |one: Note| notes.push(one);
    let owners = if is_root() { Owners::Keep } else { Owners::Ours };
    let mut how = Unpack { form, owners, devices: Devices::Make, limits, note: &mut note };
    let end = how.blob(bytes.as_slice(), &made.blob, None, &inside);
    let left: Vec<_> =
        fs::read_dir(&outside).expect("it is there").flatten().map(|item| item.file_name()).collect();
    assert_eq!(left, ["precious"], "nothing outside is touched");
    assert_eq!(fs::read(outside.join("precious")).expect("it is there"), b"precious");
    assert_eq!(fs::read_dir(bed.path()).expect("it is there").count(), 2, "nothing is made beside it");
    let name = end.map_or_else(
        |error| format!("{error:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
        |_| "fine".to_owned(),
    );
    (name, notes)
}

#[test]
fn ways_out() {
    for (text, expected) in [
        ("../x", "Escape"),
        ("a/../../x", "Escape"),
        ("a/../b", "Escape"),
        ("..", "Escape"),
        ("/../x", "Escape"),
        ("out>../outside out/x", "Escape"),
        ("out>../outside out/precious", "Escape"),
        ("d/ d/out>../../outside d/out/x", "Escape"),
        ("out>/outside out/x", "Entry"),
        ("out>.. out/outside/x", "Escape"),
        ("a>b b>a a/x", "Entry"),
        ("a>a a/x", "Entry"),
        ("x=../outside/precious", "Escape"),
        ("x=/outside/precious", "Entry"),
        ("out>../outside x=out/precious", "Escape"),
        ("x=/", "Entry"),
        ("d/ x=d", "Entry"),
        ("x=gone", "Entry"),
        ("out>../outside out", "fine"),
        ("out>../outside/precious out", "fine"),
        ("out>../outside .wh.out", "fine"),
        ("out>../outside out/.wh.precious", "Escape"),
        ("out>../outside out/.wh..wh..opq", "Escape"),
        (".wh...", "Escape"),
        (".wh.", "Escape"),
        ("d/ d/.wh...", "Escape"),
        ("f f/x", "Entry"),
        ("link>../outside/precious h=link", "fine"),
    ] {
        for form in [Form::Applied, Form::Overlay(Marks::Trusted)] {
            if form != Form::Applied && !is_root() {
                skip("only root can make overlayfs's marks");
                continue;
            }
            let (name, _) = attack(&layer(text), form, Limits::default());
            assert_eq!(name, expected, "{text} {form:?}");
        }
    }
}

fn of(entries: &[Entry]) -> (Layer, Vec<u8>) {
    let mut writer = LayerWriter::new(Vec::new(), Compression::GZIP, None).expect("a writer");
    for entry in entries {
        writer.append(entry, &mut std::io::repeat(0)).expect("room");
    }
    writer.finish().expect("a layer")
}

#[test]
fn too_much() {
    let file = |name: &str, size| Entry { size, ..Entry::new(name, Kind::File, 0o600) };
    let limits = Limits { free: 1 << 20, ratio: 50, bytes: 1 << 30, entries: 100 };
    let many: Vec<Entry> = (0..200).map(|number| file(&format!("f{number}"), 0)).collect();
    let deep = Entry::new("d/".repeat(5000), Kind::Directory, 0o755);
    let long = Entry::new("n".repeat(300), Kind::File, 0o755);
    for (what, layer, expected) in [
        ("zeros", of(&[file("zeros", 200 << 20)]), "Bomb"),
        ("many files", of(&many), "Bomb"),
        ("few", of(&many[..50]), "fine"),
        ("deep", of(&[deep]), "Entry"),
        ("long", of(&[long]), "Io"),
    ] {
        assert_eq!(attack(&layer, Form::Applied, limits).0, expected, "{what}");
    }
}

/// A file of ten gigabytes of which nothing is stored.
#[test]
fn nothing_but_a_hole() {
    let pairs =
        [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "10737418240")];
    let records: String = pairs
        .iter()
        .map(|(key, value)| {
            let bare = key.len() + value.len() + 3;
            let length = (bare..).find(|length| *length == bare + length.to_string().len()).expect("one");
            format!("{length} {key}={value}\n")
        })
        .collect();
    let mut file = Entry { size: 512, ..Entry::new("hole", Kind::File, 0o600) };
    let mut tar = crate::tarball::TarWriter::new(Vec::new());
    let no_pieces = [b"0\n".as_slice(), &[0; 510]].concat();
    tar.append(&file, &mut no_pieces.as_slice()).expect("room");
    let plain = tar.finish().expect("an archive");
    file.path = b"pax".to_vec();
    file.size = records.len() as u64;
    let mut tar = crate::tarball::TarWriter::new(Vec::new());
    tar.append(&file, &mut records.as_bytes()).expect("room");
    let mut pax = tar.finish().expect("an archive");
    pax.truncate(1024);
    // Another kind, and with it another sum.
    let sum: u32 =
        u32::from_str_radix(std::str::from_utf8(&pax[148..154]).expect("digits"), 8).expect("a number");
    pax[156] = b'x';
    pax[148..154].copy_from_slice(format!("{:06o}", sum + u32::from(b'x' - b'0')).as_bytes());
    let bytes = [pax, plain].concat();
    let mut layer = super::forms::layer("x").0;
    layer.blob = crate::Descriptor::of(crate::media::LAYER, &bytes);
    let (name, notes) = attack(&(layer, bytes), Form::Applied, Limits::default());
    assert_eq!((name.as_str(), notes.len()), ("Bomb", 0));
}

/// What overlayfs would take for its own.
#[test]
fn marks_of_overlayfs() {
    let mut redirect = Entry::new("d", Kind::Directory, 0o755);
    redirect.xattrs.insert(b"trusted.overlay.redirect".to_vec(), b"/etc".to_vec());
    redirect.xattrs.insert(b"user.overlay.opaque".to_vec(), b"y".to_vec());
    let device = Entry::new("gone", Kind::Character { major: 0, minor: 0 }, 0o600);
    let (name, notes) = attack(&of(&[redirect, device]), Form::Applied, Limits::default());
    assert_eq!((name.as_str(), notes.len()), ("fine", 2), "{notes:?}");
}

#[test]
fn devices() {
    let (made, bytes) = of(&[
        Entry::new("null", Kind::Character { major: 1, minor: 3 }, 0o666),
        Entry::new("disk", Kind::Block { major: 8, minor: 0 }, 0o660),
        Entry::new("pipe", Kind::Fifo, 0o600),
    ]);
    let dir = tempfile::tempdir().expect("a directory");
    let mut notes = Vec::new();
    let mut note = |one: Note| notes.push(one);
    let owners =
        Owners::Map(&|_, _| Some((rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())));
    let mut how = Unpack {
        form: Form::Applied,
        owners,
        devices: Devices::Skip,
        limits: Limits::default(),
        note: &mut note,
    };
    how.blob(bytes.as_slice(), &made.blob, None, dir.path()).expect("it unpacks");
    assert_eq!(notes.iter().map(|note| note.path.as_str()).collect::<Vec<_>>(), ["null", "disk"]);
    assert_eq!(fs::read_dir(dir.path()).expect("it is there").count(), 1);
    let mut note = |_: Note| {};
    let owners = Owners::Map(&|_, _| None);
    let mut how = Unpack {
        form: Form::Applied,
        owners,
        devices: Devices::Skip,
        limits: Limits::default(),
        note: &mut note,
    };
    let error = how.blob(bytes.as_slice(), &made.blob, None, dir.path()).expect_err("nobody owns it");
    assert!(matches!(error, crate::Error::Entry { .. }), "{error}");
}
