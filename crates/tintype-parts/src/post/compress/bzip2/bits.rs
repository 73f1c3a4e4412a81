//! Bits in a row, the first in the highest place of a byte, as bzip2 has them.

/// Bits that were written so far. A piece that does not end with a byte can be put behind another.
#[derive(Default)]
pub(crate) struct Bits {
    /// The whole bytes.
    pub bytes: Vec<u8>,
    /// What follows them: the lowest `count` bits, fewer than 32.
    rest: u64,
    count: u32,
}

impl Bits {
    /// Adds `count` bits, at most 32: the lowest of `value`, which has no others.
    #[inline]
    pub fn put(&mut self, value: u32, count: u32) {
        self.rest = self.rest << count | u64::from(value);
        self.count += count;
        if self.count >= 32 {
            self.count -= 32;
            let whole = (self.rest >> self.count) as u32;
            self.bytes.extend_from_slice(&whole.to_be_bytes());
        }
    }

    /// Adds a mark of 48 bits.
    pub fn put_mark(&mut self, mark: u64) {
        self.put((mark >> 24) as u32, 24);
        self.put(mark as u32 & 0xff_ffff, 24);
    }

    /// Adds all bits of another piece.
    pub fn append(&mut self, other: &Self) {
        let (words, bytes) = other.bytes.as_chunks::<4>();
        self.bytes.reserve(other.bytes.len() + 8);
        for word in words {
            self.put(u32::from_be_bytes(*word), 32);
        }
        for byte in bytes {
            self.put(u32::from(*byte), 8);
        }
        self.put((other.rest & ((1 << other.count) - 1)) as u32, other.count);
    }

    /// Fills the last byte with zeros.
    pub fn end(&mut self) {
        let missing = self.count.next_multiple_of(8) - self.count;
        self.put(0, missing);
        while self.count > 0 {
            self.count -= 8;
            self.bytes.push((self.rest >> self.count) as u8);
        }
    }
}
