//! Images made here: new layers, and what becomes of them together with the image they lie on. What is in a layer comes from `oci`.

use std::io::{Read, Write};
use std::ops::Deref;
use std::path::PathBuf;

use oci::layer::{Compression, Layer, LayerWriter};
use oci::tarball::TarReader;
use oci::{BlobWriter, Descriptor, Digest, History, Image, ImageConfig, Manifest, Platform, media};
use tokio_util::sync::CancellationToken;

use crate::lock::{Lock, Mode};
use crate::store::blocking;
use crate::{Result, Store, StoredImage, apply_changes};

/// A layer that is in the store, and stays there while this is held even if no image has it yet. It is not compressed: only what leaves
/// the machine is.
#[derive(Debug)]
pub struct NewLayer {
    layer: Layer,
    _lock: Lock,
}

impl Deref for NewLayer {
    type Target = Layer;

    fn deref(&self) -> &Layer {
        &self.layer
    }
}

/// The file of a layer that is being written, until nobody wants it any more.
pub struct LayerBlob {
    to: BlobWriter,
    stop: CancellationToken,
}

impl Write for LayerBlob {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.stop.is_cancelled() {
            return Err(std::io::Error::other("nobody wants it any more"));
        }
        self.to.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// What an image is made of, beside the one that it lies on.
#[derive(Debug)]
pub struct Commit<'a> {
    /// Its layers, the lowest first, and how each came to be. Without any, only the configuration changes.
    pub layers: Vec<(&'a NewLayer, History)>,
    /// Its configuration; layers and history in it are put there from the image it lies on.
    pub config: ImageConfig,
    /// Who made it; may be empty.
    pub author: String,
    /// What was done; may be empty.
    pub message: String,
    /// When, in seconds since 1970 (`SOURCE_DATE_EPOCH`); now, when not set.
    pub created: Option<i64>,
}

impl Store {
    /// Makes a layer of what `write` puts into it. With `youngest` (`SOURCE_DATE_EPOCH`) nothing in it is younger than that.
    ///
    /// # Errors
    /// Those of `write`, or nothing can be written.
    pub async fn make_layer(
        &self,
        youngest: Option<i64>,
        write: impl FnOnce(&mut LayerWriter<LayerBlob>) -> Result<()> + Send + 'static,
    ) -> Result<NewLayer> {
        let stop = CancellationToken::new();
        let _ends_with_this = stop.clone().drop_guard();
        self.make_layer_until(youngest, &stop, write).await
    }

    /// As [`Store::make_layer`], for those who say themselves when it shall end, and wait for that.
    pub(crate) async fn make_layer_until(
        &self,
        youngest: Option<i64>,
        stop: &CancellationToken,
        write: impl FnOnce(&mut LayerWriter<LayerBlob>) -> Result<()> + Send + 'static,
    ) -> Result<NewLayer> {
        let _adding = self.adding().await?;
        let (blobs, stop) = (self.blobs().clone(), stop.clone());
        let layer = blocking(move || {
            let blob = LayerBlob { to: blobs.writer()?, stop };
            let mut writer = LayerWriter::new(blob, Compression::None, youngest)?;
            write(&mut writer)?;
            let (layer, blob) = writer.finish()?;
            blob.to.keep(&layer.blob.media_type)?;
            Ok(layer)
        });
        self.hold(layer.await?)
    }

    /// Makes a layer of a tar archive that somebody else has written, as it is.
    ///
    /// # Errors
    /// It is no tar archive, ends early, or cannot be written.
    pub async fn add_layer(&self, tar: impl Read + Send + 'static) -> Result<NewLayer> {
        let stop = CancellationToken::new();
        let _ends_with_this = stop.clone().drop_guard();
        self.add_layer_until(tar, &stop).await
    }

    /// As [`Store::add_layer`], for those who say themselves when it shall end, and wait for that.
    pub(crate) async fn add_layer_until(
        &self,
        tar: impl Read + Send + 'static,
        stop: &CancellationToken,
    ) -> Result<NewLayer> {
        let _adding = self.adding().await?;
        let (blobs, stop) = (self.blobs().clone(), stop.clone());
        let layer = blocking(move || keep_tar(tar, LayerBlob { to: blobs.writer()?, stop }));
        self.hold(layer.await?)
    }

    /// Nobody cleans the layer away before it is part of an image, however long the build takes. The caller holds the store's lock.
    fn hold(&self, layer: Layer) -> Result<NewLayer> {
        let lock = Lock::block(&self.layer_lock(&layer.diff_id), Mode::Shared)?;
        Ok(NewLayer { layer, _lock: lock })
    }

