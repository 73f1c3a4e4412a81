//! Layers unpacked for overlayfs, each once, by digest, whoever needs it. How one is unpacked, and by whom, is said by an [`Unpacker`].

use std::ops::Deref;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use oci::{Descriptor, Digest};

use crate::images::layers;
use crate::lock::{Lock, Mode};
use crate::store::{Part, blocking, make_root};
use crate::{Error, Result, Store, StoredImage, runs};

/// How many layers of one image are unpacked at the same time.
const AT_ONCE: usize = 2;

/// Unpacks layers and removes what was unpacked: in our own process, or as the ids that a user namespace maps.
#[async_trait]
pub trait Unpacker: Send + Sync {
    /// A word for how its trees differ from those of others: who owns what is in them, how overlayfs is mounted. It becomes the name of
    /// a directory.
    fn kind(&self) -> String;

    /// Unpacks a layer's blob into an empty directory, with overlayfs' marks for what it hides.
    async fn unpack(&self, blob: &Path, layer: &Descriptor, diff_id: &Digest, into: &Path) -> Result<()>;

    /// Removes a directory with everything in it.
    async fn remove(&self, tree: &Path) -> Result<()>;
}

/// Something that nobody removes while it is held.
#[derive(Debug)]
pub struct Leased<T> {
    value: T,
    locks: Vec<Lock>,
}

impl<T> Leased<T> {
    /// Something else under the same lease.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Leased<U> {
        Leased { value: change(self.value), locks: self.locks }
    }
}

impl<T> Deref for Leased<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl Store {
    /// Sees to it that nobody removes an image. Nothing is unpacked.
    ///
    /// # Errors
    /// It is gone, or the store cannot be read.
    pub async fn lease(&self, image: &StoredImage) -> Result<Leased<()>> {
        let lock = Lock::wait(&self.image_lock(&image.id), Mode::Shared).await?;
        if self.by_id(&image.id)?.is_none() {
            return Err(Error::NoImage { name: image.id.to_string() });
        }
        self.touch(Part::Images, image.id.hex());
        Ok(Leased { value: (), locks: vec![lock] })
    }

    /// The trees of an image's layers, the topmost first, as overlayfs wants them. Those that are missing are unpacked; whoever else
    /// needs one of them meanwhile waits for it. The image and its trees stay as long as this is held.
    ///
    /// # Errors
    /// A layer is missing or damaged, or cannot be unpacked.
    pub async fn trees(&self, image: &StoredImage, unpacker: &dyn Unpacker) -> Result<Leased<Vec<PathBuf>>> {
        let mut locks = self.lease(image).await?.locks;
        let mut wanted: Vec<(&Digest, &Descriptor)> = Vec::new();
        let layers: Vec<_> = layers(image).collect();
        for (layer, diff_id) in layers.into_iter().rev() {
            // Overlayfs refuses the same directory twice; what the upper one says of a file hides what the lower one says.
            if !wanted.iter().any(|(other, _)| *other == diff_id) {
                wanted.push((diff_id, layer));
            }
        }
        let kind = unpacker.kind();
        // Boxed one by one: who waits for them may be on any thread.
        let jobs: Vec<BoxFuture<'_, Result<(PathBuf, Lock)>>> = wanted
            .into_iter()
            .map(|(diff_id, layer)| self.tree(&kind, diff_id, layer, unpacker).boxed())
            .collect();
        let trees: Vec<(PathBuf, Lock)> = futures::stream::iter(jobs).buffered(AT_ONCE).try_collect().await?;
        let (value, held): (Vec<PathBuf>, Vec<Lock>) = trees.into_iter().unzip();
        locks.extend(held);
        Ok(Leased { value, locks })
    }

    async fn tree(
        &self,
        kind: &str,
        diff_id: &Digest,
        layer: &Descriptor,
        unpacker: &dyn Unpacker,
    ) -> Result<(PathBuf, Lock)> {
        let path = self.tree_path(kind, diff_id);
        let lock = self.tree_lock(kind, diff_id);
        loop {
            let using = Lock::wait(&lock, Mode::Shared).await?;
            if path.is_dir() {
                return Ok((path, using));
            }
            drop(using);
            let making = Lock::wait(&lock, Mode::Alone).await?;
            if !path.is_dir() {
                self.make_tree(&path, diff_id, layer, unpacker).await?;
            }
            drop(making);
        }
    }

    /// Unpacks a layer beside its place, and moves it there when it is whole. The caller holds its lock alone.
    async fn make_tree(
        &self,
        path: &Path,
        diff_id: &Digest,
        layer: &Descriptor,
        unpacker: &dyn Unpacker,
    ) -> Result<()> {
        let folder = path.parent().unwrap_or(path);
        let partial = folder.join(format!("{PARTIAL}{}", diff_id.hex()));
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        if partial.exists() {
            // Of a program that was killed.
            runs::remove(&partial, unpacker).await?;
        }
        make_root(&partial).map_err(Error::io(&partial))?;
        let unpacked = unpacker.unpack(&self.blobs().path(&layer.digest), layer, diff_id, &partial).await;
        if let Err(error) = unpacked {
            // What remains of it is found when the layer is needed again.
            let _ = runs::remove(&partial, unpacker).await;
            self.doubt(layer).await?;
            return Err(error);
        }
        std::fs::rename(&partial, path).map_err(Error::io(path))
    }

    /// Removes a layer's blob if it is not what it should be, so that it is fetched again when its image is.
    async fn doubt(&self, layer: &Descriptor) -> Result<()> {
        let (blobs, layer) = (self.blobs().clone(), layer.clone());
        blocking(move || {
            if let Err(error @ (oci::Error::Mismatch { .. } | oci::Error::Length { .. })) =
                blobs.verify(&layer)
            {
                blobs.remove(&layer.digest)?;
                return Err(error.into());
            }
            Ok(())
        })
        .await
    }

    fn tree_path(&self, kind: &str, diff_id: &Digest) -> PathBuf {
        self.part(Part::Trees).join(kind).join(diff_id.hex())
    }

    pub(crate) fn tree_lock(&self, kind: &str, diff_id: &Digest) -> PathBuf {
        self.lock_path(&format!("tree-{kind}-{}", diff_id.hex()))
    }

    pub(crate) fn image_lock(&self, id: &Digest) -> PathBuf {
        self.lock_path(&format!("image-{}", id.hex()))
    }
}

/// How the names of trees begin that are not whole.
pub(crate) const PARTIAL: &str = ".new-";
