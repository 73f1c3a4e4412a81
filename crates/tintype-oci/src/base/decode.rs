//! Reading archives whatever they are compressed with. What `oci` decompresses itself for images it reads too; xz and bzip2 are only
//! found around root file systems and archives that people have packed.

use std::io::{BufRead, BufReader, Read};

use oci::layer::{LayerReader, Limits};

use super::Reader;
use crate::{Error, Result};

const BUFFER: usize = 128 << 10;

/// So much memory xz may use for its dictionary.
const MEMORY: u64 = 1 << 30;

/// The bytes of a stream, decompressed if it was compressed.
pub(crate) fn decoded(from: impl Read + Send + 'static) -> Result<Reader> {
    let stream = |source| Error::from(oci::Error::Stream { what: "the archive".to_owned(), source });
    let mut from = BufReader::with_capacity(BUFFER, from);
    let magic = from.fill_buf().map_err(stream)?;
    if magic.starts_with(b"BZh") {
        return Ok(limited(bzip2::bufread::MultiBzDecoder::new(from)));
    }
    if magic.starts_with(b"\xfd7zXZ\0") {
        let decoder = liblzma::stream::Stream::new_stream_decoder(MEMORY, liblzma::stream::CONCATENATED)
            .map_err(|error| stream(error.into()))?;
        return Ok(limited(liblzma::bufread::XzDecoder::new_stream(from, decoder)));
    }
    Ok(Box::new(LayerReader::new(from, oci::Algorithm::Sha256, Limits::default())?))
}

/// No more than one layer may have.
fn limited(from: impl Read + Send + 'static) -> Reader {
    Box::new(Limited { from, size: 0, limits: Limits { ratio: 0, free: u64::MAX, ..Limits::default() } })
}

struct Limited<R> {
    from: R,
    size: u64,
    limits: Limits,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.from.read(buffer)?;
        self.size += count as u64;
        self.limits.check(0, self.size, 0)?;
        Ok(count)
    }
}
