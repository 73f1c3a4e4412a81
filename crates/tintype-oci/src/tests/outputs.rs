//! Layouts and archives: what is in them, whose layers are compressed, and that the same image gives the same bytes.

use std::time::Duration;

use oci::layer::Compression;
use oci::{Digest, Image, Layout, Platform, media};

use super::{Bed, name, noise};
use crate::{Error, Saved, Store};

#[tokio::test(flavor = "multi_thread")]
async fn only_what_was_made_here_is_compressed() {
    let bed = Bed::new();
    // A base as it comes from a registry: compressed.
    let plain = bed.image(None, &[("a", &noise(1, 50_000))]).await;
    let dir = bed.path("base");
    bed.store.layout(&plain, &dir, None, Compression::GZIP).await.expect("a layout");
    let other = Bed::new();
    let sandbox = tintype_testkit::Sandbox::new();
    let base = crate::Base::Layout { dir, name: None };
    let base = other.store.base(&base, &Platform::host(), &sandbox.cx()).await.expect("a base");
    assert_eq!(base.image.manifest.layers[0].media_type, media::LAYER_GZIP);
    let image = other.image(Some(&base), &[("b", &"text ".repeat(20_000))]).await;
    for (compression, expected) in [
        (Compression::None, media::LAYER),
        (Compression::GZIP, media::LAYER_GZIP),
        (Compression::ZSTD, media::LAYER_ZSTD),
    ] {
        let dir = other.path(expected);
        let manifest = other.store.layout(&image, &dir, Some("x"), compression).await.expect("a layout");
        let layout = Layout::open(&dir).expect("a layout");
        let found = layout.find(Some("x"), &Platform::host()).expect("it is there");
        assert_eq!(found.digest, manifest.digest);
        let found = Image::load(layout.blobs(), &found).expect("an image");
        assert_eq!(found.config, image.image.config);
        let types: Vec<&str> = found.manifest.layers.iter().map(|layer| layer.media_type.as_str()).collect();
        assert_eq!(types, [media::LAYER_GZIP, expected]);
        for blob in found.manifest.layers.iter().chain([&found.manifest.config]) {
            layout.blobs().verify(blob).expect("it is whole");
        }
    }
    // The image in the store is what it was.
    assert_eq!(other.store.expect(image.id.hex()).expect("an image").manifest, image.manifest);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_bytes() {
    let (mut oci, mut docker) = (Vec::new(), Vec::new());
    for _ in 0..2 {
        let bed = Bed::new();
        let base = bed.image(None, &[("a", &noise(1, 300_000))]).await;
        let image = bed.image(Some(&base), &[("b", "2")]).await;
        let file = bed.path("image.tar");
        bed.store.archive(&image, &file, Some("web:1"), Compression::ZSTD).await.expect("an archive");
        oci.push(Digest::of(&std::fs::read(&file).expect("a file")));
        let saved = vec![Saved { image, names: vec![name("web:1")] }];
        bed.store.save_file(saved, &file).await.expect("an archive");
        docker.push(Digest::of(&std::fs::read(&file).expect("a file")));
        assert_eq!(
            std::fs::read_dir(bed.dir.path()).expect("a directory").count(),
            2,
            "nothing half written is left"
        );
    }
    assert_eq!(oci[0], oci[1]);
    assert_eq!(docker[0], docker[1]);
}

/// A layer is compressed once, however often it is asked for.
#[tokio::test]
async fn compressed_once() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", &noise(1, 100_000))]).await;
    let layer = &image.image.manifest.layers[0];
    let diff_id = &image.image.config.rootfs.diff_ids[0];
    let first = bed.store.form(layer, diff_id, Compression::GZIP).await.expect("a layer");
    assert_eq!(bed.store.form(layer, diff_id, Compression::GZIP).await.expect("a layer"), first);
    let zstd = bed.store.form(layer, diff_id, Compression::ZSTD).await.expect("a layer");
    assert_ne!(zstd, first);
    assert_eq!(bed.count("forms"), 1);
    // One that is gone is made again.
    bed.store.blobs().remove(&first.digest).expect("gone");
    assert_eq!(bed.store.form(layer, diff_id, Compression::GZIP).await.expect("a layer"), first);
    assert!(bed.store.blobs().has(&first));
}

