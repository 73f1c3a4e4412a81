//! OCI layouts: images in a directory. Archives are in `archive`.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::blobs::LARGEST_DOCUMENT;
use crate::config::to_json;
use crate::{Blobs, Descriptor, Document, Error, Index, Platform, Result};

/// The note that gives an image in a layout its name.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// The file that says that a directory is a layout.
pub(crate) const MARKER: &str = "oci-layout";

/// The file that lists the images.
pub(crate) const INDEX: &str = "index.json";

/// What stands in the marker.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Marker {
    image_layout_version: String,
}

pub(crate) fn marker() -> Vec<u8> {
    to_json(&Marker { image_layout_version: "1.0.0".to_owned() })
}

/// Reads a marker; `what` names it in messages.
pub(crate) fn check_marker(bytes: &[u8], what: &str) -> Result<()> {
    let marker: Marker =
        serde_json::from_slice(bytes).map_err(|error| Error::document(what, error.to_string()))?;
    if !marker.image_layout_version.starts_with("1.") {
        let why = format!("it is a layout of version {:?}", marker.image_layout_version);
        return Err(Error::document(what, why));
    }
    Ok(())
}

/// A directory with images.
///
/// ```
/// # fn main() -> oci::Result<()> {
/// # let dir = tempfile::tempdir().unwrap();
/// let layout = oci::Layout::create(dir.path().join("images"))?;
/// let image = oci::Image::scratch(&oci::Platform::linux("amd64")).store(layout.blobs())?;
/// layout.add(&image, Some("latest"))?;
/// assert_eq!(layout.find(Some("latest"), &oci::Platform::linux("amd64"))?.digest, image.digest);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct Layout {
    root: PathBuf,
    blobs: Blobs,
}

impl Layout {
    /// Opens a layout, and makes it where there is none.
    ///
    /// # Errors
    /// It cannot be made, or is none.
    pub fn create(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        fs::create_dir_all(root.join("blobs").join("sha256")).map_err(Error::io(&root))?;
        let layout = Self { blobs: Blobs::at(root.join("blobs")), root };
        if !layout.root.join(INDEX).exists() {
            let _lock = layout.lock()?;
            if !layout.root.join(INDEX).exists() {
                layout.write(INDEX, &to_json(&Index::new(Vec::new())))?;
            }
        }
        Self::open(layout.root)
    }

