//! xz and lz4 streams, on all cores.

use std::hash::Hasher as _;
use std::io::{self, Write};

use liblzma::stream::{Check, MtStreamBuilder};
use liblzma::write::XzEncoder;
use lz4_flex::block::{compress_into, get_maximum_output_size};
use twox_hash::XxHash32;

use super::blocks::{Blocks, Codec};

/// More threads than this would take gigabytes of memory: each needs about a hundred megabytes.
const MOST_XZ_THREADS: usize = 16;

/// An xz file of about so many bytes, made by liblzma's own threads.
pub(crate) fn xz<W: Write>(out: W, level: u32, threads: usize, bytes: u64) -> io::Result<XzEncoder<W>> {
    let threads = threads.clamp(1, MOST_XZ_THREADS) as u32;
    let mut stream = MtStreamBuilder::new();
    stream.preset(level).check(Check::Crc64).threads(threads).block_size(xz_block(level, threads, bytes));
    Ok(XzEncoder::new_stream(out, stream.encoder()?))
}

/// How far back a compressor of each level looks, in MiB (`man xz`, "Presets"; level 0 has a quarter of one).
const XZ_REACH: [u64; 10] = [1, 1, 2, 4, 4, 8, 8, 16, 32, 64];

/// How many bytes a thread takes at once: three times what it can look back, as liblzma has it, or less, so that all threads get equally
/// much and none waits for the last.
fn xz_block(level: u32, threads: u32, bytes: u64) -> u64 {
    let reach = XZ_REACH.get(level as usize).unwrap_or(&64) << 20;
    let rounds = bytes.div_ceil(3 * reach).div_ceil(threads.into()).max(1);
    bytes.div_ceil(rounds * u64::from(threads)).clamp(reach, 3 * reach)
}

/// Length of a block in an lz4 frame. The format has larger ones, which pack hardly better and keep threads waiting for the first.
const LZ4_BLOCK: usize = 1 << 20;
/// Magic number; independent blocks, a checksum at the end; blocks of 1 MiB; checksum of these two bytes.
const LZ4_HEADER: [u8; 7] = [0x04, 0x22, 0x4d, 0x18, 0x64, 0x60, 0x85];

/// An lz4 frame, made on all cores.
pub(crate) struct Lz4<W> {
    blocks: Blocks<W, Lz4Block>,
    sum: XxHash32,
}

impl<W: Write> Lz4<W> {
    /// Writes to `out` with so many threads.
    pub fn new(mut out: W, threads: usize) -> io::Result<Self> {
        out.write_all(&LZ4_HEADER)?;
        Ok(Self { blocks: Blocks::new(out, Lz4Block::default(), threads)?, sum: XxHash32::with_seed(0) })
    }

    /// Ends the frame.
    pub fn finish(self) -> io::Result<W> {
        let mut out = self.blocks.finish()?;
        out.write_all(&0u32.to_le_bytes())?;
        out.write_all(&self.sum.finish_32().to_le_bytes())?;
        Ok(out)
    }
}

impl<W: Write> Write for Lz4<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.blocks.write(bytes)?;
        self.sum.write(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.blocks.flush()
    }
}

#[derive(Clone, Default)]
struct Lz4Block {
    /// Where blocks are packed, each time anew.
    room: Vec<u8>,
}

impl Codec for Lz4Block {
    type Packed = Vec<u8>;

    fn block_len(&self) -> usize {
        LZ4_BLOCK
    }

    fn compress(&mut self, _: &[u8], block: &[u8]) -> io::Result<Vec<u8>> {
        self.room.resize(get_maximum_output_size(block.len()), 0);
        let len = compress_into(block, &mut self.room).map_err(io::Error::other)?;
        // What does not shrink is stored, which the highest bit of its length says.
        let (body, flag) = if len < block.len() { (&self.room[..len], 0) } else { (block, 1 << 31) };
        let mut out = Vec::with_capacity(body.len() + 4);
        out.extend_from_slice(&(body.len() as u32 | flag).to_le_bytes());
        out.extend_from_slice(body);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::xz_block;

    #[test]
    fn blocks_of_xz() {
        for (level, threads, mib, blocks) in [
            (6, 2, 64, 4),
            (6, 2, 10, 2),
            (6, 2, 1, 1),
            (6, 4, 1024, 44),
            (9, 2, 64, 1),
            (0, 16, 48, 16),
            (6, 1, 64, 3),
        ] {
            let bytes: u64 = mib << 20;
            assert_eq!(bytes.div_ceil(xz_block(level, threads, bytes)), blocks, "{level} {threads} {mib}");
        }
    }
}
