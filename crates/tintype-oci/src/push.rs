//! Images to registries. Layers that were made here are compressed on their way, one while another is being sent.

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use oci::layer::Compression;
use oci::{Client, Descriptor, Digest, Image, Progress, Reference, Repository, media};

use crate::images::layers;
use crate::names::By;
use crate::{Result, Store, StoredImage};

/// How many layers are compressed or sent at the same time.
const AT_ONCE: usize = 4;

impl Store {
    /// Sends an image to a registry under a name: the blobs that it has not, then the manifest. Gives the manifest's digest. Layers that
    /// were made here are compressed; those of the image's base go as they came.
    ///
    /// # Errors
    /// Those of [`Client::push`], or a blob is missing.
    pub async fn push(
        &self,
        image: &StoredImage,
        reference: &Reference,
        client: &Client,
        progress: &dyn Progress,
        compression: Compression,
    ) -> Result<Digest> {
        let _lock = self.adding().await?;
        let manifest = self.send_blobs(image, reference, client, progress, compression).await?;
        let bytes = self.blobs().document(&manifest)?;
        let digest = client.put_manifest(reference, &manifest.media_type, &bytes).await?;
        let exact = Reference { tag: None, digest: Some(digest.clone()), ..reference.clone() };
        self.name(&exact, &image.id, By::Pull, None)?;
        Ok(digest)
    }

    /// Sends what a registry has not of an image, but for its manifest, which is given. The caller holds the store's lock.
    pub(crate) async fn send_blobs(
        &self,
        image: &StoredImage,
        reference: &Reference,
        client: &Client,
        progress: &dyn Progress,
        compression: Compression,
    ) -> Result<Descriptor> {
        let repository = &reference.repository;
        let neighbours = self.neighbours(image, repository)?;
        // Boxed one by one: who waits for them may be on any thread.
        let jobs: Vec<BoxFuture<'_, Result<Descriptor>>> = layers(image)
            .map(|(layer, diff_id)| {
                let neighbours = &neighbours;
                async move {
                    let blob = self.form(layer, diff_id, compression).await?;
                    if !media::is_foreign(&blob.media_type) {
                        client.push_blob(repository, &blob, self.blobs(), neighbours, progress).await?;
                    }
                    Ok(blob)
                }
                .boxed()
            })
            .collect();
        let layers: Vec<Descriptor> = futures::stream::iter(jobs).buffered(AT_ONCE).try_collect().await?;
        let config = &image.image.manifest.config;
        client.push_blob(repository, config, self.blobs(), &neighbours, progress).await?;
        self.with_layers(image, layers)
    }

    /// Repositories of the same registry that have some of the image's blobs.
    fn neighbours(&self, image: &StoredImage, repository: &Repository) -> Result<Vec<Repository>> {
        let mut found: Vec<Repository> = Vec::new();
        for other in self.images()? {
            let shares =
                other.image.manifest.layers.iter().any(|layer| image.image.manifest.layers.contains(layer));
            if !shares {
                continue;
            }
            for name in other.digests {
                if name.repository.host() == repository.host()
                    && name.repository != *repository
                    && !found.contains(&name.repository)
                {
                    found.push(name.repository);
                }
            }
        }
        Ok(found)
    }

    /// The image's manifest with its layers in other forms.
    pub(crate) fn with_layers(&self, image: &StoredImage, layers: Vec<Descriptor>) -> Result<Descriptor> {
        if layers == image.image.manifest.layers {
            return Ok(image.manifest.clone());
        }
        let mut formed = Image { config: image.image.config.clone(), manifest: image.image.manifest.clone() };
        formed.manifest.layers = layers;
        Ok(formed.store(self.blobs())?)
    }
}
