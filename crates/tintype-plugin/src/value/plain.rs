//! Values without a type, as Go keeps them in an `interface{}`: what builders publish, what artifacts tell, options of legacy templates.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Number, Type, Value};
use gorpc::Value as Wire;

use super::MAX_DEPTH;

/// What an unknown value is in an override: the text by which plugins know one.
const UNKNOWN: &str = "74D93920-ED26-11E3-AC10-0800200C9A66";

/// How whole numbers and nulls travel.
#[derive(Clone, Copy)]
struct Form {
    /// Whole numbers are integers; else all are floats.
    integers: bool,
    /// Members that are null are left out.
    drop_null: bool,
}

/// What a machine or an artifact publishes.
pub(crate) fn to_plain(value: &Value) -> Wire {
    wire(value, Form { integers: true, drop_null: false }, 0)
}

/// A provisioner's override from HCL.
pub(crate) fn to_override(value: &Value) -> Wire {
    wire(value, Form { integers: true, drop_null: true }, 0)
}

/// Options of a legacy template: JSON knows only floats.
pub(crate) fn to_template(value: &Value) -> Wire {
    wire(value, Form { integers: false, drop_null: false }, 0)
}

fn wire(value: &Value, form: Form, depth: usize) -> Wire {
    if depth > MAX_DEPTH || value.is_null() {
        return Wire::Nil;
    }
    if !value.is_known() {
        return UNKNOWN.into();
    }
    if let Some(text) = value.as_str() {
        text.into()
    } else if let Some(yes) = value.as_bool() {
        Wire::Bool(yes)
    } else if let Some(number) = value.as_number() {
        match number.to_i64() {
            Some(whole) if form.integers => Wire::Int(whole),
            _ => Wire::Float(number.to_f64()),
        }
    } else if let Some(elements) = value.elements() {
        Wire::Array(elements.iter().map(|element| wire(element, form, depth + 1)).collect())
    } else if let Some(entries) = value.entries() {
        let kept = entries.iter().filter(|(_, value)| !(form.drop_null && value.is_null()));
        Wire::Map(kept.map(|(name, value)| (Wire::from(&**name), wire(value, form, depth + 1))).collect())
    } else {
        Wire::Nil
    }
}

/// A value of the other side. Bytes become a list of numbers, times their extension's bytes.
pub(crate) fn from_plain(wire: &Wire) -> Value {
    value(wire, 0)
}

fn value(wire: &Wire, depth: usize) -> Value {
    if depth > MAX_DEPTH {
        return Value::null(Type::Dynamic);
    }
    match wire {
        Wire::Nil | Wire::Raw(_) => Value::null(Type::Dynamic),
        Wire::Bool(yes) => Value::bool(*yes),
        Wire::Int(number) => Value::number(*number),
        Wire::Uint(number) => number_of(Number::parse(&number.to_string())),
        Wire::Float(number) => number_of(Number::from_f64(*number)),
        Wire::Str(text) => Value::verbatim(String::from_utf8_lossy(text)),
        Wire::Bin(bytes) | Wire::Ext(_, bytes) => {
            Value::list(Type::Number, bytes.iter().map(|byte| Value::number(i64::from(*byte))).collect())
        }
        Wire::Array(items) => Value::tuple(items.iter().map(|item| value(item, depth + 1)).collect()),
        Wire::Map(entries) => {
            let mut attributes: BTreeMap<Arc<str>, Value> = BTreeMap::new();
            for (key, item) in entries {
                if let Some(key) = key.as_text() {
                    attributes.insert(key.into(), value(item, depth + 1));
                }
            }
            Value::object(attributes)
        }
    }
}

fn number_of(number: Option<Number>) -> Value {
    number.map_or_else(|| Value::null(Type::Number), Value::number)
}
