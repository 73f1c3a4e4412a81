use std::collections::BTreeMap;
use std::io::Read;

use proptest::prelude::*;

use super::{BLOCK, Chunk, Entry, Kind, TarReader, TarWriter};

fn entry() -> impl Strategy<Value = Entry> {
    let name = prop::collection::vec(prop::sample::select(b"ab/ \xff\xc3\xbc.".to_vec()), 1..300);
    let target = prop::collection::vec(prop::sample::select(b"ab/ \xff.".to_vec()), 1..300);
    let kind = prop_oneof![
        Just(Kind::File),
        Just(Kind::Directory),
        Just(Kind::Fifo),
        target.clone().prop_map(Kind::Symlink),
        target.prop_map(Kind::Hardlink),
        (0_u32..4096, 0_u32..1_000_000).prop_map(|(major, minor)| Kind::Character { major, minor }),
        Just(Kind::Block { major: 8, minor: 1 }),
    ];
    let xattrs = prop::collection::btree_map(
        prop::sample::select(vec![b"user.a".to_vec(), b"security.capability".to_vec()]),
        prop::collection::vec(any::<u8>(), 0..2000),
        0..3,
    );
    let numbers = (0_u32..0o7777, any::<u32>(), any::<u32>(), -(1_i64 << 40)..(1_i64 << 40), 0_u64..2000);
    (name, kind, numbers, xattrs).prop_map(|(mut path, kind, (mode, uid, gid, mtime, size), xattrs)| {
        if kind != Kind::Directory {
            while path.ends_with(b"/") {
                path.pop();
            }
            path.push(b'x');
        } else if !path.ends_with(b"/") {
            path.push(b'/');
        }
        let size = if kind == Kind::File { size } else { 0 };
        Entry { path, kind, mode, uid, gid, mtime, size, xattrs }
    })
}

fn written(entries: &[Entry]) -> Vec<u8> {
    let mut writer = TarWriter::new(Vec::new());
    for entry in entries {
        writer.append(entry, &mut std::io::repeat(7)).expect("room");
    }
    writer.finish().expect("an archive")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read(entries in prop::collection::vec(entry(), 0..8)) {
        let archive = written(&entries);
        prop_assert_eq!(archive.len() % BLOCK, 0);
        let mut reader = TarReader::new(archive.as_slice(), "it");
        for expected in &entries {
            let found = reader.next_entry().expect("sound").expect("an entry");
            prop_assert_eq!(&found, expected);
            prop_assert_eq!(reader.content(5000).expect("sound"), vec![7; usize::try_from(found.size).unwrap()]);
        }
        prop_assert!(reader.next_entry().expect("sound").is_none());
        // And by others.
        let mut others = tar::Archive::new(archive.as_slice());
        let mut count = 0;
        for (found, expected) in others.entries().expect("entries").zip(&entries) {
            let found = found.expect("sound");
            prop_assert_eq!(found.path_bytes().to_vec(), expected.path.clone());
            prop_assert_eq!(found.size(), expected.size);
            count += 1;
        }
        prop_assert_eq!(count, entries.len());
    }

    /// Whatever comes, it ends, and nothing panics.
    #[test]
    fn any_bytes(mut archive in prop::collection::vec(entry(), 1..3).prop_map(|entries| written(&entries)), spoilt in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20), cut in any::<prop::sample::Index>()) {
        for (at, byte) in spoilt {
            let at = at.index(archive.len());
            archive[at] = byte;
        }
        archive.truncate(cut.index(archive.len()) + 1);
        let mut reader = TarReader::new(archive.as_slice(), "it");
        while let Ok(Some(_)) = reader.next_entry() {
            let _ = reader.content(10_000);
        }
    }
}

/// What Rust's own crate writes in GNU's manner.
#[test]
fn of_others() {
    let mut others = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(3);
    header.set_mode(0o640);
    header.set_mtime(12);
    header.set_uid(u64::from(u32::MAX));
    header.set_gid(5);
    let long = "d/".repeat(120) + "name";
    others.append_data(&mut header, &long, &b"abc"[..]).expect("room");
    let mut link = tar::Header::new_gnu();
    link.set_entry_type(tar::EntryType::Symlink);
    link.set_size(0);
    others.append_link(&mut link, "l", "t".repeat(200)).expect("room");
    let archive = others.into_inner().expect("an archive");
    let mut reader = TarReader::new(archive.as_slice(), "it");
    let found = reader.next_entry().expect("sound").expect("an entry");
    let expected = Entry { uid: u32::MAX, gid: 5, mtime: 12, size: 3, ..Entry::new(long, Kind::File, 0o640) };
    assert_eq!(found, expected);
    let found = reader.next_entry().expect("sound").expect("an entry");
    assert_eq!(found.kind, Kind::Symlink(b"t".repeat(200)));
    assert!(reader.next_entry().expect("sound").is_none());
}

/// A header by hand.
fn header(name: &str, flag: u8, size: usize, change: impl Fn(&mut [u8; BLOCK])) -> Vec<u8> {
    let mut block = [0; BLOCK];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = flag;
    block[257..263].copy_from_slice(b"ustar\0");
    change(&mut block);
    block[148..156].copy_from_slice(b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block.to_vec()
}

fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    bytes
}

fn records(pairs: &[(&str, &str)]) -> Vec<u8> {
    let text: String = pairs
        .iter()
        .map(|(key, value)| {
            let bare = key.len() + value.len() + 3;
            let length = (bare..).find(|length| *length == bare + length.to_string().len()).expect("one");
            format!("{length} {key}={value}\n")
        })
        .collect();
    [header("pax", b'x', text.len(), |_| {}), padded(text.into_bytes())].concat()
}

