//! MessagePack as Go's codec writes and reads it: text may be any bytes, and whether a number is signed shows in its form.

mod decode;
mod encode;
mod fields;
mod reader;
mod scan;

use std::borrow::Cow;

use bytes::Bytes;

pub use decode::decode;
pub use encode::encode;
pub use fields::Fields;
pub use reader::ValueReader;

/// A value.
#[derive(Clone, PartialEq, Debug)]
pub enum Value {
    /// Go's nil.
    Nil,
    /// True or false.
    Bool(bool),
    /// A signed number: `int` and its like.
    Int(i64),
    /// A number written in an unsigned form. Small ones look the same and read as `Int`.
    Uint(u64),
    /// `float64`; `float32` reads as it, too.
    Float(f64),
    /// Text, not always UTF-8.
    Str(Bytes),
    /// `[]byte`.
    Bin(Bytes),
    /// A slice.
    Array(Vec<Value>),
    /// A map or struct.
    Map(Vec<(Value, Value)>),
    /// An extension: type and content. Times are of type -1.
    Ext(i8, Bytes),
    /// A whole value in its encoded form, passed on as it came. Never read.
    Raw(Bytes),
}

/// Why bytes are no value.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Malformed {
    /// They end too early.
    #[error("a value is cut off")]
    Short,
    /// There is more after the value.
    #[error("bytes follow the value")]
    Long,
    /// More than [`crate::MAX_VALUE`] bytes.
    #[error("a value is longer than {} MiB", crate::MAX_VALUE >> 20)]
    TooLong,
    /// Deeper than [`crate::MAX_DEPTH`].
    #[error("a value is nested too deep")]
    TooDeep,
    /// A byte that begins nothing.
    #[error("a byte begins no value")]
    Marker,
    /// A value of another kind was needed.
    #[error("{0}")]
    Kind(String),
}

impl Value {
    /// Text.
    pub fn str(text: impl AsRef<[u8]>) -> Self {
        Value::Str(Bytes::copy_from_slice(text.as_ref()))
    }

    /// A struct.
    pub fn record<const N: usize>(fields: [(&str, Value); N]) -> Self {
        Value::Map(fields.into_iter().map(|(name, value)| (Value::str(name), value)).collect())
    }

    /// A slice of texts; none is nil.
    pub fn texts(texts: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let texts: Vec<Value> = texts.into_iter().map(Value::str).collect();
        if texts.is_empty() { Value::Nil } else { Value::Array(texts) }
    }

    /// As text, what is not UTF-8 replaced. `[]byte` counts, nil is the empty text.
    pub fn as_text(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Str(bytes) | Value::Bin(bytes) => Some(String::from_utf8_lossy(bytes)),
            Value::Nil => Some(Cow::Borrowed("")),
            _ => None,
        }
    }

    /// As a whole number. Nil is 0.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            Value::Uint(number) => i64::try_from(*number).ok(),
            // Go takes whole floats for integers, too.
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Value::Bool(yes) => Some(i64::from(*yes)),
            Value::Nil => Some(0),
            _ => None,
        }
    }

    /// As yes or no. Nil is no.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(yes) => Some(*yes),
            Value::Nil => Some(false),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::str(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Str(Bytes::from(text))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Int(i64::from(number))
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Value::Bool(yes)
    }
}

#[cfg(test)]
mod tests;
