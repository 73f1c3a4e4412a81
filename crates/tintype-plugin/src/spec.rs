//! What a plugin says about a component's options: as bytes to keep, and as a tree. The tree becomes a [`Schema`] for everybody else, and
//! says which object exactly the plugin wants.

mod conform;
mod gob;
mod proto;
mod schema;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::Type;
use serde::{Deserialize, Serialize};

pub(crate) use conform::{Misfit, conform};
pub(crate) use schema::{of_schema, of_type, schema};

/// The form in which a plugin speaks of options.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wire {
    /// Go's own serialisation: plugins made before 2025.
    Gob,
    /// Protocol buffers: plugins whose `describe` says `"protocol_version": "v2"`.
    Protobuf,
}

/// What a plugin answered when asked for the options of one component. The same for every run of the same binary: keep it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SpecBytes {
    /// The form of both.
    pub wire: Wire,
    /// The options.
    pub config: Vec<u8>,
    /// Of a data source: the shape of its answer.
    pub output: Option<Vec<u8>>,
}

/// What may be written in a body, and what becomes of it.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Spec {
    /// An attribute.
    Attr { name: String, ty: Type, required: bool },
    /// One nested block.
    Block { name: String, nested: Box<Spec>, required: bool },
    /// Any number of nested blocks; 0 as the most is no limit.
    Blocks { name: String, nested: Box<Spec>, least: usize, most: usize },
    /// An object of these.
    Object(BTreeMap<String, Spec>),
}

impl Spec {
    /// Reads what a plugin answered.
    pub(crate) fn read(bytes: &[u8], wire: Wire) -> Result<Self, String> {
        match wire {
            Wire::Gob => gob::read(bytes),
            Wire::Protobuf => proto::read(bytes),
        }
    }

    /// As a plugin answers.
    pub(crate) fn write(&self, wire: Wire) -> Result<Vec<u8>, String> {
        match wire {
            Wire::Gob => gob::write(self),
            Wire::Protobuf => proto::write(self),
        }
    }

    /// The type of what becomes of a body.
    pub(crate) fn ty(&self) -> Type {
        match self {
            Spec::Attr { ty, .. } => ty.clone(),
            Spec::Block { nested, .. } => nested.ty(),
            Spec::Blocks { nested, .. } => Type::list(nested.ty()),
            Spec::Object(members) => {
                Type::object(members.iter().map(|(name, spec)| (Arc::<str>::from(&**name), spec.ty())))
            }
        }
    }
}

/// How deep specs may nest: deeper than any template can be written.
const MAX_DEPTH: usize = 50;
