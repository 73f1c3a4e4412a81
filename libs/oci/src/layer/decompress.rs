//! Decompressing a layer, hashed on both sides. What it is compressed with is seen from its bytes: what media types say is not always
//! true.

use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

use flate2::bufread::MultiGzDecoder;

use super::Limits;
use crate::digest::{Algorithm, Hasher};
use crate::{Descriptor, Digest, Error, Result};

const BUFFER: usize = 128 << 10;

/// Reads a layer's archive out of its blob.
pub struct LayerReader<R: Read> {
    source: Source<R>,
    /// The blob as it is stored.
    stored: Arc<Mutex<Count>>,
    plain: Count,
    limits: Limits,
}

struct Count {
    /// Nothing when nobody asks for the digest.
    hasher: Option<Hasher>,
    size: u64,
}

impl Count {
    fn new(algorithm: Option<Algorithm>) -> Self {
        Self { hasher: algorithm.map(Hasher::new), size: 0 }
    }

    fn take(&mut self, bytes: &[u8]) {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        self.size += bytes.len() as u64;
    }

    fn digest(&mut self) -> Option<Digest> {
        self.hasher.take().map(Hasher::finish)
    }
}

/// Checks what holes and entries make of the bytes that were stored.
#[cfg(target_os = "linux")]
pub(super) struct Meter {
    stored: Arc<Mutex<Count>>,
    limits: Limits,
}

#[cfg(target_os = "linux")]
impl Meter {
    pub(super) fn check(&self, bytes: u64, entries: u64) -> Result<()> {
        let stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner).size;
        self.limits.check(stored, bytes, entries)
    }
}

/// Counts what is read of the blob, from inside of the decoder.
struct Tap<R> {
    inner: R,
    count: Arc<Mutex<Count>>,
}

impl<R: Read> Read for Tap<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        let mut total = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        total.take(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

type Stored<R> = BufReader<io::Chain<io::Cursor<Vec<u8>>, Tap<R>>>;

enum Source<R: Read> {
    Plain(Stored<R>),
    Gzip(Box<MultiGzDecoder<Stored<R>>>),
    Zstd(zstd::stream::read::Decoder<'static, Stored<R>>),
}

impl<R: Read> LayerReader<R> {
    /// Reads a layer whose blob has a digest of this kind.
    ///
    /// # Errors
    /// The blob cannot be read.
    pub fn new(inner: R, algorithm: Algorithm, limits: Limits) -> Result<Self> {
        Self::counting(inner, Some(algorithm), Some(Algorithm::Sha256), limits)
    }

    /// Reads an archive that is no blob, and whose digest nobody asks for: computing two would take longer than all the rest.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn loose(inner: R, limits: Limits) -> Result<Self> {
        Self::counting(inner, None, None, limits)
    }

    fn counting(
        inner: R,
        stored: Option<Algorithm>,
        plain: Option<Algorithm>,
        limits: Limits,
    ) -> Result<Self> {
        let stored = Arc::new(Mutex::new(Count::new(stored)));
        let mut tap = Tap { inner, count: stored.clone() };
        let mut magic = Vec::new();
        (&mut tap).take(4).read_to_end(&mut magic).map_err(Error::stream(WHAT))?;
        let (gzip, zstd) = (magic.starts_with(&[0x1f, 0x8b]), magic.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
        let whole = BufReader::with_capacity(BUFFER, io::Cursor::new(magic).chain(tap));
        let source = if gzip {
            Source::Gzip(Box::new(MultiGzDecoder::new(whole)))
        } else if zstd {
            Source::Zstd(zstd::stream::read::Decoder::with_buffer(whole).map_err(Error::stream(WHAT))?)
        } else {
            Source::Plain(whole)
        };
        Ok(Self { source, stored, plain: Count::new(plain), limits })
    }

    fn compressed(&self) -> u64 {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).size
    }

    /// Counts along, for whoever makes more of the archive than it has bytes.
    #[cfg(target_os = "linux")]
    pub(super) fn meter(&self) -> Meter {
        Meter { stored: self.stored.clone(), limits: self.limits }
    }

    /// Reads what is left, and checks that the blob and the archive in it are what was promised.
    ///
    /// # Errors
    /// They are not.
    pub fn finish(mut self, blob: &Descriptor, diff_id: Option<&Digest>) -> Result<Digest> {
        let mut buffer = vec![0; BUFFER];
        while self.read(&mut buffer).map_err(Error::stream(WHAT))? > 0 {}
        // A decoder may leave what follows its stream.
        let rest = match &mut self.source {
            Source::Plain(rest) => rest,
            Source::Gzip(decoder) => decoder.get_mut(),
            Source::Zstd(decoder) => decoder.get_mut(),
        };
        while rest.read(&mut buffer).map_err(Error::stream(WHAT))? > 0 {}
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        let what = format!("the layer {}", blob.digest);
        if stored.size != blob.size {
            return Err(Error::Length { what, expected: blob.size, found: stored.size });
        }
        let (Some(digest), Some(found)) = (stored.digest(), self.plain.digest()) else {
            return Err(Error::damaged(what, "it was read without its digest"));
        };
        if digest != blob.digest {
            return Err(Error::Mismatch { what, expected: blob.digest.clone(), found: digest });
        }
        match diff_id {
            // Ours is computed with the usual algorithm; another one cannot be compared.
            Some(expected) if expected.algorithm() == Algorithm::Sha256 && *expected != found => {
                Err(Error::Mismatch {
                    what: format!("the archive in the layer {}", blob.digest),
                    expected: expected.clone(),
                    found,
                })
            }
            _ => Ok(found),
        }
    }
}

const WHAT: &str = "the layer";

impl<R: Read> Read for LayerReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.source {
            Source::Plain(source) => source.read(buffer),
            Source::Gzip(source) => source.read(buffer).map_err(damaged),
            Source::Zstd(source) => source.read(buffer).map_err(damaged),
        }?;
        self.plain.take(buffer.get(..count).unwrap_or_default());
        self.limits.check(self.compressed(), self.plain.size, 0)?;
        Ok(count)
    }
}

/// A decoder tells its mistakes as those of the reader below it.
fn damaged(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::damaged(WHAT, "its compressed data end early").into(),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Error::damaged(WHAT, format!("its compressed data are damaged: {error}")).into()
        }
        io::ErrorKind::Other if error.get_ref().is_some_and(|inner| !inner.is::<Error>()) => {
            Error::damaged(WHAT, format!("its compressed data are damaged: {error}")).into()
        }
        _ => error,
    }
}
