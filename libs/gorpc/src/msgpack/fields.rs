//! A struct of the other side, field by field, each still encoded: what is only passed on is never taken apart.

use bytes::Bytes;
use rmp::Marker;

use super::scan::{head, split};
use super::{Malformed, Value, decode};

/// The fields of a struct, or the entries of a map with text keys. A field that is not there reads as nil, as in Go.
#[derive(Clone, Default, PartialEq, Debug)]
pub struct Fields(pub Vec<(String, Bytes)>);

const NIL: Bytes = Bytes::from_static(&[0xc0]);

impl Fields {
    /// Takes a struct or map apart. Nil has no fields; entries whose key is no text are left out.
    ///
    /// # Errors
    /// It is something else.
    pub fn read(bytes: &Bytes) -> Result<Self, Malformed> {
        let start = head(bytes)?.ok_or(Malformed::Short)?;
        let count = match start.marker {
            Marker::Null => 0,
            Marker::FixMap(_) | Marker::Map16 | Marker::Map32 => start.inside / 2,
            _ => return Err(Malformed::Kind("a struct is needed".into())),
        };
        let mut rest = bytes.slice(start.length..);
        let mut take = || -> Result<Bytes, Malformed> {
            let length = split(&rest)?.0.len();
            Ok(rest.split_to(length))
        };
        let mut fields = Vec::new();
        for _ in 0..count {
            let (key, value) = (take()?, take()?);
            if let Value::Str(name) | Value::Bin(name) = decode(&key)? {
                fields.push((String::from_utf8_lossy(&name).into_owned(), value));
            }
        }
        Ok(Self(fields))
    }

    /// A field in its encoded form.
    pub fn raw(&self, name: &str) -> Bytes {
        self.0.iter().find(|(known, _)| known == name).map_or(NIL, |(_, value)| value.clone())
    }

    /// A field.
    ///
    /// # Errors
    /// It is malformed.
    pub fn value(&self, name: &str) -> Result<Value, Malformed> {
        decode(&self.raw(name))
    }

    /// A text.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self, name: &str) -> Result<String, Malformed> {
        let value = self.value(name)?;
        let text = value.as_text().ok_or_else(|| Malformed::Kind(format!("{name} is no text")))?;
        Ok(text.into_owned())
    }

    /// A whole number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self, name: &str) -> Result<i64, Malformed> {
        self.value(name)?.as_i64().ok_or_else(|| Malformed::Kind(format!("{name} is no number")))
    }

    /// The number of a stream; 0 is none.
    ///
    /// # Errors
    /// It is none.
    pub fn stream(&self, name: &str) -> Result<u32, Malformed> {
        u32::try_from(self.number(name)?).map_err(|_| Malformed::Kind(format!("{name} is no stream")))
    }

    /// Yes or no.
    ///
    /// # Errors
    /// It is neither.
    pub fn bool(&self, name: &str) -> Result<bool, Malformed> {
        self.value(name)?
            .as_bool()
            .ok_or_else(|| Malformed::Kind(format!("{name} is neither true nor false")))
    }

    /// Bytes.
    ///
    /// # Errors
    /// It is something else.
    pub fn bytes(&self, name: &str) -> Result<Bytes, Malformed> {
        match self.value(name)? {
            Value::Bin(bytes) | Value::Str(bytes) => Ok(bytes),
            Value::Nil => Ok(Bytes::new()),
            _ => Err(Malformed::Kind(format!("{name} holds no bytes"))),
        }
    }

    /// Texts.
    ///
    /// # Errors
    /// It is something else.
    pub fn texts(&self, name: &str) -> Result<Vec<String>, Malformed> {
        texts(&self.value(name)?).ok_or_else(|| Malformed::Kind(format!("{name} is no list of texts")))
    }
}

/// The texts of a slice.
pub(crate) fn texts(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Nil => Some(Vec::new()),
        Value::Array(items) => {
            items.iter().map(|item| item.as_text().map(|text| text.into_owned())).collect()
        }
        _ => None,
    }
}
