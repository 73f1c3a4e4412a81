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

fn basic(value: &Value) -> Result<Basic, String> {
    match value {
        Value::Bool(_) => Ok(Basic::Bool),
        Value::Int(_) => Ok(Basic::Int),
        Value::Float(_) => Ok(Basic::Float),
        Value::Text(_) => Ok(Basic::Text),
        _ => Err("invalid type for comparison".to_owned()),
    }
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
    match (a, b) {
        (Value::Nil, other) | (other, Value::Nil) => Ok(*other == Value::Nil),
        (Value::List(_) | Value::Map(_), _) | (_, Value::List(_) | Value::Map(_)) => {
            let bad = if matches!(a, Value::List(_) | Value::Map(_)) { a } else { b };
            Err(format!("non-comparable type {}: {bad}", bad.type_name()))
        }
        (Value::Record(..), _) | (_, Value::Record(..)) => Ok(a == b),
        _ if basic(a)? != basic(b)? => Err("incompatible types for comparison".to_owned()),
        _ => Ok(a == b),
    }
}

pub(crate) fn order(a: &Value, b: &Value) -> Result<Option<Ordering>, String> {
    if basic(a)? != basic(b)? {
        return Err("incompatible types for comparison".to_owned());
    }
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(b))),
        (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(b)),
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.cmp(b))),
        _ => Err("invalid type for comparison".to_owned()),
    }
}
