//! Containers where there can be no machine: files go in and come out, and the image is made of what went in. Which files its image has is
//! read from the archives of the layers, in `index`; nothing is unpacked, so this works on every system. Commands need a machine.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use oci::layer::{LayerReader, LayerWriter, Limits};
use oci::tarball::{Chunk, Entry, Kind as Tar, TarReader, TarWriter};
use sandbox::Forbidden;

use self::index::{Index, Place};
use super::files::Kind;
use crate::{Error, Result, Store, StoredImage};

mod index;

const BUFFER: usize = 256 << 10;

/// The files of a container without a machine.
#[derive(Debug)]
pub(super) struct Still {
    store: Store,
    image: StoredImage,
    why: Forbidden,
    /// Where what is put into it is kept.
    dir: PathBuf,
    index: Index,
    /// What was put into it: archives with whole names, in the order in which they came.
    parts: Vec<PathBuf>,
    /// How many of them there were when each step ended.
    steps: Vec<usize>,
}

impl Still {
    /// Reads which files an image has.
    ///
    /// # Errors
    /// A layer is missing or damaged.
    pub(super) fn open(store: Store, image: StoredImage, dir: PathBuf, why: Forbidden) -> Result<Self> {
        let mut still =
            Self { store, image, why, dir, index: Index::default(), parts: Vec::new(), steps: Vec::new() };
        for archive in 0..still.image.image.manifest.layers.len() {
            let mut layer = still.layer(archive)?;
            let mut tar = TarReader::new(&mut layer, "the layer");
            let mut number = 0;
            while let Some(entry) = tar.next_entry()? {
                still.index.apply(&entry, Place { archive, entry: number })?;
                number += 1;
            }
        }
        Ok(still)
    }

    /// Why there is no machine, to somebody who needs one. It is of a kind that nobody tries again.
    pub(super) fn no_machine(&self) -> Error {
        tintype_sdk::Error::user(format!("No command can be run in the container: {}", self.why.why))
            .hint(self.why.way_out.clone())
            .into()
    }

    /// Why somebody does not get into a directory of the host.
    pub(super) fn not_mounted(&self, path: &str) -> Error {
        let text = format!(
            "{path} is in a directory of this host, which cannot be mounted in the container: {}",
            self.why.why
        );
        tintype_sdk::Error::user(text).hint(self.why.way_out.clone()).into()
    }

    /// What a path is. Nothing when there is nothing.
    pub(super) fn kind_of(&self, path: &str) -> Option<Kind> {
        let path = self.index.resolve(path.as_bytes(), true)?;
        Some(if self.index.is_directory(&path) { Kind::Directory } else { Kind::Other })
    }

    /// Takes a tar archive into a directory, which must exist.
    ///
    /// # Errors
    /// There is no such directory, it is no archive, or it cannot be kept.
    pub(super) fn put(&mut self, dir: &str, tar: impl Read) -> Result<()> {
        let before = self.index.clone();
        let put = self.take(dir, tar);
        if put.is_err() {
            // Of an upload that has failed nothing is there.
            self.index = before;
        }
        put
    }

    fn take(&mut self, dir: &str, tar: impl Read) -> Result<()> {
        let refuse = |why: &str| Error::Tree { what: dir.to_owned(), why: why.to_owned() };
        let below =
            self.index.resolve(dir.as_bytes(), true).ok_or_else(|| refuse("there is no such directory"))?;
        if !self.index.is_directory(&below) {
            return Err(refuse("it is no directory"));
        }
        let archive = self.image.image.manifest.layers.len() + self.parts.len();
        let path = self.dir.join(format!("put-{}.tar", self.parts.len()));
        let file = File::create(&path).map_err(Error::io(&path))?;
        let mut to = TarWriter::new(BufWriter::with_capacity(BUFFER, file));
        let mut tar = TarReader::new(tar, "the archive");
        let mut number = 0;
        while let Some(entry) = tar.next_entry()? {
            for entry in self.index.place(&below, &entry)? {
                let content = entry.kind == Tar::File;
                self.index.apply_plain(&entry, Place { archive, entry: number })?;
                number += 1;
                if content {
                    to.append(&entry, &mut Content { tar: &mut tar, hole: 0 })?;
                } else {
                    to.append(&entry, &mut io::empty())?;
                }
            }
        }
        to.finish()?.flush().map_err(Error::io(&path))?;
        self.parts.push(path);
        Ok(())
    }

    /// A file or directory as a tar archive whose names begin with its own; with a slash at its end a link stands for what it leads to.
    ///
    /// # Errors
    /// There is no such file, or it cannot be read.
    pub(super) fn get(&self, path: &str) -> Result<File> {
        let follow = path.ends_with('/') || path.ends_with("/.");
        let none = || Error::Tree { what: path.to_owned(), why: "there is no such file".to_owned() };
        let top = self.index.resolve(path.as_bytes(), follow).ok_or_else(none)?;
        let name = path.rsplit('/').find(|part| !matches!(*part, "" | ".")).unwrap_or(".");
        self.pack(&top, name.as_bytes())
    }

