//! Bases that come from no registry: layouts, archives, root file systems, what debootstrap makes, nothing. Each becomes an image once;
//! the same base is the same image, and costs a look.
//!
//! | base | is the same when |
//! |---|---|
//! | layout | the manifest is |
//! | archive, root file system in a file | path, size, time and number of the file are; else when its content is |
//! | directory | name, kind, owner, mode, size and times of everything in it are; else when its content is |
//! | debootstrap | suite, mirror, variant, packages and processor are, until the image is removed |

use std::future::Future;
use std::io::Read;
use std::path::{Path, PathBuf};

use oci::{Descriptor, Digest, History, Image, ImageConfig, Layout, Platform, archive};
use serde::{Deserialize, Serialize};
use tintype_sdk::Cx;

use crate::lock::{Lock, Mode};
use crate::names::file_of;
use crate::store::{Part, blocking};
use crate::{Error, NewLayer, Result, Store, StoredImage};

mod debootstrap;
mod decode;
mod directory;

pub use debootstrap::Debootstrap;
pub(crate) use decode::decoded;
#[cfg(all(test, target_os = "linux"))]
pub(crate) use decode::within;

/// What an image begins with, other than one from a registry.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Base {
    /// Nothing at all.
    Scratch,
    /// An image in an OCI layout.
    Layout {
        /// The directory.
        dir: PathBuf,
        /// The image's name in it. Nothing: the only one.
        name: Option<String>,
    },
    /// An image in an OCI or docker archive; which it is, is seen from it.
    Archive {
        /// The file.
        file: PathBuf,
        /// The image's name in it. Nothing: the only one.
        name: Option<String>,
    },
    /// A whole root file system as a tar archive, plain or compressed with gzip, zstd, xz or bzip2.
    RootfsTar(PathBuf),
    /// A whole root file system in a directory, as it is now.
    RootfsDir(PathBuf),
    /// A new Debian or Ubuntu.
    Debootstrap(Debootstrap),
}

/// What stands in a base's document.
#[derive(Serialize, Deserialize)]
pub(crate) struct Made {
    /// What identifies the base.
    key: String,
    pub(crate) image: Digest,
}

impl Store {
    /// The image of a base, which is made where it is not there already.
    ///
    /// # Errors
    /// The base is not there, is none, or cannot be read; nothing can be written.
    pub async fn base(&self, base: &Base, platform: &Platform, cx: &Cx) -> Result<StoredImage> {
        match base {
            Base::Scratch => {
                self.once(format!("scratch {platform}"), async {
                    Ok(Image::scratch(platform).store(self.blobs())?)
                })
                .await
            }
            Base::Layout { dir, name } => {
                let layout = Layout::open(dir)?;
                let manifest = layout.find(name.as_deref(), platform)?;
                self.once(format!("manifest {}", manifest.digest), self.take_layout(layout, manifest)).await
            }
            Base::Archive { file, name } => {
                let key = format!("archive {} {name:?} {platform}", identity(file)?);
                self.once(key, self.take_archive(file, name.clone(), platform)).await
            }
            Base::RootfsTar(file) => {
                let key = format!("tar {} {platform}", identity(file)?);
                self.once(key, async {
                    let tar = std::fs::File::open(file).map_err(Error::io(file))?;
                    let layer = self.add_layer(decoded(tar)?).await.map_err(|error| named(file, error))?;
                    if layer.entries == 0 {
                        return Err(named(file, "there is nothing in it"));
                    }
                    self.rootfs(ImageConfig::new(platform), &layer)
                })
                .await
            }
            Base::RootfsDir(dir) => {
                let tree = dir.clone();
                let key = blocking(move || directory::identity(&tree)).await?;
                self.once(format!("directory {key} {platform}"), async {
                    let layer = self.layer_of(dir, &[]).await?;
                    self.rootfs(ImageConfig::new(platform), &layer)
                })
                .await
            }
            Base::Debootstrap(debootstrap) => {
                let key = debootstrap.key(platform);
                self.once(key, self.debootstrap(debootstrap, platform, cx)).await
            }
        }
    }