/// Whoever wants a layer at the same time gets the same; it is made once.
#[tokio::test(flavor = "multi_thread")]
async fn compressed_by_one_of_many() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", &noise(1, 3_000_000))]).await;
    let layer = &image.image.manifest.layers[0];
    let before = bed.count("blobs");
    // As other programs would have it.
    let stores: Vec<Store> = (0..4).map(|_| Store::open(bed.store.dir()).expect("a store")).collect();
    let form = |store: &'_ Store| {
        let store = store.clone();
        async move { store.form(layer, &layer.digest, Compression::GZIP).await.expect("a layer") }
    };
    let impatient = tokio::time::timeout(Duration::from_millis(5), form(&bed.store));
    let (_, all) = tokio::join!(impatient, futures::future::join_all(stores.iter().map(form)));
    assert!(all.iter().all(|blob| blob == &all[0]), "{all:?}");
    assert_eq!(bed.count("blobs"), before + 1);
}

/// What nothing came of goes, unless an image has it.
#[tokio::test]
async fn forgotten() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", "1")]).await;
    let before = (bed.count("blobs"), bed.count("forms"));
    for (content, gone) in [("2", true), ("1", false)] {
        let layer = bed.layer(&[("a", content)]).await;
        let (blob, diff_id) = (layer.blob.clone(), layer.diff_id.clone());
        bed.store.form(&blob, &diff_id, Compression::GZIP).await.expect("a layer");
        let other = bed.layer(&[("a", content)]).await;
        bed.store.forget(other).await.expect("no mistake");
        assert!(bed.store.blobs().has(&blob), "somebody else has it");
        bed.store.forget(layer).await.expect("no mistake");
        assert_eq!(bed.store.blobs().has(&blob), !gone, "{content}");
        assert_eq!((bed.count("blobs"), bed.count("forms")) == before, gone);
    }
    assert!(bed.store.by_id(&image.id).expect("an answer").is_some());
}

#[tokio::test]
async fn where_nothing_can_be_written() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", "1")]).await;
    let file = bed.write("file", b"");
    let inside = file.join("image.tar");
    let saved = || vec![Saved { image: image.clone(), names: Vec::new() }];
    for error in [
        bed.store.save_file(saved(), &inside).await.expect_err("no directory"),
        bed.store.archive(&image, &inside, None, Compression::None).await.expect_err("no directory"),
    ] {
        assert!(matches!(error, Error::Io { .. }), "{error}");
    }
    bed.store.layout(&image, &file, None, Compression::None).await.expect_err("no directory");
    assert_eq!(std::fs::read(&file).expect("a file"), b"");
    // A blob that is missing leaves no half archive, and what was there before stays.
    let old = bed.write("old.tar", b"old");
    bed.store.blobs().remove(&image.image.manifest.layers[0].digest).expect("gone");
    bed.store.save_file(saved(), &old).await.expect_err("a layer is missing");
    assert_eq!(std::fs::read(&old).expect("a file"), b"old");
}

/// Whoever stops in the middle leaves nothing behind.
#[tokio::test(flavor = "multi_thread")]
async fn stopped() {
    let bed = Bed::new();
    let image = bed.image(None, &[("a", &noise(1, 4 << 20))]).await;
    let file = bed.path("out/image.tar");
    for pause in [0, 1, 3, 10] {
        let write = bed.store.archive(&image, &file, None, Compression::ZSTD);
        let _ = tokio::time::timeout(std::time::Duration::from_millis(pause), write).await;
        let left = std::fs::read_dir(bed.path("out")).into_iter().flatten().flatten();
        let left: Vec<_> = left.map(|item| item.file_name()).filter(|name| name != "image.tar").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
