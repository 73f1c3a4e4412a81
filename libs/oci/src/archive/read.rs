//! Reads archives, compressed or not. Names in them only say which file is which: nothing is written under them.

use std::collections::HashMap;
use std::io::{self, Read};

use super::{DOCKER_LIST, Listed};
use crate::blobs::LARGEST_DOCUMENT;
use crate::layer::{Compression, LayerReader, Limits};
use crate::layout::{INDEX, MARKER, check_marker, find};
use crate::tarball::{Chunk, Kind, TarReader};
use crate::{
    Algorithm, Blobs, Descriptor, Digest, Document, Error, Image, Index, Manifest, Platform, Result, media,
};

/// More files than this stand in no archive of images.
const MOST_FILES: u64 = 100_000;

/// As many links lead from one layer to another.
const MOST_LINKS: u32 = 16;

/// What an archive holds; its blobs have been kept.
#[derive(Clone, PartialEq, Debug)]
pub struct Archive {
    index: Index,
    /// The images of Docker's archives, with their names.
    pub images: Vec<ArchivedImage>,
}

/// An image in Docker's archive.
#[derive(Clone, PartialEq, Debug)]
pub struct ArchivedImage {
    /// Its manifest, which has been made: the archive has none.
    pub manifest: Descriptor,
    /// Its names, with their tags, as they stand there.
    pub names: Vec<String>,
}

impl Archive {
    /// The index of an OCI archive; of Docker's, one that lists its images without names.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Finds the manifest of an image: by its name or tag, or the only one there is.
    ///
    /// # Errors
    /// There is none, there are several, or none is for the platform.
    pub fn find(&self, blobs: &Blobs, name: Option<&str>, platform: &Platform) -> Result<Descriptor> {
        let wanted = |image: &&ArchivedImage| {
            name.is_some_and(|name| {
                image.names.iter().any(|other| {
                    let same = |one: &str, other: &str| match (one.parse::<crate::Reference>(), other.parse())
                    {
                        (Ok(one), Ok(other)) => one == other,
                        _ => one == other,
                    };
                    same(other, name)
                })
            })
        };
        if let Some(image) = self.images.iter().find(wanted) {
            return Ok(image.manifest.clone());
        }
        find(&self.index, blobs, name, platform, "the archive")
    }
}

/// Reads an archive of either kind, and keeps its blobs.
///
/// # Errors
/// It is damaged, or none of both; a blob in it is not what its digest says; nothing can be written.
pub fn read(from: impl Read, blobs: &Blobs) -> Result<Archive> {
    let whole = LayerReader::new(from, Algorithm::Sha256, Limits::default())?;
    let mut tar = TarReader::new(whole, WHAT);
    let mut files = Files::default();
    let mut count = 0;
    while let Some(entry) = tar.next_entry()? {
        count += 1;
        if count > MOST_FILES {
            return Err(Error::damaged(WHAT, format!("it has more than {MOST_FILES} files")));
        }
        let name = plain_name(&entry.name());
        match &entry.kind {
            Kind::File => files.take(name, entry.size, &mut tar, blobs)?,
            Kind::Symlink(target) | Kind::Hardlink(target) => {
                let folder = match (&entry.kind, name.rsplit_once('/')) {
                    (Kind::Symlink(_), Some((folder, _))) => folder,
                    _ => "",
                };
                let target = plain_name(&format!("{folder}/{}", String::from_utf8_lossy(target)));
                files.links.insert(name, target);
            }
            _ => {}
        }
    }
    // A compressed archive may be damaged behind its last entry; whoever sends it shall not wait for nothing either.
    io::copy(&mut tar.into_inner(), &mut io::sink()).map_err(Error::stream(WHAT))?;
    files.finish(blobs)
}

const WHAT: &str = "the archive";

