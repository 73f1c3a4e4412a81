//! Bytes as they come, in whole blocks, and the padding at the end, as MD5 and the SHA family have it: a bit, zeros, the length in bits.

/// What does not fill a block yet.
pub(super) struct Blocks<const BLOCK: usize> {
    rest: Vec<u8>,
    len: u128,
}

impl<const BLOCK: usize> Blocks<BLOCK> {
    pub fn new() -> Self {
        Self { rest: Vec::with_capacity(2 * BLOCK), len: 0 }
    }

    /// Takes the next bytes and gives the blocks that are full.
    pub fn update(&mut self, mut bytes: &[u8], mut take: impl FnMut(&[[u8; BLOCK]])) {
        self.len = self.len.wrapping_add(bytes.len() as u128);
        if !self.rest.is_empty() {
            let (head, tail) = bytes.split_at(bytes.len().min(BLOCK - self.rest.len()));
            self.rest.extend_from_slice(head);
            bytes = tail;
            if self.rest.len() < BLOCK {
                return;
            }
            take(self.rest.as_chunks().0);
            self.rest.clear();
        }
        let (whole, rest) = bytes.as_chunks();
        take(whole);
        self.rest.extend_from_slice(rest);
    }

    /// The last blocks; `length` makes so many bytes of the length in bits.
    pub fn finish<const LENGTH: usize>(
        mut self,
        length: impl Fn(u128) -> [u8; LENGTH],
        take: impl FnOnce(&[[u8; BLOCK]]),
    ) {
        self.rest.push(0x80);
        let filled = (self.rest.len() + LENGTH).next_multiple_of(BLOCK) - LENGTH;
        self.rest.resize(filled, 0);
        self.rest.extend_from_slice(&length(self.len.wrapping_mul(8)));
        take(self.rest.as_chunks().0);
    }
}
