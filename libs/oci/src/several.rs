//! Images for several platforms under one name: an index gets an image, in the place of the one that it had for that platform. Where the
//! index stands (a layout, an archive, a registry) and who may write it meanwhile is for those who keep it.

use crate::config::to_json;
use crate::{Blobs, Descriptor, Document, Image, Index, Result, media};

/// The note of an attestation that says to which image it belongs.
const ATTESTED: &str = "vnd.docker.reference.digest";

impl Index {
    /// An index of what stands under one name now: indexes with all that they list, images by themselves. Those that do not say for
    /// which platform they are, are asked for it, so their documents must be here.
    ///
    /// # Errors
    /// A document is missing or damaged.
    pub fn gather(blobs: &Blobs, named: &[Descriptor]) -> Result<Self> {
        let mut index = Self::new(Vec::new());
        for one in named {
            if media::is_index(&one.media_type) {
                let what = format!("the index {}", one.digest);
                let document = Document::parse(&blobs.document(one)?, Some(&one.media_type), &what)?;
                if let Document::Index(inner) = document {
                    index.annotations.extend(inner.annotations);
                    index.manifests.extend(inner.manifests);
                }
            } else {
                let platform = match &one.platform {
                    Some(platform) => platform.clone(),
                    None => Image::load(blobs, one)?.config.platform(),
                };
                index.manifests.push(Descriptor { platform: Some(platform), ..listed(one) });
            }
        }
        Ok(index)
    }

    /// Takes an image in, in the place of those that are listed for its platform, with what is attested of them. Images stand in the order
    /// of their platforms, whichever came first, so the same images give the same bytes.
    pub fn put(&mut self, image: &Descriptor) {
        let replaced = |other: &Descriptor| match (&other.platform, &image.platform) {
            (Some(other), Some(own)) => other.is_same(own),
            (None, None) => true,
            _ => false,
        };
        let gone: Vec<String> = self
            .manifests
            .iter()
            .filter(|other| replaced(other) && other.digest != image.digest)
            .map(|other| other.digest.to_string())
            .collect();
        self.manifests.retain(|other| {
            !replaced(other) && !other.annotations.get(ATTESTED).is_some_and(|digest| gone.contains(digest))
        });
        self.manifests.push(listed(image));
        let order = |one: &Descriptor| {
            let platform = one.platform.as_ref();
            // What is for nobody's system stands last, and stays in its order.
            let no_image = platform.is_none_or(|platform| platform.os == "unknown");
            (no_image, platform.filter(|_| !no_image).map(ToString::to_string))
        };
        self.manifests.sort_by_cached_key(order);
    }

    /// Its bytes, as they are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        to_json(self)
    }

    /// Keeps it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn store(&self, blobs: &Blobs) -> Result<Descriptor> {
        blobs.put(self.media_type(), &self.to_bytes())
    }
}

/// An image as it stands in an index: without the name that it had outside.
fn listed(image: &Descriptor) -> Descriptor {
    let mut listed = image.clone();
    listed.annotations.remove(crate::REF_NAME);
    listed
}
