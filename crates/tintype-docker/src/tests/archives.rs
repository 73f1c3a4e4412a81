//! Archives: what is packed arrives, and what comes out of a container stays where it belongs.

use std::io::{Cursor, Read};
use std::path::Path;
use std::time::Instant;

use bytes::Bytes;
use futures::StreamExt;
use tintype_sdk::Result;
use tintype_testkit::Sandbox;

use crate::archive::{Directory, Entry, Owner, measure, pack_directory, pack_file};
use crate::chunks::{CHUNK, Content, Incoming, Outgoing};
use crate::unpack::{First, first_file, tree};

async fn gathered(mut tar: Outgoing) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    while let Some(chunk) = tar.next().await {
        all.extend_from_slice(&chunk?);
    }
    Ok(all)
}

/// Entries as `name mode uid:gid size link`.
fn entries(tar: &[u8]) -> Vec<String> {
    let mut archive = tar::Archive::new(tar);
    let list = archive.entries().expect("an archive").map(|entry| {
        let mut entry = entry.expect("an entry");
        let mut content = String::new();
        entry.read_to_string(&mut content).expect("text");
        let header = entry.header();
        let link = header
            .link_name()
            .expect("a name")
            .map(|link| format!(" -> {}", link.display()))
            .unwrap_or_default();
        format!(
            "{} {:o} {}:{} {content:?}{link}",
            entry.path().expect("a name").display(),
            header.mode().expect("a mode"),
            header.uid().expect("a user"),
            header.gid().expect("a group"),
        )
    });
    list.collect()
}

fn entry(name: &str, size: u64) -> Entry {
    Entry { name: name.into(), size, mode: 0o4755, mtime: 5, owner: Owner { uid: 7, gid: 8 } }
}

fn read(text: &'static str) -> Content {
    Content::read(Box::new(Cursor::new(text)))
}

#[tokio::test]
async fn one_file() {
    let long = "n".repeat(150);
    for name in ["a", &long] {
        let tar = pack_file(entry(name, 5), read("hello"), &|_| (), gathered).await.expect("packed");
        assert_eq!(entries(&tar), [format!("{name} 4755 7:8 \"hello\"")]);
        assert!(tar.len() % 512 == 0);
    }
    let tar = pack_file(entry("e", 0), read(""), &|_| (), gathered).await.expect("packed");
    assert_eq!(entries(&tar), ["e 4755 7:8 \"\""]);
}

#[tokio::test]
async fn a_file_that_is_not_as_long_as_was_said() {
    for content in ["four", "sixsix"] {
        let error =
            pack_file(entry("a", 5), read(content), &|_| (), gathered).await.expect_err("it is refused");
        assert_eq!(error.to_string(), "a: its length changed while it was read");
    }
}

/// More parts than there are buffers for, so that each is used again.
#[tokio::test]
async fn a_file_of_this_host() {
    let sandbox = Sandbox::new();
    let content: Vec<u8> = (0..9 * CHUNK + 5).map(|at| (at / 1000) as u8).collect();
    sandbox.write("f", &content);
    let open = || Content::file(std::fs::File::open(sandbox.world().cwd.join("f")).expect("opened"));
    let tar = pack_file(entry("a", content.len() as u64), open(), &|_| (), gathered).await.expect("packed");
    assert!(tar.len() % 512 == 0 && tar[512..512 + content.len()] == content);
    for wrong in [4, content.len() - 1, content.len() + 1] {
        let error = pack_file(entry("a", wrong as u64), open(), &|_| (), gathered).await;
        assert_eq!(error.expect_err("refused").to_string(), "a: its length changed while it was read");
    }
    let refused = pack_file(entry("a", content.len() as u64), open(), &|_| (), |_| async {
        Result::<()>::Err(tintype_sdk::Error::user("no"))
    });
    assert_eq!(refused.await.expect_err("refused").to_string(), "no");
}

#[tokio::test]
async fn the_receiver_says_no() {
    let from = Content::read(Box::new(tokio::io::repeat(0)));
    let refused = pack_file(entry("a", 1 << 40), from, &|_| (), |_| async {
        Result::<()>::Err(tintype_sdk::Error::user("no"))
    });
    assert_eq!(refused.await.expect_err("refused").to_string(), "no");
}

#[tokio::test]
async fn contents_of_unknown_length() {
    let sandbox = Sandbox::new();
    for size in [0, 5, (8 << 20) - 1, 8 << 20, 9 << 20] {
        let (mut from, found) =
            measure(Box::new(Cursor::new(vec![1; size])), &sandbox.world().tmp).await.expect("measured");
        let mut read = 0;
        loop {
            let part = from.next().await.expect("read");
            assert!(part.iter().all(|byte| *byte == 1));
            if part.is_empty() {
                break;
            }
            read += part.len();
        }
        assert_eq!((read, found), (size, size as u64));
    }
    assert!(sandbox.left_in_tmp().is_empty());
}

