//! Images for several platforms under one name: in the store, in layouts and archives, and in registries. Whoever comes later finds what was
//! there and adds to it; who writes at the same time waits, or in a registry, where nobody can, looks and tries again. How an index
//! takes an image in is `oci`'s affair.

use std::path::Path;
use std::time::Duration;

use oci::layer::Compression;
use oci::{
    Blobs, Client, Descriptor, Digest, Document, Index, Layout, Platform, Progress, Reference, archive,
};

use crate::base::decoded;
use crate::lock::{Lock, Mode};
use crate::names::{By, Name, file_of};
use crate::output::{Beside, adopt};
use crate::store::{Part, blocking};
use crate::{Error, Result, Store, StoredImage};

/// How often an index is sent to a registry when others write the same name.
const TRIES: u32 = 6;

/// After this time it is looked whether somebody who had read the older index has written over ours.
const SETTLE: Duration = Duration::from_millis(250);

impl Store {
    /// Gives an image a name that others have for other platforms.
    ///
    /// # Errors
    /// As [`Store::tag`].
    pub async fn tag_together(&self, image: &StoredImage, name: &Reference) -> Result<()> {
        if name.digest.is_some() {
            return self.tag(image, name);
        }
        let text = name.to_string();
        let _alone = self.alone_with(&text).await?;
        let _adding = self.adding().await?;
        let before: Option<Name> = self.read(Part::Names, &file_of(&text)).unwrap_or_default();
        let mut index = Index::new(Vec::new());
        for other in before.map(|before| self.under(&before)).transpose()?.unwrap_or_default() {
            index.put(&listed(&other, &other.manifest));
        }
        index.put(&listed(image, &image.manifest));
        self.name_index(text, &index)
    }

    /// Gives an index a name. Who does not ask for a platform gets the image for this host, or the first.
    fn name_index(&self, name: String, index: &Index) -> Result<()> {
        let shown = Platform::host().choose(&index.manifests, &name).ok().or(index.manifests.first());
        let image = shown.and_then(|manifest| image_of(self.blobs(), manifest));
        let image = image.ok_or_else(|| Error::NoImage { name: name.clone() })?;
        let index = Some(index.store(self.blobs())?.digest);
        let name = Name { name, image, by: By::User, index, together: true };
        self.write(Part::Names, &file_of(&name.name), &name)
    }

    /// Leaves a name to the other images that have it. Whether there are any; if not, nothing has changed.
    pub(crate) fn leave_to_others(&self, image: &Digest, name: &Reference) -> Result<bool> {
        let others = self.together(name)?.unwrap_or_default().into_iter().filter(|other| other.id != *image);
        let mut index = Index::new(Vec::new());
        others.for_each(|other| index.put(&listed(&other, &other.manifest)));
        if index.manifests.is_empty() {
            return Ok(false);
        }
        self.name_index(name.to_string(), &index)?;
        Ok(true)
    }

