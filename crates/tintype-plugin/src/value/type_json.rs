//! Types as JSON: `"string"`, `["list","number"]`, `["object",{"a":"bool"}]`.

use std::sync::Arc;

use cty::json::quote;
use cty::{ObjectType, Type, Value};

use super::MAX_DEPTH;

/// Appends the JSON of a type.
pub(super) fn write(ty: &Type, out: &mut String) {
    match ty {
        Type::String => out.push_str("\"string\""),
        Type::Number => out.push_str("\"number\""),
        Type::Bool => out.push_str("\"bool\""),
        Type::List(element) => collection("list", element, out),
        Type::Set(element) => collection("set", element, out),
        Type::Map(element) => collection("map", element, out),
        Type::Tuple(elements) => {
            out.push_str("[\"tuple\",[");
            for (at, element) in elements.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push_str("]]");
        }
        Type::Object(object) => {
            out.push_str("[\"object\",{");
            for (at, (name, ty)) in object.attributes.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quote(name, out);
                out.push(':');
                write(ty, out);
            }
            out.push_str("}]");
        }
        Type::Dynamic | Type::Capsule(_) => out.push_str("\"dynamic\""),
    }
}

fn collection(kind: &str, element: &Type, out: &mut String) {
    out.push_str("[\"");
    out.push_str(kind);
    out.push_str("\",");
    write(element, out);
    out.push(']');
}

/// The type that a JSON value names.
pub(super) fn read(json: &Value, depth: usize) -> Result<Type, String> {
    if depth > MAX_DEPTH {
        return Err("a type is nested too deep".into());
    }
    if let Some(name) = json.as_str() {
        return match name {
            "string" => Ok(Type::String),
            "number" => Ok(Type::Number),
            "bool" => Ok(Type::Bool),
            "dynamic" => Ok(Type::Dynamic),
            other => Err(format!("there is no type {other:?}")),
        };
    }
    let (kind, of) = match json.elements() {
        Some([kind, of, ..]) => (kind.as_str().unwrap_or_default(), of),
        _ => return Err("a type is malformed".into()),
    };
    match kind {
        "list" => read(of, depth + 1).map(Type::list),
        "set" => read(of, depth + 1).map(Type::set),
        "map" => read(of, depth + 1).map(Type::map),
        "tuple" => {
            let elements = of.elements().ok_or("a tuple type has no elements")?;
            Ok(Type::tuple(
                elements.iter().map(|element| read(element, depth + 1)).collect::<Result<Vec<_>, _>>()?,
            ))
        }
        "object" => {
            let entries = of.entries().ok_or("an object type has no attributes")?;
            let attribute = |(name, ty): (&Arc<str>, &Value)| Ok((name.clone(), read(ty, depth + 1)?));
            let attributes = entries.iter().map(attribute).collect::<Result<_, String>>()?;
            // Which may be missing concerns only those who convert to it: a value has all of them.
            Ok(Type::Object(Arc::new(ObjectType { attributes, optional: Default::default() })))
        }
        other => Err(format!("there is no type {other:?}")),
    }
}

/// The type in a JSON text.
pub(super) fn parse(text: &[u8]) -> Result<Type, String> {
    let text = std::str::from_utf8(text).map_err(|_| "a type is no text")?;
    read(&cty::from_json(text).map_err(|error| error.to_string())?, 0)
}
