//! Values to JSON: no blanks, keys sorted, and escaped so that the text may stand inside HTML.

use std::fmt;
use std::fmt::Write;

use crate::Value;

/// Why a value has no JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JsonEncodeError {
    /// It is not wholly known.
    Unknown,
    /// It contains an infinite number.
    Infinite,
    /// It contains something that is no data.
    Capsule,
}

impl fmt::Display for JsonEncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JsonEncodeError::Unknown => "the value is not known yet",
            JsonEncodeError::Infinite => "JSON has no infinite numbers",
            JsonEncodeError::Capsule => "the value has no JSON form",
        })
    }
}

impl std::error::Error for JsonEncodeError {}

/// The JSON text of a value: null for null, keys sorted by bytes, numbers without exponent.
pub fn to_json(value: &Value) -> Result<String, JsonEncodeError> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), JsonEncodeError> {
    if !value.is_known() {
        return Err(JsonEncodeError::Unknown);
    }
    if value.is_null() {
        out.push_str("null");
    } else if let Some(text) = value.as_str() {
        quote(text, out);
    } else if let Some(value) = value.as_bool() {
        out.push_str(if value { "true" } else { "false" });
    } else if let Some(number) = value.as_number() {
        if number.is_infinite() {
            return Err(JsonEncodeError::Infinite);
        }
        let _ = write!(out, "{number}");
    } else if let Some(elements) = value.elements() {
        out.push('[');
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write(element, out)?;
        }
        out.push(']');
    } else if let Some(entries) = value.entries() {
        out.push('{');
        for (index, (key, element)) in entries.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            quote(key, out);
            out.push(':');
            write(element, out)?;
        }
        out.push('}');
    } else {
        return Err(JsonEncodeError::Capsule);
    }
    Ok(())
}

/// Appends a text as a JSON string.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\x1f' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
