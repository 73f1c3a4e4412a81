//! JSON without places: what fixers change and what is written anew. Objects are sorted by key, numbers are 64-bit floats, of a key
//! that stands twice the last counts: all that is how Packer's users know the result.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use cty::Number;
use diag::{Diagnostic, Diagnostics};
use hcl::json::{Node, NodeKind};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number; never infinite.
    Number(f64),
    /// A string.
    Text(String),
    /// `[…]`
    List(Vec<Value>),
    /// `{…}`
    Object(Object),
}

/// The properties of an object.
pub(crate) type Object = BTreeMap<String, Value>;

impl Value {
    /// A value without its places.
    ///
    /// # Errors
    /// Numbers that no 64-bit float comes near, each at its place.
    pub(crate) fn of(node: &Node) -> Result<Self, Diagnostics> {
        let mut found = Diagnostics::new();
        let value = convert(node, &mut found);
        found.into_result(value)
    }

    /// The text of a string.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The properties of an object.
    pub(crate) fn as_object_mut(&mut self) -> Option<&mut Object> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// What it is, in words for an error.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Object(_) => "an object",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

fn convert(node: &Node, found: &mut Diagnostics) -> Value {
    match &node.kind {
        // What could not be read has been reported by the reader.
        NodeKind::Null | NodeKind::Invalid => Value::Null,
        NodeKind::Bool(yes) => Value::Bool(*yes),
        NodeKind::Number(number) => match float(number) {
            Some(float) => Value::Number(float),
            None => {
                let detail = "Numbers in a template are 64-bit floats; this one is larger than any.";
                found.push(Diagnostic::error("Number too large").detail(detail).at(node.span));
                Value::Null
            }
        },
        NodeKind::String(text) => Value::Text(text.text().to_string()),
        NodeKind::Array(items) => Value::List(items.iter().map(|item| convert(item, found)).collect()),
        NodeKind::Object(properties) => Value::Object(
            properties
                .iter()
                .map(|property| (property.name.text().to_string(), convert(&property.value, found)))
                .collect(),
        ),
    }
}

fn float(number: &Number) -> Option<f64> {
    let float = number.to_f64();
    float.is_finite().then_some(float)
}

/// Two blanks a level, a property or element a line. `&` is an escape, `<` and `>` are not.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_value(self, 0, f)
    }
}

fn write_value(value: &Value, level: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match value {
        Value::Null => f.write_str("null"),
        Value::Bool(yes) => write!(f, "{yes}"),
        Value::Number(number) => write_number(*number, f),
        Value::Text(text) => write_text(text, f),
        Value::List(items) => write_items(['[', ']'], items, level, f, write_value),
        Value::Object(object) => write_items(['{', '}'], object, level, f, |(key, value), level, f| {
            write_text(key, f)?;
            f.write_str(": ")?;
            write_value(value, level, f)
        }),
    }
}

fn write_items<I: IntoIterator>(
    [open, close]: [char; 2],
    items: I,
    level: usize,
    f: &mut fmt::Formatter<'_>,
    one: impl Fn(I::Item, usize, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    let line = |level: usize, f: &mut fmt::Formatter<'_>| write!(f, "\n{:1$}", "", level * 2);
    f.write_char(open)?;
    let mut empty = true;
    for item in items {
        if !empty {
            f.write_char(',')?;
        }
        empty = false;
        line(level + 1, f)?;
        one(item, level + 1, f)?;
    }
    if !empty {
        line(level, f)?;
    }
    f.write_char(close)
}

/// The shortest digits that mean this number, with an exponent where Go writes one.
fn write_number(number: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let size = number.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return write!(f, "{number}");
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, exponent)) if !exponent.starts_with('-') => write!(f, "{digits}e+{exponent}"),
        _ => f.write_str(&text),
    }
}

fn write_text(text: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '\u{8}' => f.write_str("\\b")?,
            '\u{c}' => f.write_str("\\f")?,
            '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => write!(f, "\\u{:04x}", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}