    /// All images that were given a name together; nothing when it is the name of one.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn together(&self, name: &Reference) -> Result<Option<Vec<StoredImage>>> {
        let found: Option<Name> = self.read(Part::Names, &file_of(&name.to_string())).unwrap_or_default();
        found.filter(|name| name.together).map(|name| self.under(&name)).transpose()
    }

    /// As [`Store::image`], for a platform: of several images under a name the one for that.
    ///
    /// # Errors
    /// As [`Store::image`].
    pub fn image_for(&self, name: &str, platform: &Platform) -> Result<Option<StoredImage>> {
        if let Ok(reference) = name.parse::<Reference>()
            && let Some(images) = self.together(&reference)?
        {
            let manifests: Vec<Descriptor> =
                images.iter().map(|image| listed(image, &image.manifest)).collect();
            let chosen = platform.choose(&manifests, name)?;
            return Ok(images.into_iter().find(|image| image.manifest.digest == chosen.digest));
        }
        self.image(name)
    }

    /// The images of a name that somebody gave, as far as they are here.
    fn under(&self, name: &Name) -> Result<Vec<StoredImage>> {
        if name.by != By::User {
            return Ok(Vec::new());
        }
        let ids = match name.index.as_ref().filter(|_| name.together) {
            Some(index) => images_of(self.blobs(), index),
            None => vec![name.image.clone()],
        };
        let images: Vec<Option<StoredImage>> = ids.iter().map(|id| self.by_id(id)).collect::<Result<_>>()?;
        Ok(images.into_iter().flatten().collect())
    }

    /// As [`Store::layout`], in the index of a name.
    ///
    /// # Errors
    /// As [`Store::layout`].
    pub async fn layout_together(
        &self,
        image: &StoredImage,
        dir: &Path,
        name: &str,
        compression: Compression,
    ) -> Result<Descriptor> {
        let _lock = self.adding().await?;
        let manifest = self.with_layers(image, self.formed(image, compression).await?)?;
        let manifest = listed(image, &manifest);
        let (blobs, dir, name) = (self.blobs().clone(), dir.to_owned(), name.to_owned());
        blocking(move || {
            let layout = Layout::create(dir)?;
            adopt(layout.blobs(), &blobs, &manifest)?;
            Ok(layout.add_platform(&manifest, &name)?)
        })
        .await
    }

    /// As [`Store::archive`], with what an archive there has under the same name for other platforms.
    ///
    /// # Errors
    /// As [`Store::archive`].
    pub async fn archive_together(
        &self,
        image: &StoredImage,
        file: &Path,
        name: &str,
        compression: Compression,
    ) -> Result<Descriptor> {
        let manifest = {
            let _lock = self.adding().await?;
            self.with_layers(image, self.formed(image, compression).await?)?
        };
        let manifest = listed(image, &manifest);
        let place = std::path::absolute(file).map_err(Error::io(file))?;
        let alone = self.alone_with(&place.display().to_string()).await?;
        let adding = self.adding().await?;
        let (blobs, name) = (self.blobs().clone(), name.to_owned());
        blocking(move || {
            let _held = (alone, adding);
            let mut index = Index::gather(&blobs, &archived(&place, &blobs, &name)?)?;
            index.put(&manifest);
            let index = index.store(&blobs)?;
            let (new, to) = Beside::new(&place)?;
            new.keep(archive::oci(&blobs, &[(index.clone(), Some(name))], to)?)?;
            Ok(index)
        })
        .await
    }

    /// As [`Store::push`], into the index of a name: what the registry has there is fetched, and sent back with the image in it. Gives the
    /// index's digest.
    ///
    /// # Errors
    /// As [`Store::push`], and [`Error::Contended`].
    pub async fn push_together(
        &self,
        image: &StoredImage,
        reference: &Reference,
        client: &Client,
        progress: &dyn Progress,
        compression: Compression,
    ) -> Result<Digest> {
        let _lock = self.adding().await?;
        let manifest = self.send_blobs(image, reference, client, progress, compression).await?;
        let own = listed(image, &manifest);
        let exact = Reference { tag: None, digest: Some(own.digest.clone()), ..reference.clone() };
        // An index is kept only after what it points at.
        client.put_manifest(&exact, &own.media_type, &self.blobs().document(&own)?).await?;
        self.name(&exact, &image.id, By::Pull, None)?;
        let name = reference.to_string();
        let _alone = self.alone_with(&name).await?;
        for number in 0..TRIES {
            let (mut index, before) = self.there(reference, client).await?;
            index.put(&own);
            let bytes = index.to_bytes();
            if before == Some(Digest::of(&bytes)) {
                return Ok(Digest::of(&bytes));
            }
            let digest = client.put_manifest(reference, index.media_type(), &bytes).await?;
            tokio::time::sleep(SETTLE + waiting(&own.digest, number)).await;
            let now = client.manifest(reference).await?;
            if let Document::Index(index) = now.document
                && index.manifests.iter().any(|listed| listed.digest == own.digest)
            {
                return Ok(if now.descriptor.digest == digest { digest } else { now.descriptor.digest });
            }
        }
        Err(Error::Contended { name: reference.familiar() })
    }

    /// What stands under a name in a registry, as an index, and its digest.
    async fn there(&self, reference: &Reference, client: &Client) -> Result<(Index, Option<Digest>)> {
        let answer = match client.manifest(reference).await {
            Ok(answer) => answer,
            Err(oci::Error::NotFound { .. }) => return Ok((Index::new(Vec::new()), None)),
            Err(error) => return Err(error.into()),
        };
        self.blobs().put(&answer.descriptor.media_type, &answer.bytes)?;
        if let Document::Manifest(manifest) = &answer.document {
            client.blob(&reference.repository, &manifest.config, self.blobs(), &()).await?;
        }
        let index = match Index::gather(self.blobs(), std::slice::from_ref(&answer.descriptor)) {
            Ok(index) => index,
            // No image, but something else that was kept under that name.
            Err(oci::Error::Document { .. }) => Index::new(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        Ok((index, Some(answer.descriptor.digest)))
    }

    /// Whoever of this store's users writes what several have waits for the others.
    async fn alone_with(&self, what: &str) -> Result<Lock> {
        Lock::wait(&self.lock_path(&format!("index-{}", file_of(what))), Mode::Alone).await
    }
}

/// The images that an index in the store lists. What is missing or spoilt lists none.
pub(crate) fn images_of(blobs: &Blobs, index: &Digest) -> Vec<Digest> {
    let Ok(size) = std::fs::metadata(blobs.path(index)).map(|meta| meta.len()) else { return Vec::new() };
    let listed = Descriptor::new(oci::media::INDEX, index.clone(), size);
    let Ok(index) = Index::gather(blobs, &[listed]) else { return Vec::new() };
    index.manifests.iter().filter_map(|manifest| image_of(blobs, manifest)).collect()
}

/// The id of the image with this manifest.
fn image_of(blobs: &Blobs, manifest: &Descriptor) -> Option<Digest> {
    let bytes = blobs.document(manifest).ok()?;
    match Document::parse(&bytes, Some(&manifest.media_type), "the manifest").ok()? {
        Document::Manifest(manifest) => Some(manifest.config.digest),
        Document::Index(_) => None,
    }
}

/// An image's manifest, as it stands in an index.
fn listed(image: &StoredImage, manifest: &Descriptor) -> Descriptor {
    let platform = Some(image.image.config.platform());
    Descriptor { platform, ..Descriptor::new(&manifest.media_type, manifest.digest.clone(), manifest.size) }
}

/// What an archive has under a name; its blobs have been kept. One of another kind has nothing, and is replaced.
fn archived(file: &Path, blobs: &Blobs, name: &str) -> Result<Vec<Descriptor>> {
    let opened = match std::fs::File::open(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.map_err(Error::io(file))?,
    };
    let read = match archive::read(decoded(opened)?, blobs) {
        Ok(read) => read,
        Err(error @ (oci::Error::Io { .. } | oci::Error::Stream { .. })) => return Err(error.into()),
        Err(_) => return Ok(Vec::new()),
    };
    let is_named =
        |image: &&Descriptor| image.annotations.get(oci::REF_NAME).is_some_and(|other| other == name);
    Ok(read.index().manifests.iter().filter(is_named).cloned().collect())
}

/// Who tries again at the same time as others waits for another time than they.
fn waiting(own: &Digest, number: u32) -> Duration {
    let of_its_own = own.hex().get(..2).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    Duration::from_millis(of_its_own.unwrap_or_default() * u64::from(number))
}
