//! One image as a value: its manifest and its configuration, which say the same of its layers. Where its blobs are is the matter of
//! [`Blobs`].

use crate::layer::Layer;
use crate::registry::agree;
use crate::{Blobs, Descriptor, Document, Error, History, ImageConfig, Manifest, Platform, Result, media};

/// An image.
///
/// ```
/// # fn main() -> oci::Result<()> {
/// # let dir = tempfile::tempdir().unwrap();
/// let blobs = oci::Blobs::at(dir.path());
/// let mut image = oci::Image::scratch(&oci::Platform::linux("amd64"));
/// image.config.config.env.push("A=1".to_owned());
/// let stored = image.store(&blobs)?;
/// assert_eq!(oci::Image::load(&blobs, &stored)?, image);
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq, Debug)]
pub struct Image {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its configuration.
    pub config: ImageConfig,
}

impl Image {
    /// An image without layers.
    pub fn scratch(platform: &Platform) -> Self {
        let config = ImageConfig::new(platform);
        let blob = Descriptor::of(media::CONFIG, &config.to_bytes());
        Self { manifest: Manifest::new(blob, Vec::new()), config }
    }

    /// Reads an image whose manifest and configuration are here.
    ///
    /// # Errors
    /// They are not, cannot be used, or contradict each other.
    pub fn load(blobs: &Blobs, manifest: &Descriptor) -> Result<Self> {
        let what = format!("the manifest {}", manifest.digest);
        let manifest = match Document::parse(&blobs.document(manifest)?, Some(&manifest.media_type), &what)? {
            Document::Manifest(manifest) => *manifest,
            Document::Index(_) => return Err(Error::document(what, "it is an index")),
        };
        let what = format!("the configuration {}", manifest.config.digest);
        let config = ImageConfig::parse(&blobs.document(&manifest.config)?, &what)?;
        agree(&manifest, &config, &what)?;
        Ok(Self { manifest, config })
    }

    /// Puts a layer on top, and says how it came to be.
    pub fn add_layer(&mut self, layer: &Layer, history: History) {
        self.manifest.layers.push(layer.blob.clone());
        self.config.rootfs.diff_ids.push(layer.diff_id.clone());
        self.config.history.push(History { empty_layer: false, ..history });
    }

    /// Keeps configuration and manifest, with OCI's media types unless the manifest is Docker's. The layers must be here already, or be
    /// where the image is going.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn store(&mut self, blobs: &Blobs) -> Result<Descriptor> {
        let kind = self.manifest.config.media_type.clone();
        self.manifest.config = blobs.put(&kind, &self.config.to_bytes())?;
        let bytes = crate::config::to_json(&self.manifest);
        let stored = blobs.put(self.manifest.media_type(), &bytes)?;
        Ok(Descriptor { platform: Some(self.config.platform()), ..stored })
    }
}