    pub(crate) fn layer_lock(&self, diff_id: &Digest) -> PathBuf {
        self.lock_path(&format!("layer-{}", diff_id.hex()))
    }

    /// Makes an image that lies on another, or on nothing.
    ///
    /// # Errors
    /// The image below is gone, or nothing can be written.
    pub fn commit(&self, from: Option<&StoredImage>, commit: Commit<'_>) -> Result<StoredImage> {
        let _lock = self.adding_now()?;
        let mut image = match from {
            Some(from) => below(self.expect(&from.id.to_string())?.image),
            None => Image::scratch(&commit.config.platform()),
        };
        let created = Some(time(commit.created));
        let (rootfs, history) = (image.config.rootfs, image.config.history);
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let (author, comment) = (some(commit.author), some(commit.message));
        image.config = ImageConfig { rootfs, history, created: created.clone(), ..commit.config };
        if author.is_some() {
            image.config.author.clone_from(&author);
        }
        let note = |history: History| History {
            created: history.created.or_else(|| created.clone()),
            author: history.author.or_else(|| author.clone()),
            comment: history.comment.or_else(|| comment.clone()),
            ..history
        };
        if commit.layers.is_empty() {
            image.config.history.push(History { empty_layer: true, ..note(History::default()) });
        }
        for (layer, history) in commit.layers {
            image.add_layer(&layer.layer, note(history));
        }
        let manifest = image.store(self.blobs())?;
        self.record(&manifest)
    }

    /// Makes an image of a tar archive with a whole root file system, compressed or not, and applies a Dockerfile's instructions to it.
    ///
    /// # Errors
    /// It is no such archive, an instruction cannot be applied, or nothing can be written.
    pub async fn import(
        &self,
        tar: impl Read + Send + 'static,
        platform: &Platform,
        changes: &[String],
        message: &str,
        created: Option<i64>,
    ) -> Result<StoredImage> {
        let mut config = ImageConfig::new(platform);
        apply_changes(&mut config, changes)?;
        let layer = self.add_layer(crate::base::decoded(tar)?).await?;
        let layers = vec![(&layer, History::default())];
        self.commit(
            None,
            Commit { layers, config, author: String::new(), message: message.to_owned(), created },
        )
    }
}

/// An image as one that others lie on: what is said of it alone is left out, and Docker's words are replaced by OCI's.
fn below(image: Image) -> Image {
    let layers = image.manifest.layers.into_iter().map(|layer| {
        let media_type = match layer.media_type.as_str() {
            media::DOCKER_LAYER => media::LAYER.to_owned(),
            media::DOCKER_LAYER_GZIP => media::LAYER_GZIP.to_owned(),
            _ => layer.media_type,
        };
        Descriptor { media_type, ..layer }
    });
    let config = Descriptor { media_type: media::CONFIG.to_owned(), ..image.manifest.config };
    Image { manifest: Manifest::new(config, layers.collect()), config: image.config }
}

/// Keeps a tar archive as a layer, after a look at each entry's header: what is no archive shall not become an image.
fn keep_tar(tar: impl Read, blob: LayerBlob) -> Result<Layer> {
    let mut reader = TarReader::new(Tee { from: tar, to: blob, size: 0 }, "the archive");
    let mut entries = 0;
    while reader.next_entry()?.is_some() {
        entries += 1;
    }
    let mut tee = reader.into_inner();
    // What follows the end mark belongs to the blob all the same.
    std::io::copy(&mut tee, &mut std::io::sink()).map_err(stream)?;
    let plain_size = tee.size;
    let blob = tee.to.to.keep(media::LAYER)?;
    Ok(Layer { diff_id: blob.digest.clone(), blob, plain_size, entries })
}

fn stream(error: std::io::Error) -> crate::Error {
    // A mistake of `oci`'s may have travelled through the stream.
    match error.downcast::<oci::Error>() {
        Ok(error) => error.into(),
        Err(source) => oci::Error::Stream { what: "the archive".to_owned(), source }.into(),
    }
}

/// Keeps what is read.
struct Tee<R> {
    from: R,
    to: LayerBlob,
    size: u64,
}

impl<R: Read> Read for Tee<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.to.write_all(buffer.get(..count).unwrap_or_default())?;
        self.size += count as u64;
        Ok(count)
    }
}

/// A time as configurations have it.
fn time(seconds: Option<i64>) -> String {
    let fixed = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
    fixed.unwrap_or_else(jiff::Timestamp::now).to_string()
}