    /// Opens a layout that is there.
    ///
    /// # Errors
    /// It is not, or is none.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        let layout = Self { blobs: Blobs::at(root.join("blobs")), root };
        let path = layout.root.join(MARKER);
        check_marker(&read(&path)?, &path.display().to_string())?;
        Ok(layout)
    }

    /// Its blobs.
    pub fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    /// The images that it lists.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn index(&self) -> Result<Index> {
        let path = self.root.join(INDEX);
        let what = path.display().to_string();
        match Document::parse(&read(&path)?, None, &what)? {
            Document::Index(index) => Ok(*index),
            Document::Manifest(_) => Err(Error::document(what, "it is no index")),
        }
    }

    /// Finds the manifest of an image: by its name, or the only one there is.
    ///
    /// # Errors
    /// There is none, there are several, or none is for the platform.
    pub fn find(&self, name: Option<&str>, platform: &Platform) -> Result<Descriptor> {
        find(&self.index()?, &self.blobs, name, platform, &self.root.display().to_string())
    }

    /// Lists an image or an index whose blobs are here, under a name. What had the name before loses it.
    ///
    /// # Errors
    /// The list cannot be read or written.
    pub fn add(&self, image: &Descriptor, name: Option<&str>) -> Result<()> {
        let _lock = self.lock()?;
        let mut index = self.index()?;
        let mut image = image.clone();
        match name {
            Some(name) => drop(image.annotations.insert(REF_NAME.to_owned(), name.to_owned())),
            None => drop(image.annotations.remove(REF_NAME)),
        }
        index.manifests.retain(|other| {
            let named = name.is_some() && other.annotations.get(REF_NAME).map(String::as_str) == name;
            let same = other.digest == image.digest
                && other.annotations.get(REF_NAME) == image.annotations.get(REF_NAME);
            !named && !same
        });
        index.manifests.push(image);
        self.write(INDEX, &to_json(&index))
    }

    /// Puts an image whose blobs are here into the index of a name, in the place of the one for its platform. What stood under the name
    /// before, an index or an image, stays in it. Gives the index.
    ///
    /// # Errors
    /// The list or what stands under the name cannot be read, or nothing can be written.
    pub fn add_platform(&self, image: &Descriptor, name: &str) -> Result<Descriptor> {
        let _lock = self.lock()?;
        let mut list = self.index()?;
        let is_named =
            |other: &Descriptor| other.annotations.get(REF_NAME).is_some_and(|other| other == name);
        let (named, mut rest): (Vec<_>, Vec<_>) = list.manifests.into_iter().partition(is_named);
        let mut index = Index::gather(&self.blobs, &named)?;
        index.put(image);
        let index = index.store(&self.blobs)?;
        let mut listed = index.clone();
        listed.annotations.insert(REF_NAME.to_owned(), name.to_owned());
        rest.push(listed);
        list.manifests = rest;
        self.write(INDEX, &to_json(&list))?;
        Ok(index)
    }

    /// Several programs may add images at the same time.
    fn lock(&self) -> Result<File> {
        let path = self.root.join(MARKER);
        let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(Error::io(&path))?;
        file.lock().map_err(Error::io(&path))?;
        if file.metadata().map_err(Error::io(&path))?.len() == 0 {
            file.write_all(&marker()).map_err(Error::io(&path))?;
        }
        Ok(file)
    }

    /// Writes a file so that whoever reads it finds all of the old one or all of the new one.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.root.join(name);
        let file =
            tempfile::Builder::new().prefix(".new-").tempfile_in(&self.root).map_err(Error::io(&path))?;
        file.as_file().write_all(bytes).map_err(Error::io(&path))?;
        crate::blobs::readable(file.as_file()).map_err(Error::io(&path))?;
        file.persist(&path).map(drop).map_err(|error| Error::Io { path, source: error.error })
    }
}

/// Finds the manifest of an image among those of an index.
pub(crate) fn find(
    index: &Index,
    blobs: &Blobs,
    name: Option<&str>,
    platform: &Platform,
    what: &str,
) -> Result<Descriptor> {
    let named: Vec<Descriptor> = match name {
        Some(name) => index
            .manifests
            .iter()
            .filter(|image| image.annotations.get(REF_NAME).is_some_and(|other| other == name))
            .cloned()
            .collect(),
        None => index.manifests.clone(),
    };
    let shown = name.map_or_else(|| what.to_owned(), |name| format!("{name} in {what}"));
    let chosen = match named.as_slice() {
        [] => return Err(Error::NotFound { what: shown }),
        [only] => only.clone(),
        several => {
            let names: Vec<_> = several.iter().map(|image| image.annotations.get(REF_NAME)).collect();
            if names.iter().any(|other| *other != *names.first().unwrap_or(&None)) {
                let names: Vec<&str> = names.into_iter().flatten().map(String::as_str).collect();
                return Err(Error::document(
                    shown,
                    format!("it has several images, and none is named: {}", names.join(", ")),
                ));
            }
            platform.choose(several, &shown)?.clone()
        }
    };
    if !crate::media::is_index(&chosen.media_type) {
        return Ok(chosen);
    }
    match Document::parse(&blobs.document(&chosen)?, Some(&chosen.media_type), &shown)? {
        Document::Index(inner) => platform.choose(&inner.manifests, &shown).cloned(),
        Document::Manifest(_) => Ok(chosen),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let file = File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::NotFound { what: path.display().to_string() },
        _ => Error::Io { path: path.to_owned(), source: error },
    })?;
    let mut bytes = Vec::new();
    file.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes).map_err(Error::io(path))?;
    if bytes.len() as u64 > LARGEST_DOCUMENT {
        return Err(Error::TooLarge { what: path.display().to_string(), limit: LARGEST_DOCUMENT });
    }
    Ok(bytes)
}
