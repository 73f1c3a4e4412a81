//! A type as gob: a stream of its own, in which each inner type is again one.

use std::sync::Arc;

use cty::{ObjectType, Type};
use gorpc::gob::{Gob, Shape, decode, ids, put_bytes, put_interface, put_type, put_uint, put_value};

/// How deep types may nest: each level is a whole stream.
const MAX_DEPTH: usize = 30;

const PREFIX: &str = "github.com/zclconf/go-cty/cty.";

pub(crate) fn read(bytes: &[u8]) -> Result<Type, String> {
    nested(bytes, 0)
}

fn nested(bytes: &[u8], depth: usize) -> Result<Type, String> {
    if depth > MAX_DEPTH {
        return Err("a type is nested too deep".into());
    }
    let gob = decode(bytes).map_err(|error| error.to_string())?;
    let Some(Gob::Interface(Some((kind, inner)))) = gob.field("Impl") else {
        return Err("a type is missing".into());
    };
    let element = || {
        let bytes = inner.field("ElementTypeT").and_then(Gob::as_opaque).ok_or("a type has no element")?;
        nested(bytes, depth + 1)
    };
    let inner_of = |gob: &Gob| nested(gob.as_opaque().ok_or("a type is missing")?, depth + 1);
    match kind.strip_prefix(PREFIX) {
        Some("primitiveType") => match inner.field("Kind").and_then(Gob::as_i64) {
            Some(0x42) => Ok(Type::Bool),
            Some(0x4e) => Ok(Type::Number),
            Some(0x53) => Ok(Type::String),
            _ => Err("an unknown primitive type".into()),
        },
        Some("typeList") => element().map(Type::list),
        Some("typeSet") => element().map(Type::set),
        Some("typeMap") => element().map(Type::map),
        Some("typeObject") => {
            let attributes = match inner.field("AttrTypes") {
                Some(Gob::Map(entries)) => &entries[..],
                _ => &[],
            };
            let attribute = |(name, ty): &(Gob, Gob)| {
                let name: Arc<str> = name.as_str().ok_or("a name is no text")?.into();
                Ok((name, inner_of(ty)?))
            };
            let attributes = attributes.iter().map(attribute).collect::<Result<_, String>>()?;
            Ok(Type::Object(Arc::new(ObjectType { attributes, optional: Default::default() })))
        }
        Some("typeTuple") => {
            let elements = match inner.field("ElemTypes") {
                Some(Gob::List(elements)) => &elements[..],
                _ => &[],
            };
            Ok(Type::tuple(elements.iter().map(inner_of).collect::<Result<Vec<_>, _>>()?))
        }
        _ => Err(format!("an unknown type {kind:?}")),
    }
}

const TYPE: i64 = ids::FIRST;
const IMPL: i64 = ids::FIRST + 1;
const OPAQUE: i64 = ids::FIRST + 2;
const INNER: i64 = ids::FIRST + 3;
const EMPTY: i64 = ids::FIRST + 4;
const NAMES: i64 = ids::FIRST + 5;

pub(crate) fn write(ty: &Type) -> Result<Vec<u8>, String> {
    let mut stream = Vec::new();
    let outer = [("Version", ids::INT), ("Impl", ids::INTERFACE)];
    put_type(TYPE, "gobType", Shape::Struct(&outer), &mut stream);
    let mut value = Vec::new();
    let name = match ty {
        Type::Bool | Type::Number | Type::String => {
            put_type(IMPL, "primitiveType", Shape::Struct(&[("Kind", ids::UINT)]), &mut stream);
            let kind = match ty {
                Type::Bool => 0x42,
                Type::Number => 0x4e,
                _ => 0x53,
            };
            value.extend_from_slice(&[1, kind, 0]);
            "primitiveType"
        }
        Type::List(element) | Type::Set(element) | Type::Map(element) => {
            let name = match ty {
                Type::List(_) => "typeList",
                Type::Set(_) => "typeSet",
                _ => "typeMap",
            };
            put_type(IMPL, name, Shape::Struct(&[("ElementTypeT", OPAQUE)]), &mut stream);
            put_type(OPAQUE, "Type", Shape::Opaque, &mut stream);
            value.push(1);
            put_bytes(&write(element)?, &mut value);
            value.push(0);
            name
        }
        Type::Object(object) => {
            let fields = [("AttrTypes", INNER), ("AttrOptional", NAMES)];
            put_type(IMPL, "typeObject", Shape::Struct(&fields), &mut stream);
            put_type(OPAQUE, "Type", Shape::Opaque, &mut stream);
            put_type(INNER, "", Shape::Map(ids::STRING, OPAQUE), &mut stream);
            put_type(EMPTY, "", Shape::Struct(&[]), &mut stream);
            put_type(NAMES, "", Shape::Map(ids::STRING, EMPTY), &mut stream);
            if !object.attributes.is_empty() {
                value.push(1);
                put_uint(object.attributes.len() as u64, &mut value);
                for (name, ty) in &object.attributes {
                    put_bytes(name.as_bytes(), &mut value);
                    put_bytes(&write(ty)?, &mut value);
                }
            }
            value.push(0);
            "typeObject"
        }
        Type::Tuple(elements) => {
            put_type(IMPL, "typeTuple", Shape::Struct(&[("ElemTypes", INNER)]), &mut stream);
            put_type(OPAQUE, "Type", Shape::Opaque, &mut stream);
            put_type(INNER, "", Shape::Slice(OPAQUE), &mut stream);
            if !elements.is_empty() {
                value.push(1);
                put_uint(elements.len() as u64, &mut value);
                for ty in elements.iter() {
                    put_bytes(&write(ty)?, &mut value);
                }
            }
            value.push(0);
            "typeTuple"
        }
        Type::Dynamic | Type::Capsule(_) => return Err("a type of any kind cannot be told".into()),
    };
    let mut outer = vec![2];
    put_interface(&format!("{PREFIX}{name}"), IMPL, true, &value, &mut outer);
    outer.push(0);
    put_value(TYPE, true, &outer, &mut stream);
    Ok(stream)
}
