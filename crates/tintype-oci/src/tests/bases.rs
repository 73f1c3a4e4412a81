//! Bases of every kind become images, the same ones each time, and bad ones are named.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use oci::layer::Compression;
use oci::{Layout, Platform};
use tintype_testkit::Sandbox;

use super::{Bed, is_root, name, noise, read, tar};
use crate::{Base, Debootstrap, Error, Saved, Store, StoredImage};

async fn base(bed: &Bed, base: Base) -> crate::Result<StoredImage> {
    let (store, sandbox) = (bed.store.clone(), Sandbox::new());
    let cx = sandbox.cx();
    // On another thread: whoever waits for it may be anywhere.
    tokio::spawn(async move { store.base(&base, &Platform::host(), &cx).await }).await.expect("it ends")
}

/// Makes it twice, and sees that the second time writes nothing.
async fn twice(bed: &Bed, wanted: Base) -> StoredImage {
    let image = base(bed, wanted.clone()).await.expect("a base");
    let files = || ["blobs", "images", "bases"].map(|part| bed.count(part));
    let before = files();
    let again = base(bed, wanted).await.expect("the base again");
    assert_eq!((again.id.clone(), files()), (image.id.clone(), before));
    image
}

fn packed(bytes: &[u8], with: &str) -> Vec<u8> {
    match with {
        "gz" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).expect("written");
            encoder.finish().expect("written")
        }
        "zst" => zstd::encode_all(bytes, 1).expect("written"),
        "xz" => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
            encoder.write_all(bytes).expect("written");
            encoder.finish().expect("written")
        }
        "bz2" => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).expect("written");
            encoder.finish().expect("written")
        }
        _ => bytes.to_vec(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn root_file_systems_in_files() {
    let bed = Bed::new();
    let plain = tar(&[("etc/", ""), ("etc/os-release", "ID=test\n"), ("big", &noise(1, 100_000))]);
    let mut ids = Vec::new();
    for kind in ["tar", "gz", "zst", "xz", "bz2"] {
        let file = bed.write(&format!("rootfs.{kind}"), &packed(&plain, kind));
        let image = twice(&bed, Base::RootfsTar(file)).await;
        ids.push(image.id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "the same content is the same image");
    let image = bed.store.images().expect("a list").remove(0);
    let trees = bed.store.trees(&image, &bed.unpacker).await.expect("trees");
    assert_eq!(read(trees[0].join("etc/os-release")), "ID=test\n");
    // A file that has changed is looked at again.
    let file = bed.write("rootfs.tar", &tar(&[("etc/", ""), ("etc/os-release", "ID=other\n")]));
    assert_ne!(base(&bed, Base::RootfsTar(file)).await.expect("a base").id, ids[0]);
}

#[tokio::test]
async fn what_is_no_root_file_system() {
    let bed = Bed::new();
    let plain = tar(&[("a", &noise(1, 20_000))]);
    let half = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    for (what, bytes) in [
        ("text", "no archive\n".repeat(200).into_bytes()),
        ("nothing", Vec::new()),
        ("no entry", tar(&[])),
        ("half", half(&plain)),
        ("half gz", half(&packed(&plain, "gz"))),
        ("half zst", half(&packed(&plain, "zst"))),
        ("half xz", half(&packed(&plain, "xz"))),
        ("half bz2", half(&packed(&plain, "bz2"))),
    ] {
        let file = bed.write("bad", &bytes);
        let error = base(&bed, Base::RootfsTar(file)).await.expect_err(what);
        assert!(matches!(&error, Error::Base { what, .. } if what.ends_with("/bad")), "{what}: {error:?}");
    }
    for missing in [
        Base::RootfsTar(bed.path("none")),
        Base::RootfsDir(bed.path("none")),
        Base::RootfsTar(bed.path("cache")),
    ] {
        base(&bed, missing).await.expect_err("there is none");
    }
    assert_eq!((bed.count("bases"), bed.count("images"), bed.count("new")), (0, 0, 0));
}

/// Little that becomes much, however it was packed.
#[test]
fn bombs() {
    let zeros = vec![0; 2 << 20];
    let limits = oci::layer::Limits { free: 1 << 20, ratio: 10, ..oci::layer::Limits::default() };
    for kind in ["gz", "zst", "xz", "bz2"] {
        let packed = packed(&zeros, kind);
        assert!(packed.len() < 90_000, "{kind}");
        let mut reader = crate::base::within(std::io::Cursor::new(packed), limits).expect("it begins");
        let error = std::io::copy(&mut reader, &mut std::io::sink()).expect_err(kind);
        let error = error.downcast::<oci::Error>().expect("one of ours");
        assert!(matches!(error, oci::Error::Bomb { .. }), "{kind}: {error}");
    }
    let mut plain = crate::base::within(std::io::Cursor::new(zeros), limits).expect("it begins");
    assert_eq!(std::io::copy(&mut plain, &mut std::io::sink()).expect("that is none"), 2 << 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn directories() {
    let bed = Bed::new();
    let dir = bed.path("rootfs");
    bed.write("rootfs/etc/passwd", b"root:x:0:0::/root:/bin/sh\n");
    bed.write("rootfs/proc/1/status", b"of the running system");
    std::os::unix::fs::symlink("etc/passwd", dir.join("link")).expect("a link");
    let image = twice(&bed, Base::RootfsDir(dir.clone())).await;
    let trees = bed.store.trees(&image, &bed.unpacker).await.expect("trees");
    assert_eq!(read(trees[0].join("link")), "root:x:0:0::/root:/bin/sh\n");
    assert!(trees[0].join("proc").is_dir() && !trees[0].join("proc/1").exists());
    drop(trees);
    // Content of the same length is noticed by its time.
    bed.write("rootfs/etc/passwd", b"toor:x:0:0::/root:/bin/sh\n");
    assert_ne!(base(&bed, Base::RootfsDir(dir)).await.expect("a base").id, image.id);
}

#[tokio::test(flavor = "multi_thread")]
async fn layouts_and_archives() {
    let bed = Bed::new();
    let one = bed.image(None, &[("etc/", ""), ("etc/x", "1")]).await;
    let two = bed.image(Some(&one), &[("etc/", ""), ("etc/y", "2")]).await;
    let (dir, tar) = (bed.path("layout"), bed.path("image.tar"));
    bed.store.layout(&one, &dir, Some("one"), Compression::GZIP).await.expect("a layout");
    bed.store.layout(&two, &dir, Some("two"), Compression::None).await.expect("a layout");
    bed.store.archive(&two, &tar, Some("two"), Compression::ZSTD).await.expect("an archive");
    let saved = vec![
        Saved { image: one.clone(), names: vec![name("web:1")] },
        Saved { image: two.clone(), names: vec![name("web:2")] },
    ];
    let docker = bed.path("docker.tar");
    bed.store.save_file(saved, &docker).await.expect("an archive");

    let other = Bed::new();
    let at = |image: Option<&str>| image.map(str::to_owned);
    for (from, id) in [
        (Base::Layout { dir: dir.clone(), name: at(Some("one")) }, &one.id),
        (Base::Layout { dir: dir.clone(), name: at(Some("two")) }, &two.id),
        (Base::Archive { file: tar.clone(), name: None }, &two.id),
        (Base::Archive { file: docker.clone(), name: at(Some("web:1")) }, &one.id),
        (Base::Archive { file: docker.clone(), name: at(Some("docker.io/library/web:2")) }, &two.id),
    ] {
        let image = twice(&other, from.clone()).await;
        assert_eq!(image.id, *id, "{from:?}");
        let trees = other.store.trees(&image, &other.unpacker).await.expect("trees");
        assert_eq!(trees.len(), image.image.config.rootfs.diff_ids.len());
    }
    for bad in [
        Base::Layout { dir: dir.clone(), name: at(Some("three")) },
        Base::Layout { dir: dir.clone(), name: None },
        Base::Layout { dir: bed.path("cache"), name: None },
        Base::Archive { file: docker, name: at(Some("web:3")) },
        Base::Archive { file: bed.write("rootfs.tar", &super::tar(&[("a", "1")])), name: None },
        Base::Archive { file: bed.path("none"), name: None },
    ] {
        base(&other, bad.clone()).await.expect_err(&format!("{bad:?}"));
    }
}

/// A layout whose blob is not what its name says: nothing of it becomes part of the store.
#[tokio::test]
async fn a_layout_that_lies() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", &noise(1, 1000))]).await;
    let dir = bed.path("layout");
    bed.store.layout(&image, &dir, None, Compression::GZIP).await.expect("a layout");
    let layout = Layout::open(&dir).expect("a layout");
    let manifest = layout.find(None, &Platform::host()).expect("an image");
    let layer = oci::Image::load(layout.blobs(), &manifest).expect("an image").manifest.layers[0].clone();
    let path = layout.blobs().path(&layer.digest);
    let mut bytes = std::fs::read(&path).expect("a blob");
    std::fs::remove_file(&path).expect("gone");
    bytes[100] ^= 1;
    std::fs::write(&path, bytes).expect("a blob");
    let other = Bed::new();
    let error = base(&other, Base::Layout { dir, name: None }).await.expect_err("it lies");
    assert!(matches!(error, Error::Oci(oci::Error::Mismatch { .. })), "{error}");
    assert!(!other.store.blobs().has(&layer) && other.count("images") == 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn scratch_and_many_at_once() {
    let bed = Bed::new();
    let image = twice(&bed, Base::Scratch).await;
    assert_eq!(image.image.manifest.layers, []);
    assert!(bed.store.trees(&image, &bed.unpacker).await.expect("none").is_empty());
    let file = bed.write("rootfs.tar", &tar(&[("a", &noise(1, 300_000))]));
    let sandbox = Arc::new(Sandbox::new());
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let (store, file, cx) =
                (Store::open(bed.store.dir()).expect("a store"), file.clone(), sandbox.cx());
            tokio::spawn(async move { store.base(&Base::RootfsTar(file), &Platform::host(), &cx).await })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        ids.push(task.await.expect("it ends").expect("a base").id);
    }
    ids.dedup();
    assert_eq!((ids.len(), bed.count("blobs")), (1, 5));
}

/// The programs are scripts here: what they are asked, and what becomes of what they leave.
#[tokio::test(flavor = "multi_thread")]
async fn debootstrap() {
    let bed = Bed::new();
    let program = if is_root() { "debootstrap" } else { "mmdebstrap" };
    let script = if is_root() {
        "dir=$5; mkdir -p \"$dir/etc\" \"$dir/var/cache/apt/archives\" \"$dir/dev\"; echo $@ > \"$dir/etc/asked\"; \
         echo x > \"$dir/var/cache/apt/archives/less.deb\"; echo x > \"$dir/dev/full\"; echo me > \"$dir/etc/hostname\"; \
         mkdir \"$dir/proc\"; mount -t proc proc \"$dir/proc\" || true"
    } else {
        "dir=$(mktemp -d); mkdir \"$dir/etc\"; echo $@ > \"$dir/etc/asked\"; tar -C \"$dir\" -cf \"$6\" etc; rm -r \"$dir\""
    };
    let wanted = Debootstrap {
        suite: "bookworm".to_owned(),
        mirror: "http://mirror.test/debian".to_owned(),
        include: vec!["ca-certificates".to_owned(), "less".to_owned()],
        ..Debootstrap::default()
    };
    let make = async |script: &str| {
        executable(&bed, program, script);
        let sandbox = Sandbox::new();
        let path =
            format!("{}:{}", bed.path("bin").display(), sandbox.world().env("PATH").unwrap_or_default());
        let sandbox = sandbox.env("PATH", &path);
        bed.store.base(&Base::Debootstrap(wanted.clone()), &Platform::linux("arm64"), &sandbox.cx()).await
    };
    let error = make("echo no such suite >&2; exit 3").await.expect_err("it fails");
    assert!(error.to_string().contains(&format!("{program} ended with status 3")), "{error}");
    let image = make(script).await.expect("a base");
    let trees = bed.store.trees(&image, &bed.unpacker).await.expect("trees");
    let asked = read(trees[0].join("etc/asked"));
    let start = if is_root() { "" } else { "--mode=unshare " };
    assert!(
        asked.starts_with(&format!(
            "{start}--variant=minbase --arch=arm64 --include=ca-certificates,less bookworm /"
        )),
        "{asked}"
    );
    assert!(asked.ends_with(" http://mirror.test/debian\n"), "{asked}");
    if is_root() {
        assert!(
            !trees[0].join("var/cache/apt/archives/less.deb").exists() && !trees[0].join("dev/full").exists()
        );
        // What is mounted there is gone with the program, which has not unmounted it.
        assert!(trees[0].join("proc").is_dir());
        assert!(trees[0].join("var/cache/apt/archives").is_dir() && !trees[0].join("etc/hostname").exists());
    }
    assert_eq!(image.image.config.config.cmd.as_deref(), Some(&["bash".to_owned()][..]));
    // Not a second time.
    assert_eq!(make("exit 1").await.expect("it is there").id, image.id);
    let bad = Debootstrap { suite: "--help".to_owned(), ..Debootstrap::default() };
    assert!(matches!(base(&bed, Base::Debootstrap(bad)).await, Err(Error::Base { .. })));
    assert_eq!(std::fs::read_dir(bed.store.dir().join("new")).expect("a directory").count(), 0);
}

fn executable(bed: &Bed, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = bed.write(&format!("bin/{name}"), format!("#!/bin/sh\n{script}\n").as_bytes());
    std::fs::set_permissions(Path::new(&path), std::fs::Permissions::from_mode(0o755)).expect("executable");
}
