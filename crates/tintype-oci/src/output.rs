//! Images out of the store into files: layouts, archives, and what `docker load` reads. Files are written beside their place and moved
//! there when they are whole. Registries are in `push`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use oci::archive::{self, DockerImage};
use oci::layer::Compression;
use oci::{Blobs, Descriptor, Digest, Document, Layout, Reference};

use crate::store::blocking;
use crate::{Error, Result, Store, StoredImage};

/// Writes go to a disk in pieces of this size.
const BUFFER: usize = 1 << 20;

/// An image for `docker load`.
#[derive(Clone, PartialEq, Debug)]
pub struct Saved {
    /// The image.
    pub image: StoredImage,
    /// The names it is to have.
    pub names: Vec<Reference>,
}

impl Store {
    /// Writes what `docker load` reads. Layers for which `omit` says so are listed and not written: an Engine that has them does not look
    /// for them.
    ///
    /// # Errors
    /// A blob is missing, or nothing can be written.
    pub async fn save<W: Write + Send + 'static>(
        &self,
        images: Vec<Saved>,
        omit: impl Fn(&Digest) -> bool + Send + 'static,
        to: W,
    ) -> Result<W> {
        let blobs = self.blobs().clone();
        blocking(move || {
            let list: Vec<DockerImage<'_>> = images
                .iter()
                .map(|saved| DockerImage { image: &saved.image.image, names: &saved.names })
                .collect();
            Ok(archive::docker(&blobs, &list, &omit, to)?)
        })
        .await
    }

    /// Writes a file that `docker load` reads.
    ///
    /// # Errors
    /// As [`Store::save`].
    pub async fn save_file(&self, images: Vec<Saved>, file: &Path) -> Result<()> {
        let (new, to) = Beside::new(file)?;
        let to = self.save(images, |_| false, to).await?;
        new.keep(to)
    }

    /// Puts an image into an OCI layout, which is made where there is none, under a name. Blobs of the store and of the layout may be the
    /// same files. Gives the manifest.
    ///
    /// # Errors
    /// The directory is something else, or nothing can be written.
    pub async fn layout(
        &self,
        image: &StoredImage,
        dir: &Path,
        name: Option<&str>,
        compression: Compression,
    ) -> Result<Descriptor> {
        let _lock = self.adding().await?;
        let manifest = self.with_layers(image, self.formed(image, compression).await?)?;
        let (blobs, dir, name) = (self.blobs().clone(), dir.to_owned(), name.map(str::to_owned));
        blocking(move || {
            let layout = Layout::create(dir)?;
            adopt(layout.blobs(), &blobs, &manifest)?;
            layout.add(&manifest, name.as_deref())?;
            Ok(manifest)
        })
        .await
    }

    /// Writes an OCI archive with an image under a name. Gives the manifest.
    ///
    /// # Errors
    /// A blob is missing, or nothing can be written.
    pub async fn archive(
        &self,
        image: &StoredImage,
        file: &Path,
        name: Option<&str>,
        compression: Compression,
    ) -> Result<Descriptor> {
        let _lock = self.adding().await?;
        let manifest = self.with_layers(image, self.formed(image, compression).await?)?;
        let (blobs, name, (new, to)) = (self.blobs().clone(), name.map(str::to_owned), Beside::new(file)?);
        let listed = [(manifest.clone(), name)];
        let to = blocking(move || Ok(archive::oci(&blobs, &listed, to)?)).await?;
        new.keep(to)?;
        Ok(manifest)
    }
}

/// Takes all blobs of an image over into another directory.
pub(crate) fn adopt(to: &Blobs, from: &Blobs, manifest: &Descriptor) -> Result<()> {
    let what = format!("the manifest {}", manifest.digest);
    let Document::Manifest(document) =
        Document::parse(&from.document(manifest)?, Some(&manifest.media_type), &what)?
    else {
        return Err(oci::Error::Document { what, why: "it is an index".to_owned() }.into());
    };
    for blob in document.layers.iter().filter(|layer| !oci::media::is_foreign(&layer.media_type)) {
        to.adopt(from, blob)?;
    }
    to.adopt(from, &document.config)?;
    Ok(to.adopt(from, manifest)?)
}

/// A file that is written beside its place. Dropped before it is kept, it is gone at once, even while somebody is still writing.
pub(crate) struct Beside {
    path: tempfile::TempPath,
    place: PathBuf,
}

impl Beside {
    pub(crate) fn new(place: &Path) -> Result<(Self, BufWriter<File>)> {
        let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(Error::io(place))?;
        let (file, path) = file.into_parts();
        Ok((Self { path, place: place.to_owned() }, BufWriter::with_capacity(BUFFER, file)))
    }

    pub(crate) fn keep(self, written: BufWriter<File>) -> Result<()> {
        let Self { path, place } = self;
        let file = written.into_inner().map_err(|error| Error::io(&place)(error.into_error()))?;
        readable(&file).map_err(Error::io(&place))?;
        drop(file);
        path.persist(&place).map_err(|error| Error::io(&place)(error.error))
    }
}

/// Temporary files are for their owner only.
#[cfg(unix)]
fn readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> std::io::Result<()> {
    Ok(())
}
