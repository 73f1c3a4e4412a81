//! Specs as gob: a map of texts to interfaces, in which each type is a stream of its own.

use std::collections::BTreeMap;

use gorpc::gob::{Gob, Shape, decode, ids, put_bytes, put_int, put_interface, put_type, put_value};

use super::{MAX_DEPTH, Spec};
use crate::value::gob_type;

pub(super) fn read(bytes: &[u8]) -> Result<Spec, String> {
    let gob = decode(bytes).map_err(|error| error.to_string())?;
    object(&gob, 0)
}

fn object(gob: &Gob, depth: usize) -> Result<Spec, String> {
    if depth > MAX_DEPTH {
        return Err("the spec is nested too deep".into());
    }
    let Gob::Map(entries) = gob else { return Err("an object spec is no map".into()) };
    let mut members = BTreeMap::new();
    for (name, member) in entries {
        let name = name.as_str().ok_or("the name of an attribute is no text")?;
        members.insert(name.to_owned(), spec(member, depth + 1)?);
    }
    Ok(Spec::Object(members))
}

fn spec(gob: &Gob, depth: usize) -> Result<Spec, String> {
    let Gob::Interface(Some((kind, inner))) = gob else { return Err("a spec is missing".into()) };
    let text = |field: &str| inner.field(field).and_then(Gob::as_str).unwrap_or_default().to_owned();
    let required = || inner.field("Required") == Some(&Gob::Bool(true));
    let count = |field: &str| {
        inner.field(field).and_then(Gob::as_i64).and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
    };
    let nested = || -> Result<Box<Spec>, String> {
        let nested = inner.field("Nested").ok_or("a block has no spec")?;
        spec(nested, depth + 1).map(Box::new)
    };
    match kind.as_str() {
        "*hcldec.AttrSpec" => {
            let ty = inner.field("Type").and_then(Gob::as_opaque).ok_or("an attribute has no type")?;
            Ok(Spec::Attr { name: text("Name"), ty: gob_type::read(ty)?, required: required() })
        }
        "*hcldec.BlockSpec" => {
            Ok(Spec::Block { name: text("TypeName"), nested: nested()?, required: required() })
        }
        "*hcldec.BlockListSpec" => Ok(Spec::Blocks {
            name: text("TypeName"),
            nested: nested()?,
            least: count("MinItems"),
            most: count("MaxItems"),
        }),
        kind if kind.ends_with("hcldec.ObjectSpec") => object(inner, depth),
        other => Err(format!("a spec of the unknown kind {other:?}")),
    }
}

const OBJECT: i64 = ids::FIRST;
const ATTR: i64 = ids::FIRST + 1;
const TYPE: i64 = ids::FIRST + 2;
const BLOCK: i64 = ids::FIRST + 3;
const BLOCKS: i64 = ids::FIRST + 4;

pub(super) fn write(spec: &Spec) -> Result<Vec<u8>, String> {
    let mut stream = Vec::new();
    put_type(OBJECT, "ObjectSpec", Shape::Map(ids::STRING, ids::INTERFACE), &mut stream);
    let attr = [("Name", ids::STRING), ("Type", TYPE), ("Required", ids::BOOL)];
    put_type(ATTR, "AttrSpec", Shape::Struct(&attr), &mut stream);
    put_type(TYPE, "Type", Shape::Opaque, &mut stream);
    let block = [("TypeName", ids::STRING), ("Nested", ids::INTERFACE), ("Required", ids::BOOL)];
    put_type(BLOCK, "BlockSpec", Shape::Struct(&block), &mut stream);
    let blocks = [
        ("TypeName", ids::STRING),
        ("Nested", ids::INTERFACE),
        ("MinItems", ids::INT),
        ("MaxItems", ids::INT),
    ];
    put_type(BLOCKS, "BlockListSpec", Shape::Struct(&blocks), &mut stream);
    let Spec::Object(members) = spec else { return Err("the outermost spec is no object".into()) };
    put_value(OBJECT, false, &map(members)?, &mut stream);
    Ok(stream)
}

fn map(members: &BTreeMap<String, Spec>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    gorpc::gob::put_uint(members.len() as u64, &mut out);
    for (name, spec) in members {
        put_bytes(name.as_bytes(), &mut out);
        interface(spec, &mut out)?;
    }
    Ok(out)
}

/// Fields of a struct one after the other; those that are zero are left out.
#[derive(Default)]
struct Record {
    out: Vec<u8>,
    /// How many fields were left out since the last.
    skipped: u64,
}

impl Record {
    fn field(
        mut self,
        present: bool,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), String>,
    ) -> Result<Self, String> {
        self.skipped += 1;
        if present {
            gorpc::gob::put_uint(self.skipped, &mut self.out);
            self.skipped = 0;
            write(&mut self.out)?;
        }
        Ok(self)
    }

    fn text(self, text: &str) -> Result<Self, String> {
        self.field(!text.is_empty(), |out| {
            put_bytes(text.as_bytes(), out);
            Ok(())
        })
    }

    fn bool(self, yes: bool) -> Result<Self, String> {
        self.field(yes, |out| {
            out.push(1);
            Ok(())
        })
    }

    fn count(self, count: usize) -> Result<Self, String> {
        self.field(count > 0, |out| {
            put_int(count as i64, out);
            Ok(())
        })
    }

    fn end(mut self) -> Vec<u8> {
        self.out.push(0);
        self.out
    }
}

fn interface(spec: &Spec, out: &mut Vec<u8>) -> Result<(), String> {
    match spec {
        Spec::Attr { name, ty, required } => {
            let ty = gob_type::write(ty)?;
            let record = Record::default().text(name)?.field(true, |out| {
                put_bytes(&ty, out);
                Ok(())
            })?;
            put_interface("*hcldec.AttrSpec", ATTR, true, &record.bool(*required)?.end(), out);
        }
        Spec::Block { name, nested, required } => {
            let record = Record::default().text(name)?.field(true, |out| interface(nested, out))?;
            put_interface("*hcldec.BlockSpec", BLOCK, true, &record.bool(*required)?.end(), out);
        }
        Spec::Blocks { name, nested, least, most } => {
            let record = Record::default().text(name)?.field(true, |out| interface(nested, out))?;
            let record = record.count(*least)?.count(*most)?;
            put_interface("*hcldec.BlockListSpec", BLOCKS, true, &record.end(), out);
        }
        Spec::Object(members) => {
            let name = "github.com/hashicorp/hcl/v2/hcldec.ObjectSpec";
            put_interface(name, OBJECT, false, &map(members)?, out);
        }
    }
    Ok(())
}
