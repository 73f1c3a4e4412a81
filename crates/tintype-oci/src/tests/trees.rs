//! Unpacked layers: each once, whole or not at all, however many want it; directories of containers.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use super::{Bed, Here, read};
use crate::{Error, Store};

#[tokio::test(flavor = "multi_thread")]
async fn topmost_first_and_once() {
    let bed = Bed::new();
    let lower = bed.image(None, &[("a/", ""), ("a/one", "1")]).await;
    let upper = bed.image(Some(&lower), &[("a/", ""), ("a/two", "2")]).await;
    let trees = bed.store.trees(&upper, &bed.unpacker).await.expect("trees");
    assert_eq!(trees.len(), 2);
    assert_eq!(
        (read(trees[0].join("a/two")), read(trees[1].join("a/one"))),
        ("2".to_owned(), "1".to_owned())
    );
    let again = bed.store.trees(&lower, &bed.unpacker).await.expect("trees");
    assert_eq!(*again, [trees[1].clone()]);
    assert_eq!(bed.unpacker.count(), 2);
}

/// Overlayfs refuses the same directory twice.
#[tokio::test]
async fn the_same_layer_twice() {
    let bed = Bed::new();
    let one = bed.image(None, &[("x", "1")]).await;
    let two = bed.image(Some(&one), &[("y", "1")]).await;
    let three = bed.image(Some(&two), &[("x", "1")]).await;
    assert_eq!(three.image.config.rootfs.diff_ids.len(), 3);
    let trees = bed.store.trees(&three, &bed.unpacker).await.expect("trees");
    assert_eq!(
        (trees.len(), read(trees[0].join("x")), read(trees[1].join("y"))),
        (2, "1".into(), "1".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once() {
    let bed = Bed::new();
    let lower = bed.image(None, &[("one", "1")]).await;
    let upper = bed.image(Some(&lower), &[("two", "2")]).await;
    let slow = Here { pause: Duration::from_millis(100), ..bed.unpacker.clone() };
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            // Every other one as another program would: with a store of its own.
            let store = if number % 2 == 0 {
                bed.store.clone()
            } else {
                Store::open(bed.store.dir()).expect("a store")
            };
            let (image, slow) = (upper.clone(), slow.clone());
            tokio::spawn(async move { store.trees(&image, &slow).await.map(|trees| trees.len()) })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.expect("it ends").expect("trees"), 2);
    }
    assert_eq!(bed.unpacker.count(), 2);
}

#[tokio::test]
async fn a_failure_leaves_nothing() {
    let bed = Bed::new();
    let image = bed.image(None, &[("one", "1")]).await;
    let failing = Here { fails: true, ..bed.unpacker.clone() };
    let error = bed.store.trees(&image, &failing).await.expect_err("it fails");
    assert!(matches!(error, Error::Tree { .. }), "{error}");
    assert_eq!(bed.count("trees"), 0);
    bed.store.trees(&image, &bed.unpacker).await.expect("the next one does it");
}

/// Of a program that was killed while it was unpacking.
#[tokio::test]
async fn half_a_tree() {
    let bed = Bed::new();
    let image = bed.image(None, &[("one", "1")]).await;
    let hex = image.image.config.rootfs.diff_ids[0].hex();
    let half = bed.store.dir().join("trees/test").join(format!(".new-{hex}"));
    std::fs::create_dir_all(half.join("deep")).expect("a directory");
    std::fs::write(half.join("deep/file"), "half").expect("a file");
    let trees = bed.store.trees(&image, &bed.unpacker).await.expect("trees");
    assert!(!trees[0].join("deep").exists() && !half.exists());
}

/// Another program unpacks, and is killed: we wait for it no longer than it lives, and nothing of its half is left.
#[tokio::test(flavor = "multi_thread")]
async fn killed_while_unpacking() {
    let bed = Bed::new();
    let image = bed.image(None, &[("one", "1")]).await;
    let own = std::env::current_exe().expect("we have a name");
    #[expect(clippy::disallowed_methods, reason = "the test itself once more, which is killed")]
    let mut command = std::process::Command::new(own);
    // What is no name of a test tells where.
    command.args(["--exact", "--ignored", "tests::trees::unpacks_for_ever"]).arg(bed.store.dir());
    let mut child = command.stdout(std::process::Stdio::null()).spawn().expect("it starts");
    let half = bed
        .store
        .dir()
        .join("trees/test")
        .join(format!(".new-{}", image.image.config.rootfs.diff_ids[0].hex()));
    while !half.exists() {
        assert!(child.try_wait().expect("an answer").is_none(), "it has ended");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (store, unpacker) = (bed.store.clone(), bed.unpacker.clone());
    let waiting = tokio::spawn(async move { store.trees(&image, &unpacker).await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished());
    child.kill().expect("killed");
    child.wait().expect("gone");
    let trees = waiting.await.expect("it ends").expect("trees");
    assert_eq!((read(trees[0].join("one")), bed.unpacker.count(), half.exists()), ("1".to_owned(), 1, false));
}

#[tokio::test]
#[ignore = "killed_while_unpacking starts it"]
async fn unpacks_for_ever() {
    let dir = std::env::args().next_back().expect("a directory");
    let store = Store::open(std::path::Path::new(&dir)).expect("a store");
    let image = store.images().expect("a list").remove(0);
    let slow = Here { pause: Duration::from_secs(60), ..Here::default() };
    drop(store.trees(&image, &slow).await);
}

/// A blob that was spoilt is named, and removed, so that the next pull brings it again.
#[tokio::test]
async fn a_damaged_blob() {
    let bed = Bed::new();
    let image = bed.image(None, &[("one", "1")]).await;
    let blob = bed.store.blobs().path(&image.image.manifest.layers[0].digest);
    let mut bytes = std::fs::read(&blob).expect("a blob");
    bytes[600] ^= 1;
    std::fs::write(&blob, bytes).expect("a blob");
    let error = bed.store.trees(&image, &bed.unpacker).await.expect_err("it is damaged");
    assert!(matches!(error, Error::Oci(oci::Error::Mismatch { .. })), "{error}");
    assert!(!blob.exists());
    assert_eq!(bed.count("trees"), 0);
}

#[tokio::test]
async fn directories_of_containers() {
    let bed = Bed::new();
    for bad in ["", "..", "a/b", ".hidden", "a b"] {
        assert!(matches!(bed.store.run_dir(bad), Err(Error::Name { .. })), "{bad}");
    }
    let run = bed.store.run_dir("c1").expect("directories");
    assert!(run.work.is_dir() && run.mount.is_dir());
    let mode = std::fs::metadata(&run.upper).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o7777, 0o755, "others must be able to enter the root of their machine");
    assert!(matches!(bed.store.run_dir("c1"), Err(Error::Name { .. })));
    // Of a program that was killed: nobody holds its lock.
    let left = bed.store.dir().join("runs/c2/upper/deep");
    std::fs::create_dir_all(&left).expect("a directory");
    assert_eq!(bed.store.sweep(&bed.unpacker).await.expect("a sweep"), ["c2"]);
    assert!(run.upper.is_dir() && !left.exists());
    run.remove(&bed.unpacker).await.expect("it goes");
    drop(bed.store.run_dir("c1").expect("the id is free again"));
    assert_eq!(std::fs::read_dir(bed.store.dir().join("runs")).expect("a directory").count(), 0);
}
