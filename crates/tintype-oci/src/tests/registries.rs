//! Pushes to and pulls from a real registry, where the program `docker-registry` is installed.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use oci::layer::Compression;
use oci::{Anonymous, Client, Descriptor, Moved, Options, Platform, Progress, media};
use tintype_testkit::Registry;

use super::{Bed, name, noise, read};
use crate::{Error, Keep, Store, StoredImage};

/// A name in a registry.
pub(super) fn at(registry: &Registry, rest: &str) -> oci::Reference {
    name(&format!("{}/{rest}", registry.host))
}

pub(super) fn client() -> Client {
    Client::new(reqwest::Client::builder(), Arc::new(Anonymous), Options::default()).expect("a client")
}

/// What became of each blob.
#[derive(Default)]
struct Notes(Mutex<Vec<&'static str>>);

impl Notes {
    fn count(&self, word: &str) -> usize {
        self.0.lock().expect("nobody failed").iter().filter(|other| **other == word).count()
    }
}

impl Progress for Notes {
    fn blob(&self, _: &Descriptor, moved: Moved<'_>) {
        let word = match moved {
            Moved::Done => "done",
            Moved::There => "there",
            Moved::Mounted => "mounted",
            _ => return,
        };
        self.0.lock().expect("nobody failed").push(word);
    }
}

async fn push(
    store: &Store,
    image: &StoredImage,
    to: oci::Reference,
    compression: Compression,
) -> (oci::Digest, Notes) {
    let (store, image, notes) = (store.clone(), image.clone(), Arc::new(Notes::default()));
    let told = notes.clone();
    // On another thread: whoever waits for it may be anywhere.
    let task = tokio::spawn(async move { store.push(&image, &to, &client(), &*told, compression).await });
    let digest = task.await.expect("it ends").expect("it goes");
    (digest, Arc::into_inner(notes).expect("it has ended"))
}

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back() {
    let Some(registry) = Registry::start() else { return };
    let bed = Bed::new();
    let base = bed.image(None, &[("etc/", ""), ("etc/one", &noise(1, 400_000))]).await;
    let image = bed.image(Some(&base), &[("etc/", ""), ("etc/two", &"2 ".repeat(100_000))]).await;
    let (digest, notes) = push(&bed.store, &image, at(&registry, "a/web:1"), Compression::GZIP).await;
    assert_eq!(notes.count("done"), 3);
    // The image here is not compressed, and knows where it is.
    let stored = bed.store.expect(image.id.hex()).expect("an image");
    assert_eq!(stored.manifest, image.manifest);
    assert_eq!(stored.digests, [at(&registry, &format!("a/web@{digest}"))]);

    let (again, notes) = push(&bed.store, &image, at(&registry, "a/web:2"), Compression::GZIP).await;
    assert_eq!((again, notes.count("there"), notes.count("done")), (digest.clone(), 3, 0));
    let (_, notes) = push(&bed.store, &image, at(&registry, "b/other:1"), Compression::GZIP).await;
    assert_eq!((notes.count("mounted") + notes.count("there"), notes.count("done")), (3, 0));

    let other = Bed::new();
    let (store, from, notes) = (other.store.clone(), at(&registry, "a/web:1"), Arc::new(Notes::default()));
    let told = notes.clone();
    let task = tokio::spawn(async move { store.pull(&from, &Platform::host(), &client(), &*told).await });
    let pulled = task.await.expect("it ends").expect("it comes");
    assert_eq!((pulled.image.id.clone(), &pulled.digest, pulled.fresh), (image.id.clone(), &digest, true));
    assert!(pulled.image.image.manifest.layers.iter().all(|layer| layer.media_type == media::LAYER_GZIP));
    assert_eq!(pulled.image.tags, [at(&registry, "a/web:1")]);
    let trees = other.store.trees(&pulled.image, &other.unpacker).await.expect("trees");
    assert_eq!((trees.len(), read(trees[0].join("etc/two")).len()), (2, 200_000));
    drop(trees);
    // Nothing is fetched a second time.
    let notes = Notes::default();
    let again = other
        .store
        .pull(&at(&registry, "a/web:1"), &Platform::host(), &client(), &notes)
        .await
        .expect("it comes");
    assert_eq!((again.fresh, notes.count("there"), notes.count("done")), (false, 3, 0));
    // By digest it has no tag.
    let exact = at(&registry, &format!("a/web@{digest}"));
    let third = Bed::new();
    let pulled = third.store.pull(&exact, &Platform::host(), &client(), &()).await.expect("it comes");
    assert_eq!((pulled.image.tags.len(), &pulled.image.digests[0]), (0, &exact));
    assert_eq!(third.store.expect(&exact.familiar()).expect("an image").id, image.id);
    // A layer of a base that was pulled goes as it came.
    let built = other.image(Some(&again.image), &[("etc/", ""), ("etc/three", "3")]).await;
    let (_, notes) = push(&other.store, &built, at(&registry, "a/web:3"), Compression::ZSTD).await;
    assert_eq!((notes.count("there"), notes.count("done")), (2, 2));
    let back = third
        .store
        .pull(&at(&registry, "a/web:3"), &Platform::host(), &client(), &())
        .await
        .expect("it comes");
    let types: Vec<&str> =
        back.image.image.manifest.layers.iter().map(|layer| layer.media_type.as_str()).collect();
    assert_eq!(types, [media::LAYER_GZIP, media::LAYER_GZIP, media::LAYER_ZSTD]);
}

/// A name moves to another image, and the old one goes when it is old.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_moves() {
    let Some(registry) = Registry::start() else { return };
    let bed = Bed::new();
    let one = bed.image(None, &[("a", "1")]).await;
    let two = bed.image(None, &[("a", "2")]).await;
    let other = Bed::new();
    let tag = at(&registry, "web");
    let mut ids = Vec::new();
    for image in [&one, &two] {
        push(&bed.store, image, tag.clone(), Compression::None).await;
        let pulled = other.store.pull(&tag, &Platform::host(), &client(), &()).await.expect("it comes");
        assert!(pulled.fresh);
        ids.push(pulled.image.id);
    }
    assert_eq!(ids, [one.id.clone(), two.id.clone()]);
    let old = other.store.expect(one.id.hex()).expect("it is there still");
    assert_eq!((old.tags.len(), old.digests.len()), (0, 1));
    let held = other.store.trees(&other.store.expect(two.id.hex()).expect("an image"), &other.unpacker).await;
    let keep = Keep { unused: Duration::ZERO, ..Keep::default() };
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(other.store.gc(keep, &other.unpacker).await.expect("it cleans").images, [one.id]);
    drop(held);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there() {
    let Some(registry) = Registry::start() else { return };
    let bed = Bed::new();
    let pulled = bed.store.pull(&at(&registry, "nobody/has:this"), &Platform::host(), &client(), &()).await;
    let error = pulled.expect_err("it is not there");
    assert!(matches!(error, Error::Oci(_)), "{error}");
    let image = bed.image(None, &[("a", &noise(1, 1000))]).await;
    bed.store.blobs().remove(&image.image.manifest.layers[0].digest).expect("gone");
    let pushed = bed.store.push(&image, &at(&registry, "web"), &client(), &(), Compression::GZIP).await;
    assert!(matches!(pushed.expect_err("a layer is gone"), Error::Oci(oci::Error::NotFound { .. })));
    assert_eq!((bed.count("names"), bed.count("new")), (0, 0));
}
