//! The deflate stream, made on all cores: what gzip and zip have in common. Each block begins with the end of the one before as its
//! dictionary, so little is lost by cutting.

use std::io::{self, Write};

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::blocks::{Blocks, Codec, Sink};

const BLOCK: usize = 512 << 10;
const DICTIONARY: usize = 32 << 10;

/// CRC-32 and length of what went in.
#[derive(Default)]
pub(crate) struct Sums {
    pub crc: Crc,
    pub len: u64,
}

/// A raw deflate stream.
pub(crate) struct Deflate<W> {
    blocks: Blocks<Summed<W>, Raw>,
}

/// The stream so far and the sums of what is in it.
struct Summed<W> {
    out: W,
    sums: Sums,
}

impl<W: Write> Sink<(Vec<u8>, Crc)> for Summed<W> {
    fn take(&mut self, (bytes, crc): (Vec<u8>, Crc)) -> io::Result<()> {
        self.sums.len += u64::from(crc.amount());
        self.sums.crc.combine(&crc);
        self.out.write_all(&bytes)
    }
}

impl<W: Write> Deflate<W> {
    /// Writes to `out` at this level with so many threads.
    pub fn new(out: W, level: Compression, threads: usize) -> io::Result<Self> {
        let codec = Raw { level, deflate: None };
        let out = Summed { out, sums: Sums::default() };
        Ok(Self { blocks: Blocks::new(out, codec, threads)? })
    }

    /// Ends the stream.
    pub fn finish(self) -> io::Result<(W, Sums)> {
        let Summed { mut out, sums } = self.blocks.finish()?;
        // An empty last block: the others do not know that they are not the last.
        out.write_all(&[3, 0])?;
        Ok((out, sums))
    }
}

impl<W: Write> Write for Deflate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.blocks.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.blocks.flush()
    }
}

struct Raw {
    level: Compression,
    /// Made by the thread that uses it, then used again.
    deflate: Option<Compress>,
}

impl Clone for Raw {
    fn clone(&self) -> Self {
        Self { level: self.level, deflate: None }
    }
}

impl Codec for Raw {
    type Packed = (Vec<u8>, Crc);

    fn block_len(&self) -> usize {
        BLOCK
    }

    fn context_len(&self) -> usize {
        DICTIONARY
    }

    fn compress(&mut self, before: &[u8], block: &[u8]) -> io::Result<(Vec<u8>, Crc)> {
        let deflate = match &mut self.deflate {
            Some(deflate) => {
                deflate.reset();
                deflate
            }
            none => none.insert(Compress::new(self.level, false)),
        };
        if !before.is_empty() {
            deflate.set_dictionary(before)?;
        }
        let out = run(deflate, block, FlushCompress::Sync)?;
        let mut crc = Crc::new();
        crc.update(block);
        Ok((out, crc))
    }
}

/// Compresses all of `input` and flushes as told.
pub(crate) fn run(deflate: &mut Compress, input: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let begin = deflate.total_in();
    let mut out = Vec::with_capacity(input.len() + input.len() / 1000 + 128);
    loop {
        let done = (deflate.total_in() - begin) as usize;
        deflate.compress_vec(&input[done..], &mut out, flush)?;
        let all = (deflate.total_in() - begin) as usize == input.len();
        // Room that is left says that nothing is held back.
        if all && out.len() < out.capacity() {
            return Ok(out);
        }
        out.reserve(input.len() / 2 + 128);
    }
}
