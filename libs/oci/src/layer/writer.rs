//! Writes a layer: entries go in, a blob with its two digests comes out.

use std::io::{Read, Write};

use super::compress::{Compressed, Compressor};
use super::paths::{OPAQUE, WHITEOUT};
use super::{Compression, LayerReader, Limits};
use crate::tarball::{Entry, Kind, TarWriter};
use crate::{Blobs, Descriptor, Digest, Error, Result};

/// Writes a layer.
///
/// ```
/// # fn main() -> oci::Result<()> {
/// use oci::layer::{Compression, LayerWriter};
/// use oci::tarball::{Entry, Kind};
/// let mut layer = LayerWriter::new(Vec::new(), Compression::GZIP, None)?;
/// layer.append(&Entry { size: 3, ..Entry::new("hi", Kind::File, 0o644) }, &mut &b"hi\n"[..])?;
/// layer.whiteout(b"etc/motd", 0)?;
/// let (layer, blob) = layer.finish()?;
/// assert_eq!(layer.blob.size, blob.len() as u64);
/// # Ok(()) }
/// ```
pub struct LayerWriter<W: Write> {
    tar: TarWriter<Compressor<W>>,
    /// Nothing is younger than this.
    youngest: Option<i64>,
    entries: u64,
}

/// A layer that was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Layer {
    /// The blob.
    pub blob: Descriptor,
    /// The digest of the archive in it.
    pub diff_id: Digest,
    /// How many bytes the archive has.
    pub plain_size: u64,
    /// How many entries there are. A layer without any changes nothing.
    pub entries: u64,
}

impl<W: Write> LayerWriter<W> {
    /// Starts a layer. With `youngest` (`SOURCE_DATE_EPOCH`) no entry is younger than that, in seconds since 1970.
    ///
    /// # Errors
    /// The compressor cannot be made.
    pub fn new(inner: W, compression: Compression, youngest: Option<i64>) -> Result<Self> {
        let compressor = Compressor::new(inner, compression).map_err(Error::stream(WHAT))?;
        Ok(Self { tar: TarWriter::new(compressor), youngest, entries: 0 })
    }

    /// Adds an entry with its content.
    ///
    /// # Errors
    /// The content is shorter than the entry says, or nothing can be written.
    pub fn append(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<()> {
        self.entries += 1;
        match self.youngest {
            Some(youngest) if entry.mtime > youngest => {
                self.tar.append(&Entry { mtime: youngest, ..entry.clone() }, content)
            }
            _ => self.tar.append(entry, content),
        }
    }

    /// Says that something in lower layers is gone.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn whiteout(&mut self, path: &[u8], mtime: i64) -> Result<()> {
        let (folder, name) = match path.iter().rposition(|byte| *byte == b'/') {
            Some(slash) => path.split_at(slash + 1),
            None => (&[][..], path),
        };
        self.empty([folder, WHITEOUT, name].concat(), mtime)
    }

    /// Says that nothing of what lower layers have in a directory is left.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn opaque(&mut self, path: &[u8], mtime: i64) -> Result<()> {
        let slash: &[u8] = if path.is_empty() { b"" } else { b"/" };
        self.empty([path, slash, OPAQUE].concat(), mtime)
    }

    fn empty(&mut self, path: Vec<u8>, mtime: i64) -> Result<()> {
        self.append(&Entry { mtime, ..Entry::new(path, Kind::File, 0o600) }, &mut std::io::empty())
    }

    /// Ends the layer, and gives back what it was written to.
    ///
    /// # Errors
    /// Nothing can be written.
    pub fn finish(self) -> Result<(Layer, W)> {
        let compressor = self.tar.finish()?;
        let media_type = compressor.media_type();
        let Compressed { inner, diff_id, plain_size, digest, size } =
            compressor.finish().map_err(Error::stream(WHAT))?;
        let blob = Descriptor::new(media_type, digest, size);
        Ok((Layer { blob, diff_id, plain_size, entries: self.entries }, inner))
    }
}

const WHAT: &str = "the layer";

const BUFFER: usize = 128 << 10;

/// Compresses a layer anew: for a registry or an Engine that does not take it as it is. What is in it stays the same. `go_on` is asked all
/// the time whether that is still wanted.
///
/// # Errors
/// The layer is not here or not what it should be, or nothing can be written; [`Error::Stopped`].
pub fn recompress(
    blobs: &Blobs,
    blob: &Descriptor,
    to: Compression,
    limits: Limits,
    go_on: &dyn Fn() -> bool,
) -> Result<Descriptor> {
    let mut reader = LayerReader::new(blobs.open(&blob.digest)?, blob.digest.algorithm(), limits)?;
    let mut compressor = Compressor::new(blobs.writer()?, to).map_err(Error::stream(WHAT))?;
    let mut buffer = vec![0; BUFFER];
    loop {
        if !go_on() {
            return Err(Error::Stopped { what: format!("compressing the layer {}", blob.digest) });
        }
        let count = reader.read(&mut buffer).map_err(Error::stream(WHAT))?;
        if count == 0 {
            break;
        }
        compressor.write_all(buffer.get(..count).unwrap_or_default()).map_err(Error::stream(WHAT))?;
    }
    let done = compressor.finish().map_err(Error::stream(WHAT))?;
    reader.finish(blob, Some(&done.diff_id))?;
    done.inner.keep(to.media_type())
}
