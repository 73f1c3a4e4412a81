//! Reading archives whatever they are compressed with. What `oci` decompresses itself for images it reads too; xz and bzip2 are only
//! found around root file systems and archives that people have packed.

use std::io::{BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use oci::layer::{LayerReader, Limits};

use super::Reader;
use crate::{Error, Result};

const BUFFER: usize = 128 << 10;

/// So much memory xz may use for its dictionary.
const MEMORY: u64 = 1 << 30;

/// The bytes of a stream, decompressed if it was compressed. No more come out than a layer may have.
pub(crate) fn decoded(from: impl Read + Send + 'static) -> Result<Reader> {
    within(from, Limits::default())
}

/// As [`decoded`], with other limits.
pub(crate) fn within(from: impl Read + Send + 'static, limits: Limits) -> Result<Reader> {
    let stream = |source| Error::from(oci::Error::Stream { what: "the archive".to_owned(), source });
    let stored = Arc::new(AtomicU64::new(0));
    let mut from = BufReader::with_capacity(BUFFER, Tap { from, stored: stored.clone() });
    let magic = from.fill_buf().map_err(stream)?;
    if magic.starts_with(b"BZh") {
        let from = bzip2::bufread::MultiBzDecoder::new(from);
        return Ok(Box::new(Limited { from, stored, size: 0, limits }));
    }
    if magic.starts_with(b"\xfd7zXZ\0") {
        let decoder = liblzma::stream::Stream::new_stream_decoder(MEMORY, liblzma::stream::CONCATENATED)
            .map_err(|error| stream(error.into()))?;
        let from = liblzma::bufread::XzDecoder::new_stream(from, decoder);
        return Ok(Box::new(Limited { from, stored, size: 0, limits }));
    }
    Ok(Box::new(LayerReader::new(from, oci::Algorithm::Sha256, limits)?))
}

/// Counts what is read of the compressed stream.
struct Tap<R> {
    from: R,
    stored: Arc<AtomicU64>,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.stored.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Gives no more than the limits allow for what was read.
struct Limited<R> {
    from: R,
    stored: Arc<AtomicU64>,
    size: u64,
    limits: Limits,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.size += count as u64;
        self.limits.check(self.stored.load(Ordering::Relaxed), self.size, 0)?;
        Ok(count)
    }
}
