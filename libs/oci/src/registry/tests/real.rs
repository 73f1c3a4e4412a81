//! Pushes to and pulls from real registries, which `scripts/with-registries` starts: one that is open on port 5000, and one with a login
//! (bed, bed) on port 5001.

use std::sync::Arc;

use super::{Notes, noise, store, with};
use crate::registry::{Anonymous, Client, Login, Logins, Options};
use crate::tests::skip;
use crate::{Blobs, Descriptor, Digest, Error, ImageConfig, Index, Manifest, Platform, Reference, media};

const OPEN: &str = "127.0.0.1:5000";
const LOCKED: &str = "127.0.0.1:5001";

async fn there(address: &str) -> bool {
    let there = tokio::net::TcpStream::connect(address).await.is_ok();
    if !there {
        skip(&format!("no registry at {address}"));
    }
    there
}

fn client(logins: Arc<dyn Logins>, piece: Option<u64>) -> Client {
    with(Options { piece, ..Options::default() }, logins)
}

fn image(blobs: &Blobs, platform: &str, layers: &[Vec<u8>]) -> Descriptor {
    let platform: Platform = platform.parse().expect("a platform");
    let mut config = ImageConfig::new(&platform);
    config.rootfs.diff_ids = layers.iter().map(|layer| Digest::of(layer)).collect();
    let config = blobs.put(media::CONFIG, &config.to_bytes()).expect("a blob");
    let layers = layers.iter().map(|layer| blobs.put(media::LAYER, layer).expect("a blob")).collect();
    let manifest = serde_json::to_vec(&Manifest::new(config, layers)).expect("JSON");
    let manifest = blobs.put(media::MANIFEST, &manifest).expect("a blob");
    Descriptor { platform: Some(platform), ..manifest }
}

/// A repository nobody has used, so that nothing is there.
fn fresh(host: &str, name: &str) -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    format!("{host}/oci-test/{name}-{}-{}", std::process::id(), now.as_nanos())
}

#[tokio::test(flavor = "multi_thread")]
async fn there_and_back() {
    if !there(OPEN).await {
        return;
    }
    for (number, piece) in [None, Some(1 << 20)].into_iter().enumerate() {
        let client = client(Arc::new(Anonymous), piece);
        let (_from, here) = store();
        let base = 10 * number as u64;
        let layers =
            [noise(base + 1, 3_500_000), noise(base + 2, 70), noise(base + 1, 3_500_000), Vec::new()];
        let manifest = image(&here, "linux/amd64", &layers);
        let (first, second) = (fresh(OPEN, "a"), fresh(OPEN, "b"));
        let name: Reference = format!("{first}:1").parse().expect("a name");
        let notes = Notes::default();
        client.push(&name, &manifest, &here, &[], &notes).await.expect("it goes");
        // The empty layer and the one that is there twice are one blob each.
        assert_eq!(notes.words().matches("done").count(), 4, "{}", notes.words());
        let notes = Notes::default();
        client.push(&name, &manifest, &here, &[], &notes).await.expect("it goes again");
        assert_eq!(notes.words(), "there there there there");
        let other: Reference = format!("{second}:2").parse().expect("a name");
        let notes = Notes::default();
        let from = [name.repository.clone()];
        client.push(&other, &manifest, &here, &from, &notes).await.expect("it goes there too");
        assert_eq!(notes.words().matches("mounted").count(), 4, "{}", notes.words());

        let (_to, back) = store();
        let pulled = client.pull(&other, &Platform::linux("amd64"), &back, &()).await.expect("it comes");
        assert_eq!(pulled.descriptor.digest, manifest.digest);
        for (layer, blob) in layers.iter().zip(&pulled.manifest.layers) {
            assert_eq!(&std::fs::read(back.path(&blob.digest)).expect("the layer"), layer);
        }
        let notes = Notes::default();
        client.pull(&other, &Platform::linux("amd64"), &back, &notes).await.expect("it comes again");
        assert_eq!(notes.words(), "there there there there");
        assert_eq!(client.tags(&other.repository).await.expect("tags"), ["2"]);
        assert!(client.has_blob(&other.repository, &pulled.manifest.config.digest).await.expect("an answer"));
        assert!(!client.has_blob(&other.repository, &Digest::of(b"?")).await.expect("an answer"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_platforms() {
    if !there(OPEN).await {
        return;
    }
    let client = client(Arc::new(Anonymous), None);
    let (_from, here) = store();
    let images = ["linux/amd64", "linux/arm64"]
        .map(|platform| image(&here, platform, &[noise(7, 100), platform.as_bytes().to_vec()]));
    let index = serde_json::to_vec(&Index::new(images.to_vec())).expect("JSON");
    let index = here.put(media::INDEX, &index).expect("a blob");
    let name: Reference = format!("{}:many", fresh(OPEN, "many")).parse().expect("a name");
    client.push(&name, &index, &here, &[], &()).await.expect("it goes");
    let (_to, back) = store();
    let pulled = client.pull(&name, &Platform::linux("aarch64"), &back, &()).await.expect("it comes");
    assert_eq!((pulled.config.architecture.as_str(), pulled.index.is_some()), ("arm64", true));
    let error =
        client.pull(&name, &Platform::linux("s390x"), &back, &()).await.expect_err("no such platform");
    assert!(matches!(error, Error::NoPlatform { .. }), "{error}");
    let digest = images[0].digest.clone();
    let exact = Reference { digest: Some(digest.clone()), ..name };
    let pulled = client.pull(&exact, &Platform::linux("s390x"), &back, &()).await.expect("it comes");
    assert_eq!(pulled.descriptor.digest, digest);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_login() {
    if !there(LOCKED).await {
        return;
    }
    let login =
        |password: &str| Arc::new(Login::Password { user: "bed".to_owned(), password: password.to_owned() });
    let (_from, here) = store();
    let manifest = image(&here, "linux/amd64", &[noise(8, 1000)]);
    let name: Reference = format!("{}:1", fresh(LOCKED, "login")).parse().expect("a name");
    client(login("bed"), None).push(&name, &manifest, &here, &[], &()).await.expect("it goes");
    let (_to, back) = store();
    client(login("bed"), None).pull(&name, &Platform::linux("amd64"), &back, &()).await.expect("it comes");
    for logins in [login("wrong") as Arc<dyn Logins>, Arc::new(Anonymous)] {
        let error = client(logins, None).manifest(&name).await.expect_err("it refuses");
        assert!(matches!(error, Error::Denied { .. }), "{error}");
    }
}

#[tokio::test]
async fn who_is_let_in() {
    if !there(LOCKED).await || !there(OPEN).await {
        return;
    }
    let login = |password: &str| Login::Password { user: "bed".to_owned(), password: password.to_owned() };
    let enter = async |host: &str, logins: Arc<dyn Logins>| {
        let name: Reference = format!("{host}/any").parse().expect("a name");
        client(logins, None).enter(&name.repository).await
    };
    enter(OPEN, Arc::new(Anonymous)).await.expect("everybody is");
    enter(LOCKED, Arc::new(login("bed"))).await.expect("with the right password");
    for logins in [Arc::new(login("wrong")) as Arc<dyn Logins>, Arc::new(Anonymous)] {
        assert!(matches!(enter(LOCKED, logins).await, Err(Error::Denied { .. })));
    }
}
