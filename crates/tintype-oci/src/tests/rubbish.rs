//! What goes when nobody needs it, what stays, and a disk that is full.

use std::process::Command;
use std::time::Duration;

use oci::{ImageConfig, Platform};

use super::{Bed, Here, commit, is_root, name, noise, skip};
use crate::names::By;
use crate::{Base, Error, Freed, Keep, Store};

/// Whatever is not needed goes at once.
const NOW: Keep = Keep { unused: Duration::ZERO, patience: Duration::from_secs(5) };

async fn clean(bed: &Bed) -> Freed {
    // What is used in the same moment counts as used.
    tokio::time::sleep(Duration::from_millis(15)).await;
    bed.store.gc(NOW, &bed.unpacker).await.expect("it cleans")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_needs() {
    let bed = Bed::new();
    let base = bed.image(None, &[("a", &noise(1, 1000))]).await;
    let named = bed.image(Some(&base), &[("b", &noise(2, 1000))]).await;
    let other = bed.image(Some(&base), &[("c", &noise(3, 1000))]).await;
    bed.store.tag(&named, &name("web")).expect("a name");
    drop(bed.store.trees(&named, &bed.unpacker).await.expect("trees"));
    drop(bed.store.trees(&other, &bed.unpacker).await.expect("trees"));
    let freed = clean(&bed).await;
    let mut gone = vec![base.id.clone(), other.id.clone()];
    gone.sort();
    assert_eq!((freed.images, freed.trees), (gone, 1));
    // The layer, two configurations and two manifests.
    assert_eq!(freed.blobs, 5);
    assert!(freed.bytes > 3000, "{}", freed.bytes);
    let trees = bed.store.trees(&named, &bed.unpacker).await.expect("all is there");
    assert_eq!((trees.len(), bed.unpacker.count()), (2, 3));
    drop(trees);
    bed.store.remove("web").expect("removed");
    let freed = clean(&bed).await;
    assert_eq!((freed.trees, bed.count("blobs"), bed.count("trees"), bed.count("images")), (2, 0, 0, 0));
    // The lock of the store itself.
    assert_eq!(bed.count("locks"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held() {
    let bed = Bed::new();
    let base = bed.image(None, &[("a", "1")]).await;
    let held = bed.store.trees(&base, &bed.unpacker).await.expect("trees");
    let run = bed.store.run_dir("c1").expect("directories");
    assert_eq!(clean(&bed).await, Freed::default());
    assert!(held[0].join("a").exists() && run.upper.is_dir());
    // Nor does somebody who removes it.
    bed.store.tag(&base, &name("base")).expect("a name");
    let removed = bed.store.remove(base.id.hex()).expect("removed");
    assert_eq!((removed.names, removed.image), (vec![name("base:latest")], None));
    assert_eq!(clean(&bed).await, Freed::default());
    // A build's end: nobody has cleaned away what its image lies on.
    let image = bed.image(Some(&base), &[("b", "1")]).await;
    drop((held, run));
    assert_eq!(clean(&bed).await.images.len(), 2);
    assert_eq!(bed.store.images().expect("a list"), []);
    drop(image);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_added() {
    let bed = Bed::new();
    let layer = bed.layer(&[("a", "1")]).await;
    // A build may take hours until its layers become an image.
    assert_eq!(clean(&bed).await, Freed::default());
    let adding = bed.store.adding().await.expect("a lock");
    let hasty = Keep { unused: Duration::ZERO, patience: Duration::ZERO };
    let error = bed.store.gc(hasty, &bed.unpacker).await.expect_err("somebody is at work");
    assert!(matches!(error, Error::Busy { .. }), "{error}");
    drop(adding);
    let image =
        bed.store.commit(None, commit(&[&layer], ImageConfig::new(&Platform::host()))).expect("an image");
    drop(layer);
    // Young images stay for those who have only just made them.
    let freed = bed.store.gc(Keep::default(), &bed.unpacker).await.expect("it cleans");
    assert_eq!(freed, Freed::default());
    assert!(bed.store.image(image.id.hex()).expect("an answer").is_some());
}

/// What was pulled can be pulled again, and goes when it is old; what a person has named stays.
#[tokio::test(flavor = "multi_thread")]
async fn pulled_and_named() {
    let bed = Bed::new();
    let pulled = bed.image(None, &[("a", "1")]).await;
    bed.store.name(&name("debian:12"), &pulled.id, By::Pull, None).expect("a name");
    bed.store
        .name(&name(&format!("debian@{}", pulled.manifest.digest)), &pulled.id, By::Pull, None)
        .expect("a name");
    let stored = bed.store.expect("debian:12").expect("an image");
    assert_eq!((stored.tags.len(), stored.digests.len()), (1, 1));
    let freed = bed.store.gc(Keep::default(), &bed.unpacker).await.expect("it cleans");
    assert_eq!(freed.images, []);
    assert_eq!(clean(&bed).await.images, std::slice::from_ref(&pulled.id));
    assert_eq!((bed.count("names"), bed.store.image("debian:12").expect("an answer")), (0, None));

    let pulled = bed.image(None, &[("a", "1")]).await;
    bed.store.tag(&pulled, &name("debian:12")).expect("a name");
    // Pulled again under the name that somebody gave it.
    bed.store.name(&name("debian:12"), &pulled.id, By::Pull, None).expect("a name");
    assert_eq!(clean(&bed).await.images, []);
}

/// Left by programs that were killed.
#[tokio::test(flavor = "multi_thread")]
async fn half_done() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", "1")]).await;
    bed.store.tag(&image, &name("web")).expect("a name");
    for path in [
        "new/x/deep",
        "runs/dead/upper",
        "trees/test/.new-0000000000000000000000000000000000000000000000000000000000000000",
    ] {
        std::fs::create_dir_all(bed.store.dir().join(path)).expect("a directory");
    }
    std::fs::write(bed.store.dir().join("images/.new-x"), "{").expect("a file");
    std::fs::write(bed.store.dir().join("names").join(format!("{}.json", "1".repeat(64))), "[]")
        .expect("a file");
    std::fs::write(bed.store.dir().join("images").join(format!("{}.json", "1".repeat(64))), "[]")
        .expect("a file");
    let freed = clean(&bed).await;
    assert_eq!((freed.runs, freed.trees), (vec!["dead".to_owned()], 1));
    assert_eq!(bed.count("names"), 1);
    assert_eq!((bed.count("new"), bed.count("runs"), bed.count("images"), bed.count("trees")), (0, 0, 1, 0));
}

/// Runs clean the store beside their work, but not each of them.
#[tokio::test(flavor = "multi_thread")]
async fn once_a_day() {
    let bed = Bed::new();
    let ago = |path: std::path::PathBuf, days: u64| {
        let file = std::fs::File::options().write(true).open(path).expect("it is there");
        let time = std::time::SystemTime::now() - Duration::from_secs(days * 24 * 3600);
        file.set_modified(time).expect("a time");
    };
    let old = bed.image(None, &[("a", "1")]).await;
    let document = bed.store.dir().join("images").join(format!("{}.json", old.id.hex()));
    let sweep = async || bed.store.sweep(&bed.unpacker).await.expect("a sweep");
    for (image_days, cleaned_days, stays) in [(40, 0, true), (20, 2, true), (40, 2, false)] {
        sweep().await;
        ago(document.clone(), image_days);
        ago(bed.store.dir().join("locks/cleaned"), cleaned_days);
        sweep().await;
        assert_eq!(document.exists(), stays, "{image_days} {cleaned_days}");
    }
}

/// A hundred builds of one base: the base is unpacked once, and afterwards the store has their layers more, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_builds() {
    const BUILDS: usize = 100;
    let bed = Bed::new();
    let rootfs = bed.write("rootfs.tar", &super::tar(&[("etc/", ""), ("etc/big", &noise(1, 200_000))]));
    let slow = Here { pause: Duration::from_millis(50), ..bed.unpacker.clone() };
    let sandbox = tintype_testkit::Sandbox::new();
    let tasks: Vec<_> = (0..BUILDS)
        .map(|number| {
            let (store, rootfs, slow) =
                (Store::open(bed.store.dir()).expect("a store"), rootfs.clone(), slow.clone());
            let cx = sandbox.cx();
            tokio::spawn(async move {
                let base = store.base(&Base::RootfsTar(rootfs), &Platform::host(), &cx).await?;
                let trees = store.trees(&base, &slow).await?;
                assert_eq!(trees.len(), 1);
                let run = store.run_dir(&format!("run-{number}"))?;
                let text = noise(number as u64 + 10, 1000);
                std::fs::write(run.upper.join("made"), &text).map_err(Error::io(&run.upper))?;
                let tar = super::tar(&[("made", &text)]);
                let layer = store.add_layer(std::io::Cursor::new(tar)).await?;
                store.commit(Some(&base), commit(&[&layer], base.image.config.clone()))?;
                // Others clean up meanwhile.
                if number % 10 == 0 {
                    store.gc(Keep { patience: Duration::from_secs(60), ..Keep::default() }, &slow).await?;
                }
                run.remove(&slow).await
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("it ends").expect("it builds");
    }
    assert_eq!(bed.unpacker.count(), 1);
    assert_eq!(bed.store.images().expect("a list").len(), BUILDS + 1);
    // Each has a layer, a configuration and a manifest.
    assert_eq!(bed.count("blobs"), 3 * (BUILDS + 1));
    assert_eq!((bed.count("trees"), bed.count("runs"), bed.count("new"), bed.count("bases")), (1, 0, 0, 1));
    clean(&bed).await;
    assert_eq!((bed.count("blobs"), bed.count("trees"), bed.count("locks")), (0, 0, 1));
}

/// Where a small disk is mounted in a namespace of its own for the test below.
const DISK: &str = "/mnt";

#[test]
fn a_full_disk() {
    if !is_root() {
        return skip("only root mounts a small disk");
    }
    let own = std::env::current_exe().expect("we have a name");
    #[expect(
        clippy::disallowed_methods,
        reason = "the test itself once more, in a namespace that ends with it"
    )]
    let mut command = Command::new("unshare");
    let script = format!(
        "mount -t tmpfs -o size=1m none {DISK} && exec \"$0\" --exact --ignored tests::rubbish::on_a_small_disk"
    );
    let Ok(output) = command.args(["-m", "sh", "-c", &script]).arg(&own).output() else {
        return skip("there is no unshare");
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("1 passed"),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[tokio::test]
#[ignore = "needs the small disk that a_full_disk mounts"]
async fn on_a_small_disk() {
    let store = Store::open(&std::path::Path::new(DISK).join("oci")).expect("a store");
    let small = store.add_layer(std::io::Cursor::new(super::tar(&[("a", "1")]))).await.expect("that fits");
    let big = super::tar(&[("big", &noise(1, 3 << 20))]);
    let error = store.add_layer(std::io::Cursor::new(big)).await.expect_err("that does not");
    assert!(matches!(error, Error::Full { .. }), "{error:?}");
    let told = tintype_sdk::Error::from(error);
    assert!(told.to_string().contains("no space is left") && !told.hints().is_empty(), "{told}");
    // What was there is there, and the space is free again.
    let image = store.commit(None, commit(&[&small], ImageConfig::new(&Platform::host()))).expect("an image");
    let zeros = "0".repeat(900 << 10);
    let layer =
        store.add_layer(std::io::Cursor::new(super::tar(&[("zeros", &zeros)]))).await.expect("it fits again");
    let image = store.commit(Some(&image), commit(&[&layer], image.image.config.clone())).expect("an image");
    let here = Here::default();
    let error = store.trees(&image, &here).await.expect_err("its tree does not");
    assert!(matches!(error, Error::Full { .. }), "{error:?}");
    assert!(!store.dir().join("trees/test").join(layer.diff_id.hex()).exists());
}
