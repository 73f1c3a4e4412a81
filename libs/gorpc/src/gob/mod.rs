//! Gob, Go's own serialisation. A stream describes its types before it uses them, so it can be read without knowing them; what it is read
//! into is a tree that keeps the names.

mod decode;
mod encode;
mod types;

pub use decode::decode;
pub use encode::{Shape, ids, put_bytes, put_int, put_interface, put_type, put_uint, put_value};

/// A value with the names that its types had.
#[derive(Clone, PartialEq, Debug)]
pub enum Gob {
    /// True or false.
    Bool(bool),
    /// A signed number.
    Int(i64),
    /// An unsigned number.
    Uint(u64),
    /// `float64` and `float32`.
    Float(f64),
    /// Real and imaginary part.
    Complex(f64, f64),
    /// `[]byte`.
    Bytes(Vec<u8>),
    /// Text, not always UTF-8.
    Str(Vec<u8>),
    /// A struct: its fields by name. Those that are zero are not there.
    Struct(Vec<(String, Gob)>),
    /// A slice or array.
    List(Vec<Gob>),
    /// A map.
    Map(Vec<(Gob, Gob)>),
    /// An interface: the registered name of what it holds, and that; nothing is nil.
    Interface(Option<(String, Box<Gob>)>),
    /// A type that encodes itself.
    Opaque(Vec<u8>),
}

impl Gob {
    /// A field of a struct.
    pub fn field(&self, name: &str) -> Option<&Gob> {
        match self {
            Gob::Struct(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Gob::Str(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// A whole number of either kind.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Gob::Int(number) => Some(*number),
            Gob::Uint(number) => i64::try_from(*number).ok(),
            _ => None,
        }
    }

    /// The bytes of a type that encodes itself.
    pub fn as_opaque(&self) -> Option<&[u8]> {
        match self {
            Gob::Opaque(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// Why bytes are no gob stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GobError {
    /// They end too early.
    #[error("a gob value is cut off")]
    Short,
    /// A number that cannot be.
    #[error("a gob number is out of range")]
    Number,
    /// A type that was not described, or that is described in itself.
    #[error("a gob value has an unknown type")]
    Type,
    /// A field that its struct does not have.
    #[error("a gob value has an unknown field")]
    Field,
    /// Deeper than [`crate::MAX_DEPTH`].
    #[error("a gob value is nested too deep")]
    TooDeep,
    /// Too many values.
    #[error("a gob value is too large")]
    TooLarge,
}

#[cfg(test)]
mod tests;
