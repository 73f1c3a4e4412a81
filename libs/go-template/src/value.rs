//! What a template computes with: the data it is given, results of functions, the dot.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A value. Cheap to clone.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Value {
    /// Nothing: a missing key, data that are not there. Prints `<no value>`.
    #[default]
    Nil,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A fractional number.
    Float(f64),
    /// Text.
    Text(Arc<str>),
    /// Several values.
    List(Arc<[Value]>),
    /// Named values. A name that is missing is `Nil`.
    Map(Arc<BTreeMap<String, Value>>),
    /// Named values of a fixed set: Go's struct, with its type's name. A name that is missing is an error.
    Record(Arc<str>, Arc<BTreeMap<String, Value>>),
}

impl Value {
    /// A map of these entries.
    pub fn map<K: Into<String>, V: Into<Value>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        Self::Map(Arc::new(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect()))
    }

    /// A list of these elements.
    pub fn list<V: Into<Value>>(elements: impl IntoIterator<Item = V>) -> Self {
        Self::List(elements.into_iter().map(Into::into).collect())
    }

    /// A record of this type with these fields.
    pub fn record<K: Into<String>, V: Into<Value>>(
        type_name: &str,
        fields: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let fields = fields.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self::Record(type_name.into(), Arc::new(fields))
    }

    /// The text, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether `if` takes it for true: not nothing, no, zero or empty.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(yes) => *yes,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) => !items.is_empty(),
            Self::Map(entries) => !entries.is_empty(),
            Self::Record(..) => true,
        }
    }

    /// Go's name of its type.
    pub(crate) fn type_name(&self) -> &str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Text(_) => "string",
            Self::List(_) => "[]interface {}",
            Self::Map(_) => "map[string]interface {}",
            Self::Record(name, _) => name,
        }
    }

    /// The same value for the formatting functions of gotmpl.
    pub(crate) fn to_gotmpl(&self) -> gotmpl::Value {
        match self {
            Self::Nil => gotmpl::Value::Nil,
            Self::Bool(yes) => gotmpl::Value::Bool(*yes),
            Self::Int(value) => gotmpl::Value::Int(*value),
            Self::Float(value) => gotmpl::Value::Float(*value),
            Self::Text(text) => gotmpl::Value::String(Arc::clone(text)),
            Self::List(items) => gotmpl::Value::List(items.iter().map(Self::to_gotmpl).collect()),
            Self::Map(entries) | Self::Record(_, entries) => gotmpl::Value::Map(Arc::new(
                entries.iter().map(|(key, value)| (Arc::from(key.as_str()), value.to_gotmpl())).collect(),
            )),
        }
    }
}

impl fmt::Display for Value {
    /// As an action prints it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("<no value>"),
            value => value.inner(f),
        }
    }
}

impl Value {
    /// As a part of another value is printed.
    fn inner(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("<nil>"),
            Self::Bool(yes) => write!(f, "{yes}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => float(*value, f),
            Self::Text(text) => f.write_str(text),
            Self::List(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        f.write_str(" ")?;
                    }
                    item.inner(f)?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("map[")?;
                for (index, (key, item)) in entries.iter().enumerate() {
                    write!(f, "{}{key}:", if index > 0 { " " } else { "" })?;
                    item.inner(f)?;
                }
                f.write_str("]")
            }
            Self::Record(_, entries) => {
                f.write_str("{")?;
                for (index, item) in entries.values().enumerate() {
                    if index > 0 {
                        f.write_str(" ")?;
                    }
                    item.inner(f)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// The shortest digits that mean this number, with an exponent where Go's `%v` has one.
fn float(value: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if value.is_nan() {
        return f.write_str("NaN");
    }
    if value.is_infinite() {
        return f.write_str(if value > 0.0 { "+Inf" } else { "-Inf" });
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(exponent) if value != 0.0 && !(-4..21).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            write!(f, "{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => write!(f, "{value}"),
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}
