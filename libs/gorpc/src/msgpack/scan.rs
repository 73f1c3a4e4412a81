//! Where a value ends. Can be asked again with more bytes: it goes on where it stopped.

use rmp::Marker;

use super::Malformed;
use crate::{MAX_DEPTH, MAX_VALUE};

/// What stands at the beginning of a value.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) marker: Marker,
    /// Length of marker and counts.
    pub(super) length: usize,
    /// How many bytes of content follow.
    pub(super) content: usize,
    /// How many values follow; for a map two each entry.
    pub(super) inside: u64,
}

/// The head of the value at the beginning of the bytes. Nothing when it is not complete.
pub(super) fn head(bytes: &[u8]) -> Result<Option<Head>, Malformed> {
    let Some(first) = bytes.first() else { return Ok(None) };
    let marker = Marker::from_u8(*first);
    let count = |width: usize| -> Option<u64> {
        let bytes = bytes.get(1..1 + width)?;
        Some(bytes.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    // (width of the count, content when there is no count, whether the count is of values, extra content)
    let plain = |content: usize| Ok(Some(Head { marker, length: 1, content, inside: 0 }));
    let counted = |width: usize, extra: usize| {
        let Some(content) = count(width) else { return Ok(None) };
        let content = usize::try_from(content).map_err(|_| Malformed::TooLong)?.saturating_add(extra);
        Ok(Some(Head { marker, length: 1 + width, content, inside: 0 }))
    };
    let holding = |width: usize, each: u64| {
        let Some(inside) = count(width) else { return Ok(None) };
        Ok(Some(Head { marker, length: 1 + width, content: 0, inside: inside * each }))
    };
    match marker {
        Marker::FixPos(_) | Marker::FixNeg(_) | Marker::Null | Marker::True | Marker::False => plain(0),
        Marker::I8 | Marker::U8 => plain(1),
        Marker::I16 | Marker::U16 => plain(2),
        Marker::I32 | Marker::U32 | Marker::F32 => plain(4),
        Marker::I64 | Marker::U64 | Marker::F64 => plain(8),
        Marker::FixStr(length) => plain(usize::from(length)),
        Marker::Str8 | Marker::Bin8 => counted(1, 0),
        Marker::Str16 | Marker::Bin16 => counted(2, 0),
        Marker::Str32 | Marker::Bin32 => counted(4, 0),
        Marker::FixExt1 => plain(2),
        Marker::FixExt2 => plain(3),
        Marker::FixExt4 => plain(5),
        Marker::FixExt8 => plain(9),
        Marker::FixExt16 => plain(17),
        Marker::Ext8 => counted(1, 1),
        Marker::Ext16 => counted(2, 1),
        Marker::Ext32 => counted(4, 1),
        Marker::FixArray(count) => Ok(Some(Head { marker, length: 1, content: 0, inside: count.into() })),
        Marker::Array16 => holding(2, 1),
        Marker::Array32 => holding(4, 1),
        Marker::FixMap(count) => {
            Ok(Some(Head { marker, length: 1, content: 0, inside: u64::from(count) * 2 }))
        }
        Marker::Map16 => holding(2, 2),
        Marker::Map32 => holding(4, 2),
        Marker::Reserved => Err(Malformed::Marker),
    }
}

/// Finds the end of one value.
#[derive(Default, Debug)]
pub(super) struct Scan {
    at: usize,
    /// How many values are still to come in each container that is open.
    open: Vec<u64>,
}

impl Scan {
    /// The length of the value, when the bytes hold all of it. They begin with those of the last call.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        loop {
            let Some(head) = head(bytes.get(self.at..).unwrap_or_default())? else { return Ok(None) };
            let next = self.at.saturating_add(head.length).saturating_add(head.content);
            if next > MAX_VALUE {
                return Err(Malformed::TooLong);
            }
            if bytes.len() < next {
                return Ok(None);
            }
            self.at = next;
            if head.inside > 0 {
                if self.open.len() >= MAX_DEPTH {
                    return Err(Malformed::TooDeep);
                }
                self.open.push(head.inside);
                continue;
            }
            loop {
                let Some(left) = self.open.last_mut() else { return Ok(Some(self.at)) };
                *left -= 1;
                if *left > 0 {
                    break;
                }
                self.open.pop();
            }
        }
    }

    /// How many bytes there must be before it is worth asking again.
    pub(super) fn needs(&self, bytes: &[u8]) -> usize {
        match head(bytes.get(self.at..).unwrap_or_default()) {
            Ok(Some(head)) => self.at + head.length + head.content,
            _ => bytes.len() + 1,
        }
    }
}

/// The first value of the bytes and what follows it.
pub(super) fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), Malformed> {
    let end = Scan::default().end(bytes)?.ok_or(Malformed::Short)?;
    bytes.split_at_checked(end).ok_or(Malformed::Short)
}
