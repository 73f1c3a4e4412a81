//! From a stream to its first value.

use std::collections::HashMap;

use super::types::{Type, WIRE, described, known};
use super::{Gob, GobError};
use crate::MAX_DEPTH;
use crate::limits::MAX_ITEMS;

/// Reads the first value of a stream.
///
/// # Errors
/// What is wrong with it.
pub fn decode(bytes: &[u8]) -> Result<Gob, GobError> {
    let mut decoder = Decoder { bytes, message: &[], types: known(), left: MAX_ITEMS };
    let id = decoder.type_sequence(false, 0)?;
    decoder.top(id, 0)
}

struct Decoder<'a> {
    /// What follows the current message.
    bytes: &'a [u8],
    /// What is left of the current message.
    message: &'a [u8],
    types: HashMap<i64, Type>,
    /// How many values there may still be.
    left: usize,
}

impl<'a> Decoder<'a> {
    /// Reads descriptions of types until a value follows, and gives the value's type.
    fn type_sequence(&mut self, inside_interface: bool, depth: usize) -> Result<i64, GobError> {
        loop {
            if self.message.is_empty() {
                let length = take_uint(&mut self.bytes)?;
                let length = usize::try_from(length).map_err(|_| GobError::Number)?;
                (self.message, self.bytes) = self.bytes.split_at_checked(length).ok_or(GobError::Short)?;
            }
            let id = self.int()?;
            if id >= 0 {
                return Ok(id);
            }
            let id = id.checked_neg().ok_or(GobError::Number)?;
            let description = self.value(WIRE, depth)?;
            self.types.insert(id, described(&description)?);
            if !self.message.is_empty() {
                // Only inside an interface another description, or the value, follows in the same message, after its length.
                if !inside_interface {
                    return Err(GobError::Type);
                }
                self.uint()?;
            }
        }
    }

    /// A value as it stands in a message or interface: one that is no struct has a zero in front.
    fn top(&mut self, id: i64, depth: usize) -> Result<Gob, GobError> {
        if !self.types.get(&id).ok_or(GobError::Type)?.is_struct() && self.uint()? != 0 {
            return Err(GobError::Number);
        }
        self.value(id, depth)
    }

    fn value(&mut self, id: i64, depth: usize) -> Result<Gob, GobError> {
        if depth > MAX_DEPTH {
            return Err(GobError::TooDeep);
        }
        self.left = self.left.checked_sub(1).ok_or(GobError::TooLarge)?;
        let depth = depth + 1;
        Ok(match self.types.get(&id).cloned().ok_or(GobError::Type)? {
            Type::Bool => Gob::Bool(self.uint()? != 0),
            Type::Int => Gob::Int(self.int()?),
            Type::Uint => Gob::Uint(self.uint()?),
            Type::Float => Gob::Float(self.float()?),
            Type::Complex => Gob::Complex(self.float()?, self.float()?),
            Type::Bytes => Gob::Bytes(self.counted()?.to_vec()),
            Type::Str => Gob::Str(self.counted()?.to_vec()),
            Type::Opaque => Gob::Opaque(self.counted()?.to_vec()),
            Type::List(of) => {
                let count = self.uint()?;
                Gob::List((0..count).map(|_| self.value(of, depth)).collect::<Result<_, _>>()?)
            }
            Type::Map(key, of) => {
                let count = self.uint()?;
                let entry = |_| Ok((self.value(key, depth)?, self.value(of, depth)?));
                Gob::Map((0..count).map(entry).collect::<Result<_, GobError>>()?)
            }
            Type::Struct(fields) => Gob::Struct(self.fields(&fields, depth)?),
            Type::Interface => self.interface(depth)?,
        })
    }

    fn fields(&mut self, known: &[(String, i64)], depth: usize) -> Result<Vec<(String, Gob)>, GobError> {
        let mut fields = Vec::new();
        let mut next = 0usize;
        loop {
            let delta = usize::try_from(self.uint()?).map_err(|_| GobError::Number)?;
            if delta == 0 {
                return Ok(fields);
            }
            next = next.checked_add(delta).ok_or(GobError::Number)?;
            let (name, id) = known.get(next - 1).ok_or(GobError::Field)?;
            fields.push((name.clone(), self.value(*id, depth)?));
        }
    }

    fn interface(&mut self, depth: usize) -> Result<Gob, GobError> {
        let name = String::from_utf8_lossy(self.counted()?).into_owned();
        if name.is_empty() {
            return Ok(Gob::Interface(None));
        }
        let id = self.type_sequence(true, depth)?;
        // The length of the value: useless, since descriptions inside of it do not count.
        self.uint()?;
        let value = self.top(id, depth)?;
        Ok(Gob::Interface(Some((name, Box::new(value)))))
    }

    fn uint(&mut self) -> Result<u64, GobError> {
        take_uint(&mut self.message)
    }

    fn int(&mut self) -> Result<i64, GobError> {
        let bits = self.uint()?;
        let half = (bits >> 1) as i64;
        Ok(if bits & 1 == 1 { !half } else { half })
    }

    fn float(&mut self) -> Result<f64, GobError> {
        Ok(f64::from_bits(self.uint()?.swap_bytes()))
    }

    fn counted(&mut self) -> Result<&'a [u8], GobError> {
        let length = usize::try_from(self.uint()?).map_err(|_| GobError::Number)?;
        let (bytes, rest) = self.message.split_at_checked(length).ok_or(GobError::Short)?;
        self.message = rest;
        Ok(bytes)
    }
}

/// Small numbers are one byte; else the first says how many bytes follow.
fn take_uint(bytes: &mut &[u8]) -> Result<u64, GobError> {
    let (&first, rest) = bytes.split_first().ok_or(GobError::Short)?;
    if first < 128 {
        *bytes = rest;
        return Ok(first.into());
    }
    let count = usize::from(first.wrapping_neg());
    if count > 8 {
        return Err(GobError::Number);
    }
    let (number, rest) = rest.split_at_checked(count).ok_or(GobError::Short)?;
    *bytes = rest;
    Ok(number.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}