#[cfg(unix)]
#[tokio::test]
async fn directories() {
    let sandbox = Sandbox::new();
    sandbox.write("d/b/c", "1");
    sandbox.write("d/a", "2");
    std::os::unix::fs::symlink("a", sandbox.path("d/l")).expect("made");
    let owner = Some(Owner { uid: 1, gid: 2 });
    for (name, expected) in [
        (None, ["a 644 1:2 \"2\"", "b 755 1:2 \"\"", "l 777 1:2 \"\" -> a", "b/c 644 1:2 \"1\""].as_slice()),
        (
            Some("n".into()),
            [
                "n 755 1:2 \"\"",
                "n/a 644 1:2 \"2\"",
                "n/b 755 1:2 \"\"",
                "n/l 777 1:2 \"\" -> a",
                "n/b/c 644 1:2 \"1\"",
            ]
            .as_slice(),
        ),
    ] {
        let directory = Directory::all_of(&sandbox.path("d"), name, owner).await.expect("listed");
        let counted = std::sync::atomic::AtomicU64::new(0);
        let count = |more| {
            counted.fetch_add(more, std::sync::atomic::Ordering::Relaxed);
        };
        let tar = pack_directory(directory, &count, gathered).await.expect("packed");
        assert_eq!(entries(&tar), expected);
        assert_eq!(counted.into_inner(), 2);
    }
    assert!(Directory::all_of(&sandbox.path("nowhere"), None, None).await.is_err());
}

#[tokio::test]
async fn thousands_of_small_files() {
    let sandbox = Sandbox::new();
    for number in 0..3000 {
        sandbox.write(&format!("d/{}/{number}", number % 50), "x".repeat(100));
    }
    let begun = Instant::now();
    let directory = Directory::all_of(&sandbox.path("d"), None, None).await.expect("listed");
    let tar = pack_directory(directory, &|_| (), gathered).await.expect("packed");
    assert_eq!(entries(&tar).len(), 3050);
    assert!(begun.elapsed().as_secs() < 20);
}

fn incoming(tar: Vec<u8>) -> Incoming {
    // In pieces that fit nothing.
    let pieces: Vec<Result<Bytes>> = tar.chunks(333).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    futures::stream::iter(pieces).boxed()
}

/// An archive of `(type, name, link or content)`.
fn archive(list: &[(tar::EntryType, &str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (kind, name, content) in list {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(0o755);
        let raw = header.as_gnu_mut().expect("that kind");
        raw.name[..name.len()].copy_from_slice(name.as_bytes());
        let content = match kind {
            tar::EntryType::Symlink | tar::EntryType::Link => {
                raw.linkname[..content.len()].copy_from_slice(content.as_bytes());
                ""
            }
            _ => content,
        };
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).expect("written");
    }
    builder.into_inner().expect("written")
}

use tar::EntryType::{Directory as Dir, Fifo, Link, Regular, Symlink};

#[tokio::test]
async fn the_first_file() {
    for (tar, expected, content) in [
        (archive(&[(Regular, "a", "hello"), (Regular, "b", "no")]), First::File, "hello"),
        (archive(&[(Symlink, "a", "../b")]), First::Link("../b".into()), ""),
        (archive(&[(Dir, "a", "")]), First::Other, ""),
        (archive(&[]), First::Other, ""),
    ] {
        let mut to = Cursor::new(Vec::new());
        assert_eq!(first_file(incoming(tar), &mut to, &|_| ()).await.expect("read"), expected);
        assert_eq!(to.into_inner(), content.as_bytes());
    }
    let long = "l".repeat(200);
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(Symlink);
    header.set_size(0);
    builder.append_link(&mut header, "a", &long).expect("written");
    let tar = builder.into_inner().expect("written");
    assert_eq!(
        first_file(incoming(tar), &mut tokio::io::sink(), &|_| ()).await.expect("read"),
        First::Link(long)
    );
}

#[tokio::test]
async fn archives_that_are_cut_off() {
    let tar = archive(&[(Regular, "a", &"x".repeat(2000))]);
    for length in [0, 1, 511, 512, 600, 2511] {
        assert!(
            first_file(incoming(tar[..length].to_vec()), &mut tokio::io::sink(), &|_| ()).await.is_err(),
            "{length}"
        );
    }
    let noise: Vec<u8> = (0..4096u32).map(|number| (number * 7 % 251) as u8).collect();
    assert!(first_file(incoming(noise), &mut tokio::io::sink(), &|_| ()).await.is_err());
}

#[tokio::test]
async fn nothing_leaves_the_directory() {
    let sandbox = Sandbox::new();
    let to = sandbox.path("to");
    std::fs::create_dir(&to).expect("made");
    let tar = archive(&[
        (Dir, "d", ""),
        (Regular, "d/f", "1"),
        (Regular, "../out", "2"),
        (Symlink, "d/up", "../.."),
        (Regular, "d/up/out", "3"),
        (Dir, "d/up/dir", ""),
        (Link, "hard", "../work"),
        (Fifo, "p", ""),
        (Regular, "/abs", "4"),
        (Symlink, "gone", "/nowhere"),
    ]);
    // An entry that cannot be unpacked safely is left out or refused; either way nothing is outside.
    let _ = tree(incoming(tar), Path::new(&to), &|_| ()).await;
    assert_eq!(sandbox.names(""), ["to"]);
    assert_eq!(sandbox.text("to/d/f").as_deref(), Some("1"));
}
