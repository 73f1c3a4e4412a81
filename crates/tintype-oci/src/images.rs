//! Images of the store, and how they are found: by id, by the beginning of one, by name. Names are given in `names`.

use oci::{Descriptor, Digest, Image, Reference};
use serde::{Deserialize, Serialize};

use crate::names::{Name, names_of};
use crate::store::Part;
use crate::{Error, Result, Store};

/// Fewer letters than this are no beginning of an id.
const SHORTEST_ID: usize = 2;

/// An image in the store.
#[derive(Clone, PartialEq, Debug)]
pub struct StoredImage {
    /// Its id, as Docker counts: the digest of its configuration.
    pub id: Digest,
    /// Where its manifest is among the blobs.
    pub manifest: Descriptor,
    /// Manifest and configuration.
    pub image: Image,
    /// Its names with tags, when it was looked up.
    pub tags: Vec<Reference>,
    /// Its names by digest, under which registries have it.
    pub digests: Vec<Reference>,
}

/// What stands in an image's document.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) manifest: Descriptor,
}

impl Store {
    /// Finds an image: by its id (`sha256:…`, with or without that word), by a name as docker reads names, or by the beginning of an id
    /// that no other image has.
    ///
    /// # Errors
    /// Several ids begin so, or the store cannot be read. That there is none is no mistake.
    pub fn image(&self, name: &str) -> Result<Option<StoredImage>> {
        let plain = name.strip_prefix("sha256:").unwrap_or(name);
        let is_hex = plain.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if is_hex && plain.len() == 64 {
            return match format!("sha256:{plain}").parse() {
                Ok(id) => self.by_id(&id),
                Err(_) => Ok(None),
            };
        }
        if let Ok(reference) = name.parse::<Reference>()
            && let Some(id) = self.named(&reference)?
        {
            return self.by_id(&id);
        }
        if !is_hex || plain.len() < SHORTEST_ID {
            return Ok(None);
        }
        let ids: Vec<String> =
            self.list(Part::Images)?.into_iter().filter(|id| id.starts_with(plain)).collect();
        match ids.as_slice() {
            [] => Ok(None),
            [id] => match format!("sha256:{id}").parse() {
                Ok(id) => self.by_id(&id),
                Err(_) => Ok(None),
            },
            _ => Err(Error::Ambiguous { name: name.to_owned() }),
        }
    }

    /// As [`Store::image`], for those who need it.
    ///
    /// # Errors
    /// There is none, too.
    pub fn expect(&self, name: &str) -> Result<StoredImage> {
        self.image(name)?.ok_or_else(|| Error::NoImage { name: name.to_owned() })
    }

    /// All images.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn images(&self) -> Result<Vec<StoredImage>> {
        let (names, mut images) = (self.all_names()?, Vec::new());
        for id in self.list(Part::Images)? {
            let Ok(id) = format!("sha256:{id}").parse() else { continue };
            match self.with_names(&id, &names) {
                Ok(image) => images.extend(image),
                // Whoever asks for it alone is told.
                Err(Error::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(images)
    }

    pub(crate) fn by_id(&self, id: &Digest) -> Result<Option<StoredImage>> {
        self.with_names(id, &self.all_names()?)
    }

    /// An image, when all names are known.
    pub(crate) fn with_names(&self, id: &Digest, names: &[Name]) -> Result<Option<StoredImage>> {
        let Some(Document { manifest }) = self.read(Part::Images, id.hex())? else { return Ok(None) };
        let image = match Image::load(self.blobs(), &manifest) {
            Ok(image) => image,
            // Its blobs are gone or spoilt: there is no such image any more, and it may be fetched or made again.
            Err(oci::Error::NotFound { .. } | oci::Error::Mismatch { .. } | oci::Error::Length { .. }) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let (tags, digests) = names_of(id, names);
        Ok(Some(StoredImage { id: id.clone(), manifest, image, tags, digests }))
    }

    /// Writes down an image whose blobs are here. The caller holds the store's lock.
    pub(crate) fn record(&self, manifest: &Descriptor) -> Result<StoredImage> {
        let image = Image::load(self.blobs(), manifest)?;
        let id = image.manifest.config.digest.clone();
        self.write(Part::Images, id.hex(), &Document { manifest: manifest.clone() })?;
        let (tags, digests) = names_of(&id, &self.all_names()?);
        Ok(StoredImage { id, manifest: manifest.clone(), image, tags, digests })
    }
}

/// The image's layers with their digests before they were compressed, the lowest first.
pub(crate) fn layers(image: &StoredImage) -> impl Iterator<Item = (&Descriptor, &Digest)> {
    image.image.manifest.layers.iter().zip(&image.image.config.rootfs.diff_ids)
}
