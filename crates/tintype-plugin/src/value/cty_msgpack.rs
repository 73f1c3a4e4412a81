//! A value with its type as MessagePack: how data sources answer.

use bytes::Bytes;
use cty::{Number, Type, Value};
use gorpc::Value as Wire;
use gorpc::msgpack::{decode, encode};

use super::{MAX_DEPTH, type_json};

pub(super) fn read(bytes: &[u8]) -> Result<Value, String> {
    let wire = decode(&Bytes::copy_from_slice(bytes)).map_err(|error| error.to_string())?;
    value(&wire, &Type::Dynamic, 0)
}

fn value(wire: &Wire, ty: &Type, depth: usize) -> Result<Value, String> {
    if depth > MAX_DEPTH {
        return Err("a value is nested too deep".into());
    }
    let each = |items: &[Wire], ty: &Type| -> Result<Vec<Value>, String> {
        items.iter().map(|item| value(item, ty, depth + 1)).collect()
    };
    let key = |key: &Wire| key.as_text().map(|text| text.into_owned()).ok_or("a key is no text");
    match (wire, ty) {
        (Wire::Nil, ty) => Ok(Value::null(ty.clone())),
        (Wire::Ext(..), ty) => Ok(Value::unknown(ty.clone())),
        (Wire::Array(items), Type::Dynamic) => match &items[..] {
            [Wire::Bin(ty) | Wire::Str(ty), inner] => value(inner, &type_json::parse(ty)?, depth + 1),
            _ => Err("a value has no type".into()),
        },
        (Wire::Str(text), Type::String) => Ok(Value::string(String::from_utf8_lossy(text))),
        (Wire::Bool(yes), Type::Bool) => Ok(Value::bool(*yes)),
        (wire, Type::Number) => number(wire).map(Value::number),
        (Wire::Array(items), Type::List(of)) => Ok(Value::list((**of).clone(), each(items, of)?)),
        (Wire::Array(items), Type::Set(of)) => Ok(Value::set((**of).clone(), each(items, of)?)),
        (Wire::Array(items), Type::Tuple(types)) if items.len() == types.len() => {
            let each = items.iter().zip(types.iter()).map(|(item, ty)| value(item, ty, depth + 1));
            Ok(Value::tuple(each.collect::<Result<_, _>>()?))
        }
        (Wire::Map(entries), Type::Map(of)) => {
            let each =
                entries.iter().map(|(name, item)| Ok((key(name)?.into(), value(item, of, depth + 1)?)));
            Ok(Value::map((**of).clone(), each.collect::<Result<_, String>>()?))
        }
        (Wire::Map(entries), Type::Object(object)) => {
            let mut attributes: std::collections::BTreeMap<_, _> =
                object.attributes.iter().map(|(name, ty)| (name.clone(), Value::null(ty.clone()))).collect();
            for (name, item) in entries {
                let name = key(name)?;
                let Some((known, ty)) = object.attributes.get_key_value(&*name) else {
                    return Err(format!("the type has no attribute {name:?}"));
                };
                attributes.insert(known.clone(), value(item, ty, depth + 1)?);
            }
            Ok(Value::object(attributes))
        }
        (_, ty) => Err(format!("a value is no {}", ty.friendly_name())),
    }
}

fn number(wire: &Wire) -> Result<Number, String> {
    match wire {
        Wire::Int(number) => Some(Number::from(*number)),
        Wire::Uint(number) => Number::parse(&number.to_string()),
        Wire::Float(number) => Number::from_f64(*number),
        // What is exact in no machine number travels as text.
        Wire::Str(text) => std::str::from_utf8(text).ok().and_then(Number::parse),
        _ => None,
    }
    .ok_or_else(|| "a value is no number".to_owned())
}

pub(super) fn write(value: &Value) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    encode(&dynamic(value)?, &mut out);
    Ok(out)
}

fn dynamic(value: &Value) -> Result<Wire, String> {
    if value.is_null() && value.ty().is_dynamic() {
        return Ok(Wire::Nil);
    }
    let mut ty = String::new();
    type_json::write(value.ty(), &mut ty);
    Ok(Wire::Array(vec![Wire::Bin(ty.into()), wire(value)?]))
}

fn wire(value: &Value) -> Result<Wire, String> {
    if !value.is_known() {
        return Err("the value is not known".into());
    }
    if value.is_null() {
        return Ok(Wire::Nil);
    }
    let inner = |declared: &Type, value: &Value| match declared {
        Type::Dynamic => dynamic(value),
        _ => wire(value),
    };
    Ok(if let Some(text) = value.as_str() {
        text.into()
    } else if let Some(yes) = value.as_bool() {
        Wire::Bool(yes)
    } else if let Some(number) = value.as_number() {
        match number.to_i64() {
            Some(whole) => Wire::Int(whole),
            None if Number::from_f64(number.to_f64()).as_ref() == Some(number) => {
                Wire::Float(number.to_f64())
            }
            None => number.to_string().into(),
        }
    } else if let Some(elements) = value.elements() {
        let declared = value.ty().element().cloned().unwrap_or(Type::String);
        Wire::Array(elements.iter().map(|element| inner(&declared, element)).collect::<Result<_, _>>()?)
    } else if let Some(entries) = value.entries() {
        let declared = value.ty().element().cloned().unwrap_or(Type::String);
        let entry = |(name, value): (&std::sync::Arc<str>, &Value)| {
            Ok((Wire::from(&**name), inner(&declared, value)?))
        };
        Wire::Map(entries.iter().map(entry).collect::<Result<_, String>>()?)
    } else {
        return Err("the value has no form on the wire".into());
    })
}
