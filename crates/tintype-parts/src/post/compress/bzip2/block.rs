//! One block of bzip2: the run lengths, the sorted rotations, the ranks of recent bytes. What the numbers are coded with is in `codes`.

use std::io;

use flate2::Crc;
use libsais::SuffixArrayConstruction;

use super::bits::Bits;
use super::codes;

/// Marks the beginning of a block.
const MAGIC: u64 = 0x3141_5926_5359;

/// What a thread that packs blocks keeps from one to the next.
#[derive(Clone, Default)]
pub(crate) struct Packer {
    runs: Vec<u8>,
    turned: Vec<u8>,
    order: Vec<i32>,
    symbols: Vec<u16>,
}

impl Packer {
    /// Packs `raw` as one block or, if its run lengths do not fit into `most` bytes, as several. Tells the checksum of each.
    pub fn pack(
        &mut self,
        raw: &[u8],
        most: usize,
        out: &mut Bits,
        sum: &mut dyn FnMut(u32),
    ) -> io::Result<()> {
        if raw.is_empty() {
            return Ok(());
        }
        run_lengths(raw, &mut self.runs);
        if self.runs.len() > most {
            // Two of one size: the format cares little, and a small remainder would pack badly.
            let (first, second) = raw.split_at(raw.len() / 2);
            self.pack(first, most, out, sum)?;
            return self.pack(second, most, out, sum);
        }
        let crc = checksum(raw);
        sum(crc);
        let origin = self.sort()?;
        out.put_mark(MAGIC);
        out.put(crc, 32);
        // The old randomised form is not used.
        out.put(0, 1);
        out.put(origin as u32, 24);
        let used = self.ranks();
        put_used(&used, out);
        codes::write(&self.symbols, used.iter().filter(|used| **used).count() + 2, out);
        Ok(())
    }

    /// Turns `runs` into the last bytes of its sorted rotations and says which of them is the text as it was.
    fn sort(&mut self) -> io::Result<usize> {
        // Behind its least rotation, the order of a text's suffixes is that of its rotations: no suffix that is the beginning of
        // another one sorts differently with the text's begin behind it, as nothing sorts before that.
        let len = self.runs.len();
        let start = least_rotation(&self.runs);
        self.turned.clear();
        self.turned.extend_from_slice(&self.runs[start..]);
        self.turned.extend_from_slice(&self.runs[..start]);
        self.order.resize(len, 0);
        let sorted = SuffixArrayConstruction::for_text(&self.turned)
            .in_borrowed_buffer(&mut self.order[..len])
            .single_threaded()
            .run();
        sorted.map_err(|error| io::Error::other(format!("cannot sort a block: {error:?}")))?;
        let begin = (len - start) % len;
        let mut origin = 0;
        for (rank, (last, place)) in self.runs.iter_mut().zip(&self.order).enumerate() {
            let place = *place as usize;
            if place == begin {
                origin = rank;
            }
            *last = self.turned[if place == 0 { len - 1 } else { place - 1 }];
        }
        Ok(origin)
    }

    /// Makes `symbols` of the bytes in `runs`: for each, how many others came since it was last seen; zeros as their number. Says
    /// which bytes there are.
    fn ranks(&mut self) -> [bool; 256] {
        let mut used = [false; 256];
        for byte in &self.runs {
            used[usize::from(*byte)] = true;
        }
        let mut recent = [0; 256];
        let bytes = (0..=u8::MAX).filter(|byte| used[usize::from(*byte)]);
        let count = recent.iter_mut().zip(bytes).map(|(place, byte)| *place = byte).count();

        self.symbols.clear();
        self.symbols.reserve(self.runs.len() + 1);
        let mut zeros = 0;
        for byte in &self.runs {
            if recent[0] == *byte {
                zeros += 1;
                continue;
            }
            put_zeros(zeros, &mut self.symbols);
            zeros = 0;
            let mut moved = recent[0];
            let mut rank = 0;
            for (place, held) in recent.iter_mut().enumerate().skip(1) {
                std::mem::swap(held, &mut moved);
                if moved == *byte {
                    rank = place;
                    break;
                }
            }
            recent[0] = *byte;
            self.symbols.push(rank as u16 + 1);
        }
        put_zeros(zeros, &mut self.symbols);
        self.symbols.push(count as u16 + 1);
        used
    }
}

/// A number of zeros, in digits that are worth one or two times the powers of two: symbols 0 and 1.
fn put_zeros(mut count: u32, symbols: &mut Vec<u16>) {
    while count > 0 {
        count -= 1;
        symbols.push((count & 1) as u16);
        count >>= 1;
    }
}

/// Four bytes that are the same are followed by how many more of them there are, at most 255.
fn run_lengths(raw: &[u8], runs: &mut Vec<u8>) {
    runs.clear();
    runs.reserve(raw.len() + raw.len() / 4 + 1);
    let mut rest = raw;
    while let Some(&byte) = rest.first() {
        let run = rest.iter().take(4 + 255).take_while(|other| **other == byte).count();
        if run < 4 {
            runs.extend_from_slice(&rest[..run]);
        } else {
            runs.extend_from_slice(&[byte, byte, byte, byte, (run - 4) as u8]);
        }
        rest = &rest[run..];
    }
}

/// The CRC-32 that goes from the highest bit to the lowest: the usual one, seen in a mirror.
fn checksum(raw: &[u8]) -> u32 {
    let mut crc = Crc::new();
    let mut mirrored = [0; 4096];
    for part in raw.chunks(mirrored.len()) {
        for (to, from) in mirrored.iter_mut().zip(part) {
            *to = from.reverse_bits();
        }
        crc.update(&mirrored[..part.len()]);
    }
    crc.sum().reverse_bits()
}

/// Where the rotation begins that sorts before all others.
fn least_rotation(text: &[u8]) -> usize {
    let len = text.len();
    // Two candidates; of each it is known that no rotation that begins before it, but the other, is less.
    let (mut one, mut other, mut same) = (0, 1, 0);
    while one < len && other < len && same < len {
        let at = |begin: usize| {
            let place = begin + same;
            text[if place < len { place } else { place - len }]
        };
        match at(one).cmp(&at(other)) {
            std::cmp::Ordering::Equal => {
                same += 1;
                continue;
            }
            std::cmp::Ordering::Greater => one += same + 1,
            std::cmp::Ordering::Less => other += same + 1,
        }
        if one == other {
            other += 1;
        }
        same = 0;
    }
    one.min(other)
}

/// Which bytes a block has: which sixteenths have any, then which of each.
fn put_used(used: &[bool; 256], out: &mut Bits) {
    let flags = |places: &[bool]| places.iter().fold(0, |bits, used| bits << 1 | u32::from(*used));
    let parts = used.as_chunks::<16>().0;
    out.put(parts.iter().fold(0, |bits, part| bits << 1 | u32::from(part.contains(&true))), 16);
    for part in parts.iter().filter(|part| part.contains(&true)) {
        out.put(flags(part), 16);
    }
}
