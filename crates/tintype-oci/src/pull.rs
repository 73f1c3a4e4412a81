//! Images from registries. The client, its logins and its progress are `oci`'s.

use oci::{Client, Digest, Platform, Progress, Reference};

use crate::names::By;
use crate::{Result, Store, StoredImage};

/// What was pulled.
#[derive(Clone, PartialEq, Debug)]
pub struct Pulled {
    /// The image.
    pub image: StoredImage,
    /// What the registry calls it: the digest of its manifest, or of the index that it stands in.
    pub digest: Digest,
    /// Whether the name stood for something else before, or for nothing.
    pub fresh: bool,
}

impl Store {
    /// Fetches an image from a registry, and gives it the name. What is here already is not fetched again.
    ///
    /// # Errors
    /// Those of [`Client::pull`], or nothing can be written.
    pub async fn pull(
        &self,
        reference: &Reference,
        platform: &Platform,
        client: &Client,
        progress: &dyn Progress,
    ) -> Result<Pulled> {
        let _lock = self.adding().await?;
        let before = self.named(reference)?;
        let pulled = client.pull(reference, platform, self.blobs(), progress).await?;
        let digest = match &pulled.index {
            Some((index, _)) => index.digest.clone(),
            None => pulled.descriptor.digest.clone(),
        };
        let id = self.record(&pulled.descriptor)?.id;
        let index = pulled.index.map(|(index, _)| index.digest);
        let exact =
            Reference { repository: reference.repository.clone(), tag: None, digest: Some(digest.clone()) };
        self.name(&exact, &id, By::Pull, index.clone())?;
        if reference.digest.is_none() {
            self.name(reference, &id, By::Pull, index)?;
        }
        let image = self.expect(&id.to_string())?;
        Ok(Pulled { fresh: before.as_ref() != Some(&id), image, digest })
    }
}