    /// Makes the image of a base, unless it has been made. Whoever else wants the same meanwhile waits for it.
    async fn once(&self, key: String, make: impl Future<Output = Result<Descriptor>>) -> Result<StoredImage> {
        let file = file_of(&key);
        if let Some(image) = self.made(&file)? {
            return Ok(image);
        }
        let _making = Lock::wait(&self.lock_path(&format!("base-{file}")), Mode::Alone).await?;
        if let Some(image) = self.made(&file)? {
            return Ok(image);
        }
        let _adding = self.adding().await?;
        let manifest = make.await?;
        let image = self.record(&manifest)?;
        self.write(Part::Bases, &file, &Made { key, image: image.id.clone() })?;
        Ok(image)
    }

    fn made(&self, file: &str) -> Result<Option<StoredImage>> {
        // A list that was spoilt is made anew.
        let Some(made) = self.read::<Made>(Part::Bases, file).unwrap_or_default() else { return Ok(None) };
        let Some(image) = self.by_id(&made.image)? else { return Ok(None) };
        if !image.image.manifest.layers.iter().all(|layer| self.blobs().has(layer)) {
            return Ok(None);
        }
        self.touch(Part::Images, image.id.hex());
        Ok(Some(image))
    }

    async fn take_layout(&self, layout: Layout, manifest: Descriptor) -> Result<Descriptor> {
        let blobs = self.blobs().clone();
        blocking(move || {
            // Copied and checked: others may change what is in a layout.
            let take = |blob: &Descriptor| {
                if blobs.has(blob) {
                    Ok(())
                } else {
                    blobs.put_from(blob, &mut layout.blobs().open(&blob.digest)?)
                }
            };
            take(&manifest)?;
            let image = Image::load(layout.blobs(), &manifest)?;
            take(&image.manifest.config)?;
            image.manifest.layers.iter().try_for_each(take)?;
            Ok(manifest)
        })
        .await
    }

    async fn take_archive(
        &self,
        file: &Path,
        name: Option<String>,
        platform: &Platform,
    ) -> Result<Descriptor> {
        let (blobs, path, platform) = (self.blobs().clone(), file.to_owned(), platform.clone());
        let found = blocking(move || {
            let file = std::fs::File::open(&path).map_err(Error::io(&path))?;
            let archive = archive::read(decoded(file)?, &blobs)?;
            let manifest = archive.find(&blobs, name.as_deref(), &platform)?;
            let image = Image::load(&blobs, &manifest)?;
            match image.manifest.layers.iter().find(|layer| !blobs.has(layer)) {
                Some(layer) => {
                    Err(oci::Error::NotFound { what: format!("the layer {}", layer.digest) }.into())
                }
                None => Ok(manifest),
            }
        });
        found.await.map_err(|error| named(file, error))
    }

    /// An image of one layer, the same for the same layer.
    fn rootfs(&self, config: ImageConfig, layer: &NewLayer) -> Result<Descriptor> {
        let mut image = Image { config, ..Image::scratch(&Platform::host()) };
        image.add_layer(
            layer,
            History { created_by: Some("root file system".to_owned()), ..History::default() },
        );
        Ok(image.store(self.blobs())?)
    }
}

/// What tells a file from all others without reading it.
fn identity(file: &Path) -> Result<String> {
    let whole = file.canonicalize().map_err(Error::io(file))?;
    let meta = whole.metadata().map_err(Error::io(file))?;
    if !meta.is_file() {
        return Err(named(file, "it is no file"));
    }
    Ok(format!("{:?} {}", whole, directory::stat(&meta)))
}

fn named(what: &Path, why: impl std::fmt::Display) -> Error {
    Error::Base { what: what.display().to_string(), why: why.to_string() }
}

/// Something to read in another thread.
pub(crate) type Reader = Box<dyn Read + Send>;
