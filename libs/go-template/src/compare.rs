//! `eq`, `ne`, `lt`, `le`, `gt`, `ge`: which values compare with which, and how.

use std::cmp::Ordering;

use crate::Value;

#[derive(PartialEq)]
enum Basic {
    Bool,
    Int,
    Float,
    Text,
}

fn basic(value: &Value) -> Option<Basic> {
    match value {
        Value::Bool(_) => Some(Basic::Bool),
        Value::Int(_) => Some(Basic::Int),
        Value::Float(_) => Some(Basic::Float),
        Value::Text(_) => Some(Basic::Text),
        _ => None,
    }
}

fn incompatible(a: &Value, b: &Value) -> String {
    format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name())
}

/// Whether the first equals one of the others.
pub(crate) fn equal_to_any(args: &[Value]) -> Result<bool, String> {
    let [first, others @ ..] = args else { return Err("missing argument for comparison".into()) };
    if others.is_empty() {
        return Err("missing argument for comparison".into());
    }
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(crate) fn equal(a: &Value, b: &Value) -> Result<bool, String> {
    let no_key = |value: &Value| matches!(value, Value::List(_) | Value::Map(_));
    match (basic(a), basic(b)) {
        _ if *a == Value::Nil || *b == Value::Nil => Ok(a == b),
        (kind, other) if kind != other => Err(incompatible(a, b)),
        (None, _) if no_key(a) || no_key(b) => {
            Err(format!("non-comparable types {a}: {}, {}: {b}", a.type_name(), b.type_name()))
        }
        _ => Ok(a == b),
    }
}

pub(crate) fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    let invalid = || "invalid type for comparison".to_owned();
    if basic(a).ok_or_else(invalid)? != basic(b).ok_or_else(invalid)? {
        return Err(incompatible(a, b));
    }
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
        _ => Err(invalid()),
    }
}