/// A name without `.`, empty parts and `..`, which lead nowhere here.
fn plain_name(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The files of an archive, by name.
#[derive(Default)]
struct Files {
    marker: Option<Vec<u8>>,
    index: Option<Vec<u8>>,
    list: Option<Vec<u8>>,
    kept: HashMap<String, (Digest, u64)>,
    links: HashMap<String, String>,
}

impl Files {
    fn take<R: Read>(
        &mut self,
        name: String,
        size: u64,
        tar: &mut TarReader<R>,
        blobs: &Blobs,
    ) -> Result<()> {
        let small = match name.as_str() {
            MARKER => Some(&mut self.marker),
            INDEX => Some(&mut self.index),
            DOCKER_LIST => Some(&mut self.list),
            _ => None,
        };
        if let Some(small) = small {
            *small = Some(tar.content(LARGEST_DOCUMENT)?);
            return Ok(());
        }
        let mut content = Content { tar, holes: 0 };
        if let Some(digest) = blob_name(&name) {
            let blob = Descriptor::new("", digest, size);
            if !blobs.has(&blob) {
                blobs.put_from(&blob, &mut content)?;
            }
            self.kept.insert(name, (blob.digest, size));
        } else if name.ends_with(".tar") || name.ends_with(".json") || name.ends_with(".tar.gz") {
            let mut writer = blobs.writer()?;
            io::copy(&mut content, &mut writer).map_err(Error::stream(WHAT))?;
            let blob = writer.keep("")?;
            self.kept.insert(name, (blob.digest, blob.size));
        }
        Ok(())
    }

    fn get(&self, name: &str) -> Result<(Digest, u64)> {
        let mut name = plain_name(name);
        for _ in 0..MOST_LINKS {
            if let Some((digest, size)) = self.kept.get(&name) {
                return Ok((digest.clone(), *size));
            }
            match self.links.get(&name) {
                Some(target) => name.clone_from(target),
                None => break,
            }
        }
        Err(Error::NotFound { what: format!("{name} in {WHAT}") })
    }

    fn finish(self, blobs: &Blobs) -> Result<Archive> {
        if let (Some(marker), Some(index)) = (&self.marker, &self.index) {
            check_marker(marker, WHAT)?;
            let Document::Index(index) = Document::parse(index, None, WHAT)? else {
                return Err(Error::document(WHAT, "its index is none"));
            };
            // Newer Engines write both kinds at once; names of images stand in Docker's list.
            let images = self.list.as_deref().map(|list| self.images(list, blobs)).transpose();
            return Ok(Archive { index: *index, images: images.unwrap_or_default().unwrap_or_default() });
        }
        let list = self.list.as_deref().ok_or_else(|| {
            Error::document(
                WHAT,
                format!("it has neither {INDEX} nor {DOCKER_LIST}: it is no archive of images"),
            )
        })?;
        let images = self.images(list, blobs)?;
        Ok(Archive { index: Index::new(images.iter().map(|image| image.manifest.clone()).collect()), images })
    }

    fn images(&self, list: &[u8], blobs: &Blobs) -> Result<Vec<ArchivedImage>> {
        let list: Vec<Listed> =
            serde_json::from_slice(list).map_err(|error| Error::document(DOCKER_LIST, error.to_string()))?;
        list.into_iter()
            .map(|listed| {
                let (digest, size) = self.get(&listed.config)?;
                let config = Descriptor::new(media::CONFIG, digest, size);
                let layers = listed.layers.iter().map(|name| {
                    let (digest, size) = self.get(name)?;
                    let kind = compression_of(blobs, &digest)?.media_type();
                    Ok(Descriptor::new(kind, digest, size))
                });
                let manifest = Manifest::new(config, layers.collect::<Result<_>>()?);
                let bytes = crate::config::to_json(&manifest);
                let stored = blobs.put(media::MANIFEST, &bytes)?;
                let image = Image::load(blobs, &stored)?;
                let manifest = Descriptor { platform: Some(image.config.platform()), ..stored };
                Ok(ArchivedImage { manifest, names: listed.repo_tags })
            })
            .collect()
    }
}

/// What a layer is compressed with, which Docker's archives do not say.
fn compression_of(blobs: &Blobs, digest: &Digest) -> Result<Compression> {
    let mut magic = Vec::new();
    blobs.open(digest)?.take(4).read_to_end(&mut magic).map_err(Error::io(blobs.path(digest)))?;
    Ok(match magic.as_slice() {
        [0x1f, 0x8b, ..] => Compression::GZIP,
        [0x28, 0xb5, 0x2f, 0xfd] => Compression::ZSTD,
        _ => Compression::None,
    })
}

/// The digest in `blobs/sha256/…`.
fn blob_name(name: &str) -> Option<Digest> {
    let (algorithm, hex) = name.strip_prefix("blobs/")?.split_once('/')?;
    format!("{algorithm}:{hex}").parse().ok()
}

/// The content of the current entry, holes filled.
struct Content<'a, R> {
    tar: &'a mut TarReader<R>,
    holes: u64,
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.holes > 0 {
                let count = buffer.len().min(usize::try_from(self.holes).unwrap_or(usize::MAX));
                buffer.get_mut(..count).unwrap_or_default().fill(0);
                self.holes -= count as u64;
                return Ok(count);
            }
            match self.tar.chunk(buffer)? {
                Chunk::Data(count) => return Ok(count),
                Chunk::Hole(zeros) => self.holes = zeros,
                Chunk::End => return Ok(0),
            }
        }
    }
}
