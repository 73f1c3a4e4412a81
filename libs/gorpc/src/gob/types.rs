//! The types that a stream describes, and those that it need not: with the latter the descriptions themselves are read.

use std::collections::HashMap;

use super::{Gob, GobError};

/// A type.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Type {
    Bool,
    Int,
    Uint,
    Float,
    Complex,
    Bytes,
    Str,
    Interface,
    List(i64),
    Map(i64, i64),
    Struct(Vec<(String, i64)>),
    Opaque,
}

impl Type {
    pub(super) fn is_struct(&self) -> bool {
        matches!(self, Type::Struct(_))
    }
}

/// The type of a description.
pub(super) const WIRE: i64 = 16;

/// The types that every stream knows.
pub(super) fn known() -> HashMap<i64, Type> {
    let record = |fields: &[(&str, i64)]| {
        Type::Struct(fields.iter().map(|(name, id)| ((*name).to_owned(), *id)).collect())
    };
    let (int, text, common, own) = (2, 6, 18, 24);
    HashMap::from([
        (1, Type::Bool),
        (int, Type::Int),
        (3, Type::Uint),
        (4, Type::Float),
        (5, Type::Bytes),
        (text, Type::Str),
        (7, Type::Complex),
        (8, Type::Interface),
        (
            WIRE,
            record(&[
                ("ArrayT", 17),
                ("SliceT", 19),
                ("StructT", 20),
                ("MapT", 23),
                ("GobEncoderT", own),
                ("BinaryMarshalerT", own),
                ("TextMarshalerT", own),
            ]),
        ),
        (17, record(&[("CommonType", common), ("Elem", int), ("Len", int)])),
        (common, record(&[("Name", text), ("Id", int)])),
        (19, record(&[("CommonType", common), ("Elem", int)])),
        (20, record(&[("CommonType", common), ("Field", 22)])),
        (21, record(&[("Name", text), ("Id", int)])),
        (22, Type::List(21)),
        (23, record(&[("CommonType", common), ("Key", int), ("Elem", int)])),
        (own, record(&[("CommonType", common)])),
    ])
}

/// The type that a description describes.
pub(super) fn described(description: &Gob) -> Result<Type, GobError> {
    let Gob::Struct(fields) = description else { return Err(GobError::Type) };
    let [(kind, of)] = &fields[..] else { return Err(GobError::Type) };
    let id = |name: &str| of.field(name).and_then(Gob::as_i64).ok_or(GobError::Type);
    Ok(match kind.as_str() {
        "ArrayT" | "SliceT" => Type::List(id("Elem")?),
        "MapT" => Type::Map(id("Key")?, id("Elem")?),
        "StructT" => {
            let fields = match of.field("Field") {
                None => &[][..],
                Some(Gob::List(fields)) => fields,
                Some(_) => return Err(GobError::Type),
            };
            let field = |field: &Gob| {
                let name = field.field("Name").and_then(Gob::as_str).ok_or(GobError::Type)?;
                let id = field.field("Id").and_then(Gob::as_i64).ok_or(GobError::Type)?;
                Ok((name.to_owned(), id))
            };
            Type::Struct(fields.iter().map(field).collect::<Result<_, GobError>>()?)
        }
        "GobEncoderT" | "BinaryMarshalerT" | "TextMarshalerT" => Type::Opaque,
        _ => return Err(GobError::Type),
    })
}
