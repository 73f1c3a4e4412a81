//! Layers in other forms: compressed for what leaves the machine. Each is made once, whoever wants it, and remembered under the digest that
//! it had before. When a layer is wanted in which form is for `output`, `push` and containers to say.

use oci::layer::{Compression, Limits, recompress};
use oci::{Descriptor, Digest};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::images::layers;
use crate::lock::{Lock, Mode};
use crate::store::{Part, STORE_LOCK, blocking};
use crate::{NewLayer, Result, Store, StoredImage};

/// One layer after the other: each is compressed on all processors.
static COMPRESSING: Semaphore = Semaphore::const_new(1);

/// A layer under another digest.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Formed {
    /// How it was compressed.
    how: String,
    pub(crate) blob: Descriptor,
}

impl Store {
    /// A layer compressed, unless it is, or shall not be. Ends when nobody waits for it any more.
    pub(crate) async fn form(
        &self,
        layer: &Descriptor,
        diff_id: &Digest,
        compression: Compression,
    ) -> Result<Descriptor> {
        let stop = CancellationToken::new();
        let _ends_with_this = stop.clone().drop_guard();
        self.form_until(layer, diff_id, compression, &stop).await
    }

    /// As [`Store::form`], for those who say themselves when it shall end, and wait for that.
    pub(crate) async fn form_until(
        &self,
        layer: &Descriptor,
        diff_id: &Digest,
        compression: Compression,
        stop: &CancellationToken,
    ) -> Result<Descriptor> {
        if compression == Compression::None || layer.digest != *diff_id {
            return Ok(layer.clone());
        }
        let how = format!("{compression:?}");
        if let Some(blob) = self.formed_before(diff_id, &how) {
            return Ok(blob);
        }
        // Whoever else wants it waits, in this program and in others.
        let lock = self.lock_path(&format!("form-{}", diff_id.hex()));
        let turn = stop.run_until_cancelled(async {
            let making = Lock::wait(&lock, Mode::Alone).await?;
            let turn = COMPRESSING.acquire().await.map_err(|_| stopped(diff_id))?;
            Ok::<_, crate::Error>((making, turn, self.adding().await?))
        });
        let held = turn.await.ok_or_else(|| stopped(diff_id))??;
        if let Some(blob) = self.formed_before(diff_id, &how) {
            return Ok(blob);
        }
        let (store, plain, diff_id, stop) = (self.clone(), layer.clone(), diff_id.clone(), stop.clone());
        blocking(move || {
            // As long as this thread works, whatever becomes of those who wait for it.
            let _held = held;
            let blob =
                recompress(store.blobs(), &plain, compression, Limits::NONE, &|| !stop.is_cancelled())?;
            let mut all = store.forms(&diff_id);
            all.retain(|formed| formed.how != how);
            all.push(Formed { how, blob: blob.clone() });
            store.write(Part::Forms, diff_id.hex(), &all)?;
            Ok(blob)
        })
        .await
    }

    /// What is known of a layer. A list that was spoilt is made anew.
    fn forms(&self, diff_id: &Digest) -> Vec<Formed> {
        self.read(Part::Forms, diff_id.hex()).unwrap_or_default().unwrap_or_default()
    }

    fn formed_before(&self, diff_id: &Digest, how: &str) -> Option<Descriptor> {
        let formed = self.forms(diff_id).into_iter().find(|formed| formed.how == how)?;
        self.blobs().has(&formed.blob).then_some(formed.blob)
    }

    /// The image's layers in a form, the lowest first; those of its base that came compressed stay as they came.
    pub(crate) async fn formed(
        &self,
        image: &StoredImage,
        compression: Compression,
    ) -> Result<Vec<Descriptor>> {
        let mut formed = Vec::new();
        for (layer, diff_id) in layers(image) {
            formed.push(self.form(layer, diff_id, compression).await?);
        }
        Ok(formed)
    }

    /// Removes a layer that no image was made of, in all its forms. When somebody else is at work in the store it stays, until the store
    /// is cleaned.
    ///
    /// # Errors
    /// The store cannot be read, or a blob cannot be removed.
    pub(crate) async fn forget(&self, layer: NewLayer) -> Result<()> {
        let (store, diff_id) = (self.clone(), layer.diff_id.clone());
        drop(layer);
        blocking(move || {
            let Some(_alone) = Lock::now(&store.lock_path(STORE_LOCK), Mode::Alone)? else { return Ok(()) };
            let is_its = |image: &StoredImage| image.image.config.rootfs.diff_ids.contains(&diff_id);
            if store.images()?.iter().any(is_its) {
                return Ok(());
            }
            // Another build may have made the same.
            let Some(lock) = Lock::now(&store.layer_lock(&diff_id), Mode::Alone)? else { return Ok(()) };
            lock.discard();
            for formed in store.forms(&diff_id) {
                store.blobs().remove(&formed.blob.digest)?;
            }
            store.unlink(Part::Forms, diff_id.hex())?;
            Ok(store.blobs().remove(&diff_id)?)
        })
        .await
    }
}

fn stopped(diff_id: &Digest) -> oci::Error {
    oci::Error::Stopped { what: format!("compressing the layer {diff_id}") }
}
