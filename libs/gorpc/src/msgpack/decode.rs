//! From bytes to a value.

use bytes::Bytes;
use rmp::Marker;

use super::scan::{head, split};
use super::{Malformed, Value};
use crate::limits::MAX_ITEMS;

/// Reads one value, which must be all there is.
///
/// # Errors
/// What is wrong with the bytes.
pub fn decode(bytes: &Bytes) -> Result<Value, Malformed> {
    // Checks lengths, depth and size before anything is made.
    let (_, rest) = split(bytes)?;
    if !rest.is_empty() {
        return Err(Malformed::Long);
    }
    value(&mut bytes.clone(), &mut { MAX_ITEMS })
}

/// `left` is how many values there may still be: one byte of text becomes forty of memory.
fn value(bytes: &mut Bytes, left: &mut usize) -> Result<Value, Malformed> {
    *left = left.checked_sub(1).ok_or(Malformed::TooLong)?;
    let head = head(bytes)?.ok_or(Malformed::Short)?;
    if bytes.len() < head.length + head.content {
        return Err(Malformed::Short);
    }
    let _marker = bytes.split_to(head.length);
    let content = bytes.split_to(head.content);
    let number = || content.iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    Ok(match head.marker {
        Marker::Null => Value::Nil,
        Marker::True => Value::Bool(true),
        Marker::False => Value::Bool(false),
        Marker::FixPos(small) => Value::Int(small.into()),
        Marker::FixNeg(small) => Value::Int(small.into()),
        Marker::I8 => Value::Int((number() as u8 as i8).into()),
        Marker::I16 => Value::Int((number() as u16 as i16).into()),
        Marker::I32 => Value::Int((number() as u32 as i32).into()),
        Marker::I64 => Value::Int(number() as i64),
        Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => Value::Uint(number()),
        Marker::F32 => Value::Float(f32::from_bits(number() as u32).into()),
        Marker::F64 => Value::Float(f64::from_bits(number())),
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => Value::Str(content),
        Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => Value::Bin(content),
        Marker::FixArray(_) | Marker::Array16 | Marker::Array32 => {
            Value::Array((0..head.inside).map(|_| value(bytes, left)).collect::<Result<_, _>>()?)
        }
        Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => {
            let entry = |_| Ok((value(bytes, left)?, value(bytes, left)?));
            Value::Map((0..head.inside / 2).map(entry).collect::<Result<_, Malformed>>()?)
        }
        Marker::FixExt1
        | Marker::FixExt2
        | Marker::FixExt4
        | Marker::FixExt8
        | Marker::FixExt16
        | Marker::Ext8
        | Marker::Ext16
        | Marker::Ext32 => match content.first() {
            Some(kind) => Value::Ext(*kind as i8, content.slice(1..)),
            None => return Err(Malformed::Short),
        },
        Marker::Reserved => return Err(Malformed::Marker),
    })
}
