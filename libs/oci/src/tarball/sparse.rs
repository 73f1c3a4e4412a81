//! Files with holes, in the four ways in which GNU tar has written them. Only read: layers are written without, since not everybody who
//! unpacks them knows these ways.

use super::BLOCK;
use super::numbers;

/// More pieces than this no honest file has.
const MOST_PIECES: usize = 1 << 18;

/// Where the content of a file with holes stands: pieces in order, the rest is holes.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Map {
    /// Offsets and lengths.
    pub(super) pieces: Vec<(u64, u64)>,
    /// The size of the file, holes included.
    pub(super) size: u64,
}

impl Map {
    pub(super) fn push(&mut self, at: u64, length: u64) -> Result<(), &'static str> {
        if self.pieces.len() >= MOST_PIECES {
            return Err("a file has too many holes");
        }
        self.pieces.push((at, length));
        Ok(())
    }

    /// Whether the pieces follow each other, lie inside of the file, and are as many bytes as are stored.
    pub(super) fn check(&self, stored: u64) -> Result<(), &'static str> {
        let mut end = 0;
        let mut sum = 0_u64;
        for &(at, length) in &self.pieces {
            let behind = at.checked_add(length).ok_or("a piece of a file with holes is beyond all bounds")?;
            if at < end || behind > self.size {
                return Err("the pieces of a file with holes overlap, or lie outside of it");
            }
            end = behind;
            sum += length;
        }
        if sum != stored {
            return Err("the pieces of a file with holes are not what is stored of it");
        }
        Ok(())
    }

    /// Takes the pieces in a block: pairs of twelve digits. Those in a header are four, those in a block of their own 21.
    pub(super) fn take(&mut self, fields: &[u8]) -> Result<(), &'static str> {
        for pair in fields.chunks_exact(24) {
            let (at, length) = pair.split_at(12);
            if at.first().is_none_or(|byte| *byte == 0) {
                break;
            }
            let number = |field| numbers::read(field).and_then(|number| u64::try_from(number).ok());
            let (Some(at), Some(length)) = (number(at), number(length)) else {
                return Err("a hole in a file has no place");
            };
            self.push(at, length)?;
        }
        Ok(())
    }

    /// Reads `offset,length,offset,length`.
    pub(super) fn take_text(&mut self, text: &[u8]) -> Result<(), &'static str> {
        let text = std::str::from_utf8(text).map_err(|_| "the list of holes is no text")?;
        let mut numbers = text.split(',').filter(|number| !number.is_empty()).map(str::parse::<u64>);
        while let Some(at) = numbers.next() {
            let (Ok(at), Some(Ok(length))) = (at, numbers.next()) else {
                return Err("the list of holes makes no sense");
            };
            self.push(at, length)?;
        }
        Ok(())
    }
}

/// The list that stands before the content: numbers, one a line, the first of them how many pieces there are.
#[derive(Default)]
pub(super) struct Lines {
    numbers: Vec<u64>,
    current: Option<u64>,
}

impl Lines {
    /// Takes a block. Says whether the list ends in it.
    pub(super) fn take(&mut self, block: &[u8; BLOCK]) -> Result<bool, &'static str> {
        for byte in block {
            match byte {
                b'0'..=b'9' => {
                    let digit = u64::from(byte - b'0');
                    let number =
                        self.current.unwrap_or(0).checked_mul(10).and_then(|sum| sum.checked_add(digit));
                    self.current = Some(number.ok_or("the list of holes makes no sense")?);
                }
                b'\n' => {
                    let number = self.current.take().ok_or("the list of holes makes no sense")?;
                    self.numbers.push(number);
                    let count = self.numbers.first().copied().unwrap_or(0);
                    if count > MOST_PIECES as u64 {
                        return Err("a file has too many holes");
                    }
                    if self.numbers.len() as u64 == count * 2 + 1 {
                        return Ok(true);
                    }
                }
                _ => return Err("the list of holes makes no sense"),
            }
        }
        Ok(false)
    }

    pub(super) fn finish(&self, map: &mut Map) -> Result<(), &'static str> {
        for pair in self.numbers.get(1..).unwrap_or_default().chunks_exact(2) {
            if let [at, length] = pair {
                map.push(*at, *length)?;
            }
        }
        Ok(())
    }
}
