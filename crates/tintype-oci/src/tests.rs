//! Stores in directories of their own, images of a few files, and somebody who unpacks them and counts.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use oci::layer::{Devices, Form, Limits, Marks, Owners, Unpack};
use oci::tarball::{Entry, Kind, TarWriter};
use oci::{Descriptor, Digest, History, ImageConfig, Platform, Reference};

use crate::{Commit, Error, NewLayer, Result, Store, StoredImage, Unpacker};

mod bases;
pub(crate) mod engine;
mod images;
mod others;
mod outputs;
mod registries;
mod rubbish;
mod together;
mod trees;

/// A store of a test's own.
struct Bed {
    dir: tempfile::TempDir,
    store: Store,
    unpacker: Here,
}

impl Bed {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let store = Store::open(&dir.path().join("cache").join("oci")).expect("a store");
        Self { dir, store, unpacker: Here::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A file beside the store.
    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(&path, bytes).expect("a file");
        path
    }

    async fn layer(&self, files: &[(&str, &str)]) -> NewLayer {
        self.store.add_layer(std::io::Cursor::new(tar(files))).await.expect("a layer")
    }

    /// An image with one more layer.
    async fn image(&self, from: Option<&StoredImage>, files: &[(&str, &str)]) -> StoredImage {
        let layer = self.layer(files).await;
        let config =
            from.map_or_else(|| ImageConfig::new(&Platform::host()), |from| from.image.config.clone());
        self.store.commit(from, commit(&[&layer], config)).expect("an image")
    }

    /// How many files there are in a part of the store.
    fn count(&self, part: &str) -> usize {
        fn walk(dir: &Path) -> usize {
            let items = std::fs::read_dir(dir).into_iter().flatten().flatten();
            items.map(|item| if item.path().is_dir() { walk(&item.path()) } else { 1 }).sum()
        }
        walk(&self.store.dir().join(part))
    }
}

/// Made at a fixed time, so that it is the same each time.
fn commit<'a>(layers: &[&'a NewLayer], config: ImageConfig) -> Commit<'a> {
    Commit {
        layers: layers.iter().map(|layer| (*layer, History::default())).collect(),
        config,
        author: String::new(),
        message: String::new(),
        created: Some(1_700_000_000),
    }
}

fn name(text: &str) -> Reference {
    text.parse().expect("a name")
}

/// An archive with these files. A name that ends in a slash is a directory.
fn tar(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = TarWriter::new(Vec::new());
    for (name, content) in files {
        let (kind, mode) = if name.ends_with('/') { (Kind::Directory, 0o755) } else { (Kind::File, 0o644) };
        let entry =
            Entry { size: content.len() as u64, mtime: 1_600_000_000, ..Entry::new(*name, kind, mode) };
        tar.append(&entry, &mut content.as_bytes()).expect("an entry");
    }
    tar.finish().expect("an archive")
}

/// Bytes that do not compress, the same for the same seed.
fn noise(mut seed: u64, size: usize) -> String {
    let mut text = String::new();
    while text.len() < size {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push(char::from(b' ' + (seed >> 33) as u8 % 90));
    }
    text
}

/// Says that a test did not run.
#[expect(clippy::disallowed_macros, reason = "a test that was skipped says so")]
pub(crate) fn skip(why: &str) {
    println!("skipped: {why}");
}

/// Unpacks as whoever runs the test.
#[derive(Clone, Default)]
struct Here {
    /// How many layers were unpacked.
    unpacked: Arc<AtomicUsize>,
    /// How long each takes, at least.
    pause: Duration,
    /// Fails in the middle.
    fails: bool,
}

impl Here {
    fn count(&self) -> usize {
        self.unpacked.load(Ordering::SeqCst)
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[async_trait]
impl Unpacker for Here {
    fn kind(&self) -> String {
        "test".to_owned()
    }

    async fn unpack(&self, blob: &Path, layer: &Descriptor, diff_id: &Digest, into: &Path) -> Result<()> {
        self.unpacked.fetch_add(1, Ordering::SeqCst);
        tokio::time::sleep(self.pause).await;
        if self.fails {
            std::fs::write(into.join("half"), "x").expect("a file");
            return Err(Error::Tree { what: "unpacking".to_owned(), why: "the test wants it".to_owned() });
        }
        let (owners, marks) =
            if is_root() { (Owners::Keep, Marks::Trusted) } else { (Owners::Ours, Marks::User) };
        let mut unpack = Unpack {
            form: Form::Overlay(marks),
            owners,
            devices: Devices::Make,
            limits: Limits::default(),
            note: &mut |_| {},
        };
        let file = std::fs::File::open(blob).map_err(Error::io(blob))?;
        unpack.blob(file, layer, Some(diff_id), into)?;
        Ok(())
    }

    async fn remove(&self, tree: &Path) -> Result<()> {
        std::fs::remove_dir_all(tree).map_err(Error::io(tree))
    }
}

fn read(path: impl AsRef<Path>) -> String {
    let mut text = String::new();
    std::fs::File::open(path).expect("a file").read_to_string(&mut text).expect("text");
    text
}