#[test]
fn files_with_holes() {
    let old = |realsize: &'static str| {
        let list = move |block: &mut [u8; BLOCK]| {
            block[257..265].copy_from_slice(b"ustar  \0");
            for (at, text) in
                [(386, "00000000010"), (398, "00000000003"), (410, "00000000020"), (422, "00000000002")]
            {
                block[at..at + 11].copy_from_slice(text.as_bytes());
            }
            block[483..494].copy_from_slice(realsize.as_bytes());
        };
        [header("f", b'S', 5, list), padded(b"abcde".to_vec())].concat()
    };
    let newest = |map: &str| {
        let map = padded(map.as_bytes().to_vec());
        let said = records(&[
            ("GNU.sparse.major", "1"),
            ("GNU.sparse.minor", "0"),
            ("GNU.sparse.name", "f"),
            ("GNU.sparse.realsize", "20"),
        ]);
        [said, header("GNUSparseFile.0/f", b'0', map.len() + 5, |_| {}), map, padded(b"abcde".to_vec())]
            .concat()
    };
    let middle = |map: &str| {
        let said = records(&[
            ("GNU.sparse.size", "20"),
            ("GNU.sparse.numblocks", "2"),
            ("GNU.sparse.map", map),
            ("GNU.sparse.name", "f"),
        ]);
        [said, header("x", b'0', 5, |_| {}), padded(b"abcde".to_vec())].concat()
    };
    let oldest = records(&[
        ("GNU.sparse.size", "20"),
        ("GNU.sparse.offset", "8"),
        ("GNU.sparse.numbytes", "3"),
        ("GNU.sparse.offset", "16"),
        ("GNU.sparse.numbytes", "2"),
        ("path", "f"),
    ]);
    let oldest = [oldest, header("x", b'0', 5, |_| {}), padded(b"abcde".to_vec())].concat();
    let expected: &[u8] = b"\0\0\0\0\0\0\0\0abc\0\0\0\0\0de\0\0";
    for (what, archive, content) in [
        ("GNU's own", old("00000000024"), Some(expected)),
        ("GNU's own, too short", old("00000000021"), None),
        ("1.0", newest("2\n8\n3\n16\n2\n"), Some(expected)),
        ("1.0, overlapping", newest("2\n8\n3\n9\n2\n"), None),
        ("1.0, beyond", newest("2\n8\n3\n160\n2\n"), None),
        ("1.0, more than is there", newest("2\n8\n3\n11\n3\n"), None),
        ("1.0, no list", newest("x"), None),
        ("1.0, endless", newest("99999999\n"), None),
        ("0.1", middle("8,3,16,2"), Some(expected)),
        ("0.1, odd", middle("8,3,16"), None),
        ("0.0", oldest, Some(expected)),
    ] {
        let archive = [archive, vec![0; BLOCK * 2]].concat();
        let mut reader = TarReader::new(archive.as_slice(), "it");
        let found = reader.next_entry().and_then(|entry| {
            let entry = entry.expect("an entry");
            let content = reader.content(1000)?;
            assert!(reader.next_entry()?.is_none());
            assert_eq!((entry.name().as_str(), entry.size), ("f", content.len() as u64), "{what}");
            Ok(content)
        });
        assert_eq!(found.ok().as_deref(), content, "{what}");
    }
}

#[test]
fn damaged() {
    let long = [header("pax", b'x', 2 << 20, |_| {}), vec![b'a'; 2 << 20]].concat();
    let endless: Vec<u8> = (0..20).flat_map(|_| records(&[("path", "x")])).collect();
    for (what, archive) in [
        ("no archive", vec![b'x'; BLOCK * 4]),
        ("half a block", vec![b'x'; 100]),
        ("no content", header("f", b'0', 5, |_| {})),
        ("a name longer than anybody needs", long),
        ("descriptions without end", endless),
        ("a description of nothing", records(&[("path", "x")])),
        ("a negative size", header("f", b'0', 0, |block| block[124..136].fill(0xff))),
        ("an unknown kind", header("f", b'V', 0, |_| {})),
        ("a link to nothing", header("f", b'2', 0, |_| {})),
        ("a size that is none", [records(&[("size", "x")]), header("f", b'0', 0, |_| {})].concat()),
        ("a zero byte", [records(&[("path", "a\0b")]), header("f", b'0', 0, |_| {})].concat()),
    ] {
        let mut reader = TarReader::new(archive.as_slice(), "it");
        let end = loop {
            match reader.next_entry() {
                Ok(Some(_)) => {}
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        assert!(matches!(end, Some(crate::Error::Damaged { .. })), "{what}: {end:?}");
    }
}

/// A file of more than eight gigabytes: its size does not fit into the header.
#[test]
fn large_files() {
    let size = (9_u64 << 30) + 1;
    let large = Entry { size, ..Entry::new("f", Kind::File, 0o644) };
    struct Count(u64, Vec<u8>);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if self.0 < 4096 {
                self.1.extend_from_slice(bytes.get(..bytes.len().min(4096)).unwrap_or_default());
            }
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    /// Gives zeros without writing them, as only the count matters.
    struct Nothing;
    impl Read for Nothing {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            Ok(buffer.len())
        }
    }
    let mut writer = TarWriter::new(Count(0, Vec::new()));
    writer.append(&large, &mut Nothing).expect("room");
    let Count(count, start) = writer.finish().expect("an archive");
    assert_eq!(count, size.next_multiple_of(512) + 3 * 512 + 1024);
    let mut reader = TarReader::new(start.as_slice(), "it");
    let found = reader.next_entry().expect("sound").expect("an entry");
    assert_eq!((found.size, found.xattrs), (size, BTreeMap::new()));
    assert!(matches!(reader.chunk(&mut [0; 100]).expect("content"), Chunk::Data(100)));
}