    /// All files as a tar archive.
    ///
    /// # Errors
    /// They cannot be read.
    pub(super) fn export(&self) -> Result<File> {
        self.pack(b"", b"")
    }

    /// Ends a step: what is put into it from now on is apart from what was until now.
    pub(super) fn end_step(&mut self) {
        if self.steps.last().copied().unwrap_or(0) < self.parts.len() {
            self.steps.push(self.parts.len());
        }
    }

    /// The number of steps in which something was put into it.
    pub(super) fn ended_steps(&self) -> usize {
        self.steps.len()
    }

    /// Writes what was put into it in these steps as a layer, but for what is hidden.
    ///
    /// # Errors
    /// It cannot be read, or nothing can be written.
    pub(super) fn write<W: io::Write>(
        &self,
        steps: std::ops::Range<usize>,
        hidden: &dyn Fn(&[u8]) -> bool,
        writer: &mut LayerWriter<W>,
    ) -> Result<()> {
        let bound =
            |step: usize| step.checked_sub(1).and_then(|step| self.steps.get(step)).copied().unwrap_or(0);
        for number in bound(steps.start)..bound(steps.end) {
            let archive = self.image.image.manifest.layers.len() + number;
            self.each(archive, |place, entry, content| {
                // What was put there again is written once, as it is now.
                let taken = self.index.is_current(&entry.path, place) && !hidden(&entry.path);
                if taken { writer.append(entry, content) } else { Ok(()) }
            })?;
        }
        Ok(())
    }

    /// Packs what is at a path and below it.
    fn pack(&self, top: &[u8], name: &[u8]) -> Result<File> {
        let file = tempfile::tempfile_in(&self.dir).map_err(Error::io(&self.dir))?;
        let mut tar = TarWriter::new(BufWriter::with_capacity(BUFFER, file));
        let wanted = self.index.below(top, name);
        if wanted.is_empty() {
            tar.append(
                &Entry::new(if name.is_empty() { b"." } else { name }, Tar::Directory, 0o755),
                &mut io::empty(),
            )?;
        }
        for (archive, mut wanted) in wanted {
            self.each(archive, |place, entry, content| {
                let Some(names) = wanted.remove(&place.entry) else { return Ok(()) };
                let named = |path: &Vec<u8>| Entry { path: path.clone(), ..entry.clone() };
                let [one] = names.as_slice() else {
                    // Several names of one file: each with its content, whoever unpacks it.
                    let mut all = Vec::new();
                    content.read_to_end(&mut all).map_err(|source| stream(&self.dir, source))?;
                    return names.iter().try_for_each(|name| tar.append(&named(name), &mut all.as_slice()));
                };
                tar.append(&named(one), content)
            })?;
        }
        let mut file =
            tar.finish()?.into_inner().map_err(|error| Error::io(&self.dir)(error.into_error()))?;
        file.rewind().map_err(Error::io(&self.dir))?;
        Ok(file)
    }

    /// Goes through the entries of an archive.
    fn each(
        &self,
        archive: usize,
        mut see: impl FnMut(Place, &Entry, &mut dyn Read) -> oci::Result<()>,
    ) -> Result<()> {
        let from: Box<dyn Read> = match archive.checked_sub(self.image.image.manifest.layers.len()) {
            None => Box::new(self.layer(archive)?),
            Some(part) => {
                let path = self.parts.get(part).ok_or_else(|| self.no_machine())?;
                Box::new(BufReader::with_capacity(BUFFER, File::open(path).map_err(Error::io(path))?))
            }
        };
        let mut tar = TarReader::new(from, "the archive");
        let mut number = 0;
        while let Some(entry) = tar.next_entry()? {
            see(Place { archive, entry: number }, &entry, &mut Content { tar: &mut tar, hole: 0 })?;
            number += 1;
        }
        Ok(())
    }

    /// A layer's archive.
    fn layer(&self, number: usize) -> Result<LayerReader<File>> {
        let missing = || Error::NoImage { name: self.image.id.to_string() };
        let layer = self.image.image.manifest.layers.get(number).ok_or_else(missing)?;
        let file = self.store.blobs().open(&layer.digest)?;
        Ok(LayerReader::new(file, layer.digest.algorithm(), Limits::default())?)
    }
}

fn stream(path: &Path, source: io::Error) -> oci::Error {
    oci::Error::Io { path: path.to_owned(), source }
}

/// The content of an entry, its holes filled.
struct Content<'a, R> {
    tar: &'a mut TarReader<R>,
    hole: u64,
}

impl<R: Read> Read for Content<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.hole > 0 {
                let count = usize::try_from(self.hole).unwrap_or(usize::MAX).min(buffer.len());
                buffer.get_mut(..count).unwrap_or_default().fill(0);
                self.hole -= count as u64;
                return Ok(count);
            }
            match self.tar.chunk(buffer).map_err(io::Error::other)? {
                Chunk::End => return Ok(0),
                Chunk::Data(0) => {}
                Chunk::Data(count) => return Ok(count),
                Chunk::Hole(zeros) => self.hole = zeros,
            }
        }
    }
}
