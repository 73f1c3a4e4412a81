//! Specs as protocol buffers.

use std::collections::HashMap;

use cty::Type;
use prost::Message;

use super::{MAX_DEPTH, Spec as Tree};

#[derive(Clone, PartialEq, Message)]
struct Spec {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4")]
    kind: Option<Kind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(message, tag = "1")]
    Object(Object),
    #[prost(message, tag = "2")]
    Attr(Attr),
    #[prost(message, tag = "3")]
    Block(Box<Block>),
    #[prost(message, tag = "4")]
    BlockList(Box<BlockList>),
}

#[derive(Clone, PartialEq, Message)]
struct Object {
    #[prost(map = "string, message", tag = "1")]
    attributes: HashMap<String, Spec>,
}

#[derive(Clone, PartialEq, Message)]
struct Attr {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, tag = "2")]
    ty: Option<CtyType>,
    #[prost(bool, tag = "3")]
    required: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Block {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(bool, tag = "2")]
    required: bool,
    #[prost(message, optional, boxed, tag = "3")]
    nested: Option<Box<Spec>>,
}

#[derive(Clone, PartialEq, Message)]
struct BlockList {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, optional, boxed, tag = "2")]
    nested: Option<Box<Spec>>,
}

#[derive(Clone, PartialEq, Message)]
struct CtyType {
    #[prost(oneof = "TypeKind", tags = "1, 2, 3")]
    kind: Option<TypeKind>,
}

#[derive(Clone, PartialEq, prost::Oneof)]
enum TypeKind {
    #[prost(message, tag = "1")]
    Primitive(Primitive),
    #[prost(message, tag = "2")]
    List(Box<Collection>),
    #[prost(message, tag = "3")]
    Map(Box<Collection>),
}

#[derive(Clone, PartialEq, Message)]
struct Primitive {
    #[prost(string, tag = "1")]
    name: String,
}

#[derive(Clone, PartialEq, Message)]
struct Collection {
    #[prost(message, optional, boxed, tag = "1")]
    element: Option<Box<CtyType>>,
}

pub(super) fn read(bytes: &[u8]) -> Result<Tree, String> {
    // Limits depth itself.
    let spec = Spec::decode(bytes).map_err(|error| error.to_string())?;
    match tree(spec, 0)? {
        object @ Tree::Object(_) => Ok(object),
        _ => Err("the outermost spec is no object".into()),
    }
}

fn tree(spec: Spec, depth: usize) -> Result<Tree, String> {
    if depth > MAX_DEPTH {
        return Err("the spec is nested too deep".into());
    }
    let inner = |nested: Option<Box<Spec>>| match nested {
        Some(nested) => tree(*nested, depth + 1).map(Box::new),
        None => Err("a block has no spec".to_owned()),
    };
    Ok(match spec.kind.ok_or("a spec of an unknown kind")? {
        Kind::Object(object) => {
            let member = |(name, spec)| Ok((name, tree(spec, depth + 1)?));
            Tree::Object(object.attributes.into_iter().map(member).collect::<Result<_, String>>()?)
        }
        Kind::Attr(attr) => {
            Tree::Attr { name: attr.name, ty: ty(attr.ty, depth + 1)?, required: attr.required }
        }
        Kind::Block(block) => {
            Tree::Block { name: block.name, nested: inner(block.nested)?, required: block.required }
        }
        Kind::BlockList(list) => {
            Tree::Blocks { name: list.name, nested: inner(list.nested)?, least: 0, most: 0 }
        }
    })
}

fn ty(ty_of: Option<CtyType>, depth: usize) -> Result<Type, String> {
    if depth > MAX_DEPTH {
        return Err("the type is nested too deep".into());
    }
    let kind = ty_of.and_then(|ty| ty.kind).ok_or("an attribute of an unknown type")?;
    Ok(match kind {
        TypeKind::Primitive(primitive) => match &*primitive.name {
            "cty.String" => Type::String,
            "cty.Number" => Type::Number,
            "cty.Bool" => Type::Bool,
            other => return Err(format!("an attribute of the unknown type {other:?}")),
        },
        TypeKind::List(list) => Type::list(ty(list.element.map(|element| *element), depth + 1)?),
        TypeKind::Map(map) => Type::map(ty(map.element.map(|element| *element), depth + 1)?),
    })
}

pub(super) fn write(tree: &Tree) -> Result<Vec<u8>, String> {
    message(tree).map(|spec| spec.encode_to_vec())
}

fn message(tree: &Tree) -> Result<Spec, String> {
    let inner = |nested: &Tree| message(nested).map(|spec| Some(Box::new(spec)));
    let kind = match tree {
        Tree::Object(members) => {
            let member = |(name, spec): (&String, &Tree)| Ok((name.clone(), message(spec)?));
            Kind::Object(Object { attributes: members.iter().map(member).collect::<Result<_, String>>()? })
        }
        Tree::Attr { name, ty, required } => {
            Kind::Attr(Attr { name: name.clone(), ty: Some(type_message(ty)?), required: *required })
        }
        Tree::Block { name, nested, required } => {
            Kind::Block(Box::new(Block { name: name.clone(), required: *required, nested: inner(nested)? }))
        }
        Tree::Blocks { name, nested, .. } => {
            Kind::BlockList(Box::new(BlockList { name: name.clone(), nested: inner(nested)? }))
        }
    };
    Ok(Spec { kind: Some(kind) })
}

fn type_message(ty: &Type) -> Result<CtyType, String> {
    let primitive = |name: &str| TypeKind::Primitive(Primitive { name: name.to_owned() });
    let collection = |element: &Type| -> Result<Box<Collection>, String> {
        Ok(Box::new(Collection { element: Some(Box::new(type_message(element)?)) }))
    };
    let kind = match ty {
        Type::String => primitive("cty.String"),
        Type::Number => primitive("cty.Number"),
        Type::Bool => primitive("cty.Bool"),
        Type::List(element) | Type::Set(element) => TypeKind::List(collection(element)?),
        Type::Map(element) => TypeKind::Map(collection(element)?),
        other => return Err(format!("the type {} cannot be told", other.friendly_name())),
    };
    Ok(CtyType { kind: Some(kind) })
}
