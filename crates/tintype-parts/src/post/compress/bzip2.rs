//! A bzip2 file, made on all cores: one stream, whose blocks are packed side by side and put together bit by bit.

mod bits;
mod block;
mod codes;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use self::bits::Bits;
use self::block::Packer;
use super::blocks::{Blocks, Codec, Sink};

/// Marks the end of a stream.
const END: u64 = 0x1772_4538_5090;

/// Writes a bzip2 file. `finish` must be called.
pub(crate) struct Bzip2<W>(Blocks<Stream<W>, Bz>);

impl<W: Write> Bzip2<W> {
    /// Writes to `out` at this level (1 to 9) with so many threads.
    pub fn new(out: W, level: u32, threads: usize) -> io::Result<Self> {
        let level = level.clamp(1, 9);
        let mut bits = Bits::default();
        bits.bytes.extend_from_slice(b"BZh");
        bits.bytes.push(b'0' + level as u8);
        let codec = Bz { most: level as usize * 100_000 - SPARE, packer: Packer::default() };
        Ok(Self(Blocks::new(Stream { out, bits, sum: 0 }, codec, threads)?))
    }

    /// Ends the file.
    pub fn finish(self) -> io::Result<W> {
        let Stream { mut out, mut bits, sum } = self.0.finish()?;
        bits.put_mark(END);
        bits.put(sum, 32);
        bits.end();
        out.write_all(&bits.bytes)?;
        Ok(out)
    }
}

impl<W: Write> Write for Bzip2<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Blocks are kept this much below what they may hold, as the first program for the format did, on which some readers count.
const SPARE: usize = 19;

#[derive(Clone)]
struct Bz {
    most: usize,
    packer: Packer,
}

/// A piece of the stream and the checksums of its blocks.
struct Piece {
    bits: Bits,
    sums: Vec<u32>,
}

impl Codec for Bz {
    type Packed = Piece;

    fn block_len(&self) -> usize {
        self.most
    }

    fn compress(&mut self, _: &[u8], block: &[u8]) -> io::Result<Piece> {
        let mut piece = Piece { bits: Bits::default(), sums: Vec::new() };
        piece.bits.bytes.reserve(block.len() / 2);
        self.packer.pack(block, self.most, &mut piece.bits, &mut |sum| piece.sums.push(sum))?;
        Ok(piece)
    }
}

/// Where pieces are put together.
struct Stream<W> {
    out: W,
    /// What is not yet written.
    bits: Bits,
    /// Checksum of the checksums.
    sum: u32,
}

impl<W: Write> Sink<Piece> for Stream<W> {
    fn take(&mut self, piece: Piece) -> io::Result<()> {
        for sum in piece.sums {
            self.sum = self.sum.rotate_left(1) ^ sum;
        }
        self.bits.append(&piece.bits);
        self.out.write_all(&self.bits.bytes)?;
        self.bits.bytes.clear();
        Ok(())
    }
}
