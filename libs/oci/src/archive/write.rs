//! Writes archives. The same images give the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};

use super::{DOCKER_LIST, Listed};
use crate::config::to_json;
use crate::layer::{LayerReader, Limits};
use crate::layout::{INDEX, REF_NAME, marker};
use crate::tarball::{Entry, Kind, TarWriter};
use crate::{Blobs, Descriptor, Digest, Document, Error, Image, Index, Reference, Result, media};

/// Writes an OCI archive with these images or indexes, each with a name if it has one.
///
/// # Errors
/// A blob is missing, or nothing can be written.
pub fn oci<W: Write>(blobs: &Blobs, images: &[(Descriptor, Option<String>)], to: W) -> Result<W> {
    let mut wanted = BTreeMap::new();
    for (image, _) in images {
        gather(blobs, image, &mut wanted)?;
    }
    let listed = images.iter().map(|(image, name)| {
        let mut image = image.clone();
        if let Some(name) = name {
            image.annotations.insert(REF_NAME.to_owned(), name.clone());
        }
        image
    });
    let index = to_json(&Index::new(listed.collect()));
    let mut tar = Out::new(to);
    tar.bytes(crate::layout::MARKER, &marker())?;
    tar.bytes(INDEX, &index)?;
    for (digest, size) in wanted {
        let path = blob_path(&digest);
        tar.folders(&path)?;
        let mut file = blobs.open(&digest)?;
        tar.file(&path, size, &mut file)?;
    }
    tar.finish()
}

/// All blobs that belong to an image or an index.
fn gather(blobs: &Blobs, image: &Descriptor, wanted: &mut BTreeMap<Digest, u64>) -> Result<()> {
    if wanted.insert(image.digest.clone(), image.size).is_some() {
        return Ok(());
    }
    let what = format!("the manifest {}", image.digest);
    match Document::parse(&blobs.document(image)?, Some(&image.media_type), &what)? {
        Document::Manifest(manifest) => {
            for blob in std::iter::once(&manifest.config).chain(&manifest.layers) {
                wanted.insert(blob.digest.clone(), blob.size);
            }
        }
        Document::Index(index) => {
            for image in &index.manifests {
                // An index inside of an index belongs to nobody's image.
                if media::is_manifest(&image.media_type) {
                    gather(blobs, image, wanted)?;
                }
            }
        }
    }
    Ok(())
}

/// An image for Docker's archive.
pub struct DockerImage<'a> {
    /// The image.
    pub image: &'a Image,
    /// Its names; those with a digest are left out, since Docker's archives have none.
    pub names: &'a [Reference],
}

/// Writes what `docker load` reads. Layers in zstd, which older Engines cannot read, are written as they were before. Layers for which
/// `omit` says so are listed and not written: an Engine that has them does not look for them.
///
/// # Errors
/// A blob is missing, or nothing can be written.
pub fn docker<W: Write>(
    blobs: &Blobs,
    images: &[DockerImage<'_>],
    omit: &dyn Fn(&Digest) -> bool,
    to: W,
) -> Result<W> {
    let mut tar = Out::new(to);
    let mut written = BTreeSet::new();
    let mut list = Vec::new();
    for DockerImage { image, names } in images {
        let config = image.config.to_bytes();
        // The Engine names the image after this.
        let digest = Digest::of(&config);
        let config_path = format!("{}.json", digest.hex());
        if written.insert(config_path.clone()) {
            tar.bytes(&config_path, &config)?;
        }
        let mut layers = Vec::new();
        for (blob, diff_id) in image.manifest.layers.iter().zip(&image.config.rootfs.diff_ids) {
            if omit(diff_id) {
                layers.push(blob_path(diff_id));
                continue;
            }
            let zstd = is_zstd(blobs, blob)?;
            // Under the digest of what is written: some readers check it.
            let path = blob_path(if zstd { diff_id } else { &blob.digest });
            layers.push(path.clone());
            if !written.insert(path.clone()) {
                continue;
            }
            tar.folders(&path)?;
            if zstd {
                let size = plain_size(blobs, blob)?;
                tar.file(&path, size, &mut plain(blobs, blob)?)?;
            } else {
                tar.file(&path, blob.size, &mut blobs.open(&blob.digest)?)?;
            }
        }
        let repo_tags = names.iter().filter(|name| name.digest.is_none()).map(Reference::familiar).collect();
        list.push(Listed { config: config_path, repo_tags, layers });
    }
    tar.bytes(DOCKER_LIST, &to_json(&list))?;
    tar.finish()
}

fn is_zstd(blobs: &Blobs, blob: &Descriptor) -> Result<bool> {
    let mut magic = Vec::new();
    blobs.open(&blob.digest)?.take(4).read_to_end(&mut magic).map_err(Error::io(blobs.path(&blob.digest)))?;
    Ok(magic == [0x28, 0xb5, 0x2f, 0xfd])
}

/// A layer as it is before it is compressed. It has been unpacked, or made here: a bomb would have been found.
fn plain(blobs: &Blobs, blob: &Descriptor) -> Result<LayerReader<std::fs::File>> {
    LayerReader::new(blobs.open(&blob.digest)?, blob.digest.algorithm(), Limits::NONE)
}

/// How large a layer is before it is compressed, which stands nowhere.
fn plain_size(blobs: &Blobs, blob: &Descriptor) -> Result<u64> {
    io::copy(&mut plain(blobs, blob)?, &mut io::sink())
        .map_err(Error::stream(&format!("the layer {}", blob.digest)))
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

/// An archive on its way out.
struct Out<W> {
    tar: TarWriter<W>,
    folders: BTreeSet<String>,
}

impl<W: Write> Out<W> {
    fn new(to: W) -> Self {
        Self { tar: TarWriter::new(to), folders: BTreeSet::new() }
    }

    fn folders(&mut self, path: &str) -> Result<()> {
        for (at, _) in path.match_indices('/') {
            let folder = path.get(..at).unwrap_or_default();
            if self.folders.insert(folder.to_owned()) {
                self.tar.append(&Entry::new(folder, Kind::Directory, 0o755), &mut io::empty())?;
            }
        }
        Ok(())
    }

    fn bytes(&mut self, path: &str, bytes: &[u8]) -> Result<()> {
        self.file(path, bytes.len() as u64, &mut &*bytes)
    }

    fn file(&mut self, path: &str, size: u64, content: &mut dyn Read) -> Result<()> {
        self.tar.append(&Entry { size, ..Entry::new(path, Kind::File, 0o644) }, content)
    }

    fn finish(self) -> Result<W> {
        self.tar.finish()
    }
}
