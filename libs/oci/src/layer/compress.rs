//! Compressing: the kinds there are, and a writer that hashes what goes in and what comes out in one pass.

use std::io::{self, Write};
use std::num::NonZero;

use super::gzip::ParallelGzip;
use crate::digest::{Algorithm, Hasher};
use crate::{Digest, media};

/// How a layer is compressed. The same layer with the same setting has the same bytes, on however many processors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// Not at all: the fastest for what stays on this machine.
    None,
    /// What everybody reads.
    Gzip {
        /// 1 is fast, 9 is small.
        level: u32,
    },
    /// Faster and smaller; Engines before 23 cannot read it.
    Zstd {
        /// 1 is fast, 22 is small.
        level: i32,
    },
}

impl Compression {
    /// gzip with a level that is worth its time.
    pub const GZIP: Self = Self::Gzip { level: 6 };

    /// zstd with a level that is worth its time.
    pub const ZSTD: Self = Self::Zstd { level: 3 };

    /// What a layer compressed this way is.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::None => media::LAYER,
            Self::Gzip { .. } => media::LAYER_GZIP,
            Self::Zstd { .. } => media::LAYER_ZSTD,
        }
    }
}

/// How many threads compress: as many as there are processors, but not so many that their buffers count.
pub(super) fn workers() -> usize {
    std::thread::available_parallelism().map_or(1, NonZero::get).min(16)
}

/// Compresses what is written to it, and hashes both sides.
pub(super) struct Compressor<W: Write> {
    plain: Hasher,
    plain_size: u64,
    compression: Compression,
    encoder: Encoder<W>,
}

enum Encoder<W: Write> {
    /// Both sides are the same, and hashed once.
    None(W),
    Gzip(Box<ParallelGzip<Outlet<W>>>),
    Zstd(Box<zstd::stream::write::Encoder<'static, Outlet<W>>>),
}

/// What came of it all.
pub(super) struct Compressed<W> {
    pub(super) inner: W,
    pub(super) diff_id: Digest,
    pub(super) plain_size: u64,
    pub(super) digest: Digest,
    pub(super) size: u64,
}

impl<W: Write> Compressor<W> {
    pub(super) fn new(inner: W, compression: Compression) -> io::Result<Self> {
        let outlet = |inner| Outlet { inner, hasher: Hasher::new(Algorithm::Sha256), size: 0 };
        let encoder = match compression {
            Compression::None => Encoder::None(inner),
            Compression::Gzip { level } => {
                Encoder::Gzip(Box::new(ParallelGzip::new(outlet(inner), level, workers())))
            }
            Compression::Zstd { level } => {
                let mut encoder = zstd::stream::write::Encoder::new(outlet(inner), level)?;
                // One thread or many: with the same number of jobs the bytes are the same. None at all would be another format.
                encoder.multithread(u32::try_from(workers()).unwrap_or(1))?;
                Encoder::Zstd(Box::new(encoder))
            }
        };
        Ok(Self { plain: Hasher::new(Algorithm::Sha256), plain_size: 0, compression, encoder })
    }

    pub(super) fn media_type(&self) -> &'static str {
        self.compression.media_type()
    }

    pub(super) fn finish(self) -> io::Result<Compressed<W>> {
        let (diff_id, plain_size) = (self.plain.finish(), self.plain_size);
        let outlet = match self.encoder {
            Encoder::None(mut inner) => {
                inner.flush()?;
                let digest = diff_id.clone();
                return Ok(Compressed { inner, diff_id, plain_size, digest, size: plain_size });
            }
            Encoder::Gzip(encoder) => encoder.finish()?,
            Encoder::Zstd(encoder) => encoder.finish()?,
        };
        let Outlet { mut inner, hasher, size } = outlet;
        inner.flush()?;
        Ok(Compressed { inner, diff_id, plain_size, digest: hasher.finish(), size })
    }
}

impl<W: Write> Write for Compressor<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = match &mut self.encoder {
            Encoder::None(inner) => inner.write(bytes)?,
            Encoder::Gzip(encoder) => encoder.write(bytes)?,
            Encoder::Zstd(encoder) => encoder.write(bytes)?,
        };
        self.plain.update(bytes.get(..count).unwrap_or_default());
        self.plain_size += count as u64;
        Ok(count)
    }

    /// Only the end of a layer empties the buffers: anything else would show in its bytes.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes and counts what comes out.
struct Outlet<W> {
    inner: W,
    hasher: Hasher,
    size: u64,
}

impl<W: Write> Write for Outlet<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
