//! The two wrappings of deflate in gzip's form: one stream for everybody, and BGZF, whose small members can be found and read singly.

use std::io::{self, Write};

use flate2::{Compress, Compression, Crc, FlushCompress};

use super::blocks::{Blocks, Codec};
use super::deflate::{Deflate, run};

/// A gzip stream of one member, made on all cores.
pub(crate) struct Gzip<W>(Deflate<W>);

impl<W: Write> Gzip<W> {
    /// Writes to `out` at this level with so many threads.
    pub fn new(mut out: W, level: Compression, threads: usize) -> io::Result<Self> {
        // Deflate, no name, no time, unknown system: the same input gives the same bytes.
        out.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])?;
        Ok(Self(Deflate::new(out, level, threads)?))
    }

    /// Ends the stream.
    pub fn finish(self) -> io::Result<W> {
        let (mut out, sums) = self.0.finish()?;
        out.write_all(&sums.crc.sum().to_le_bytes())?;
        // The length modulo 2^32, as the format has it.
        out.write_all(&(sums.len as u32).to_le_bytes())?;
        Ok(out)
    }
}

impl<W: Write> Write for Gzip<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Input of one BGZF member: incompressible, it still fits into the 64 KiB that a member may have.
const MEMBER: usize = 0xff00;
/// Members in one block of work.
const MEMBERS: usize = 16;
/// The empty member that ends a BGZF file.
pub(crate) const END: [u8; 28] =
    [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 6, 0, b'B', b'C', 2, 0, 0x1b, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// A BGZF file, made on all cores.
pub(crate) struct Bgzf<W>(Blocks<W, Members>);

impl<W: Write> Bgzf<W> {
    /// Writes to `out` at this level with so many threads.
    pub fn new(out: W, level: Compression, threads: usize) -> io::Result<Self> {
        Ok(Self(Blocks::new(out, Members { level }, threads)?))
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<W> {
        let mut out = self.0.finish()?;
        out.write_all(&END)?;
        Ok(out)
    }
}

impl<W: Write> Write for Bgzf<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[derive(Clone)]
struct Members {
    level: Compression,
}

impl Codec for Members {
    type Packed = Vec<u8>;

    fn block_len(&self) -> usize {
        MEMBER * MEMBERS
    }

    fn compress(&mut self, _: &[u8], block: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::with_capacity(block.len() / 2);
        let mut deflate = Compress::new(self.level, false);
        for part in block.chunks(MEMBER) {
            deflate.reset();
            let mut body = run(&mut deflate, part, FlushCompress::Finish)?;
            // Header of 18 bytes, trailer of 8; the size field holds the whole less one.
            if body.len() + 26 > 1 << 16 {
                body = run(&mut Compress::new(Compression::none(), false), part, FlushCompress::Finish)?;
            }
            let size =
                u16::try_from(body.len() + 25).map_err(|_| io::Error::other("a BGZF member is too large"))?;
            let mut crc = Crc::new();
            crc.update(part);
            out.extend_from_slice(&END[..16]);
            out.extend_from_slice(&size.to_le_bytes());
            out.extend_from_slice(&body);
            out.extend_from_slice(&crc.sum().to_le_bytes());
            out.extend_from_slice(&(part.len() as u32).to_le_bytes());
        }
        Ok(out)
    }
}
