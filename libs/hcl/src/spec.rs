//! What a body shall hold and what value becomes of it: schema and shape in one. Made by hand, or from a component's own
//! description; [`decode`](crate::decode()) does the work.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};

use crate::ast::Expr;
use crate::content::{AttrSchema, BlockSchema, BodySchema};
use crate::eval::Scope;

/// How a part of a body becomes a value. An attribute or a block type may be named by several parts.
#[derive(Clone, Debug)]
pub enum Spec {
    /// An object of these parts, by attribute name of the object.
    Object(BTreeMap<Arc<str>, Spec>),
    /// A tuple of these parts.
    Tuple(Vec<Spec>),
    /// An argument: converted; null when it is not set.
    Attr {
        /// Its name.
        name: Arc<str>,
        /// Its type.
        ty: Type,
        /// Whether it must be set. Null counts as set.
        required: bool,
    },
    /// A block that may stand once: the value of what it holds; null when it is absent.
    Block {
        /// Its type.
        kind: Arc<str>,
        /// What it holds.
        nested: Box<Spec>,
        /// Whether it must be there.
        required: bool,
    },
    /// All blocks of a type as a list.
    BlockList(Blocks),
    /// All blocks of a type as a set.
    BlockSet(Blocks),
    /// All blocks of a type as a tuple, so that each may be of another type.
    BlockTuple(Blocks),
    /// All blocks of a type as a map by their labels: a map of maps for two labels, and so on.
    BlockMap(LabelledBlocks),
    /// As [`Spec::BlockMap`], but objects instead of maps, so that each may be of another type.
    BlockObject(LabelledBlocks),
    /// A block that may stand once and holds arguments of any name: a map of them; null when it is absent.
    BlockAttrs {
        /// Its type.
        kind: Arc<str>,
        /// The type of its arguments.
        element: Type,
        /// Whether it must be there.
        required: bool,
    },
    /// One part, or another when that is null.
    Default {
        /// What counts unless it is null.
        primary: Box<Spec>,
        /// What counts then.
        default: Box<Spec>,
    },
    /// What an expression makes of another part, which is `nested` in it.
    Transform {
        /// The other part.
        nested: Box<Spec>,
        /// The expression.
        result: Arc<Expr>,
        /// What else its names mean.
        scope: Scope,
    },
    /// A value that does not depend on the body.
    Literal(Value),
    /// A label of the block around.
    Label {
        /// Which, from 0.
        index: usize,
        /// What it is called.
        name: Arc<str>,
    },
}

/// Blocks of one type.
#[derive(Clone, Debug)]
pub struct Blocks {
    /// Their type.
    pub kind: Arc<str>,
    /// What each holds.
    pub nested: Box<Spec>,
    /// How many there must be.
    pub min: usize,
    /// How many there may be.
    pub max: Option<usize>,
}

/// Blocks of one type that are told apart by labels.
#[derive(Clone, Debug)]
pub struct LabelledBlocks {
    /// Their type.
    pub kind: Arc<str>,
    /// What the labels are called.
    pub labels: Vec<Arc<str>>,
    /// What each holds.
    pub nested: Box<Spec>,
}

impl Spec {
    /// An object of these parts.
    pub fn object<N: Into<Arc<str>>>(parts: impl IntoIterator<Item = (N, Spec)>) -> Self {
        Spec::Object(parts.into_iter().map(|(name, spec)| (name.into(), spec)).collect())
    }

    /// An argument that may be absent.
    pub fn attr(name: impl Into<Arc<str>>, ty: Type) -> Self {
        Spec::Attr { name: name.into(), ty, required: false }
    }

    /// An argument that must be set.
    pub fn required(name: impl Into<Arc<str>>, ty: Type) -> Self {
        Spec::Attr { name: name.into(), ty, required: true }
    }

    /// A block that may stand once.
    pub fn block(kind: impl Into<Arc<str>>, nested: Spec) -> Self {
        Spec::Block { kind: kind.into(), nested: Box::new(nested), required: false }
    }

    /// Any number of blocks of a type, as a list.
    pub fn block_list(kind: impl Into<Arc<str>>, nested: Spec) -> Self {
        Self::block_list_of(kind, nested, (0, None))
    }

    /// As [`Spec::block_list`], but no fewer than `min` and no more than `max`.
    pub fn block_list_of(
        kind: impl Into<Arc<str>>,
        nested: Spec,
        (min, max): (usize, Option<usize>),
    ) -> Self {
        Spec::BlockList(Blocks { kind: kind.into(), nested: Box::new(nested), min, max })
    }

    /// What a body must look like for this.
    pub fn body_schema(&self) -> BodySchema {
        let mut schema = BodySchema::new();
        self.add_to(&mut schema);
        schema
    }

    fn add_to(&self, schema: &mut BodySchema) {
        match self {
            Spec::Object(parts) => parts.values().for_each(|part| part.add_to(schema)),
            Spec::Tuple(parts) => parts.iter().for_each(|part| part.add_to(schema)),
            Spec::Attr { name, required, .. } => match schema.attributes.iter_mut().find(|a| a.name == *name)
            {
                Some(known) => known.required |= required,
                None => schema.attributes.push(AttrSchema { name: Arc::clone(name), required: *required }),
            },
            Spec::Block { kind, nested, .. } => add_block(schema, kind, &[], Some(nested)),
            Spec::BlockList(blocks) | Spec::BlockSet(blocks) | Spec::BlockTuple(blocks) => {
                add_block(schema, &blocks.kind, &[], Some(&blocks.nested));
            }
            Spec::BlockMap(blocks) | Spec::BlockObject(blocks) => {
                add_block(schema, &blocks.kind, &blocks.labels, Some(&blocks.nested));
            }
            Spec::BlockAttrs { kind, .. } => add_block(schema, kind, &[], None),
            Spec::Default { primary, default } => {
                primary.add_to(schema);
                default.add_to(schema);
            }
            Spec::Transform { nested, .. } => nested.add_to(schema),
            Spec::Literal(_) | Spec::Label { .. } => {}
        }
    }

    /// The type of the value that becomes of a body; dynamic where that depends on the body.
    pub fn implied_type(&self) -> Type {
        match self {
            Spec::Object(parts) => {
                Type::object(parts.iter().map(|(name, part)| (Arc::clone(name), part.implied_type())))
            }
            Spec::Tuple(parts) => Type::tuple(parts.iter().map(Spec::implied_type)),
            Spec::Attr { ty, .. } => ty.without_optional(),
            Spec::Block { nested, .. } => nested.implied_type(),
            Spec::BlockList(blocks) => Type::list(blocks.nested.implied_type()),
            Spec::BlockSet(blocks) => Type::set(blocks.nested.implied_type()),
            Spec::BlockTuple(_) | Spec::BlockObject(_) => Type::Dynamic,
            Spec::BlockMap(blocks) => {
                blocks.labels.iter().fold(blocks.nested.implied_type(), |ty, _| Type::map(ty))
            }
            Spec::BlockAttrs { element, .. } => Type::map(element.without_optional()),
            Spec::Default { primary, default } => match primary.implied_type() {
                Type::Dynamic => default.implied_type(),
                ty => ty,
            },
            Spec::Transform { .. } => Type::Dynamic,
            Spec::Literal(value) => value.ty().clone(),
            Spec::Label { .. } => Type::String,
        }
    }

    /// What the labels are called that this part wants of the block around, in order.
    pub(crate) fn labels(&self) -> Vec<Arc<str>> {
        let mut labels = BTreeMap::new();
        self.collect_labels(&mut labels);
        // A label that nobody wants still has to be there when a later one is wanted.
        let count = labels.keys().next_back().map_or(0, |last| last + 1);
        (0..count).map(|at| labels.get(&at).cloned().unwrap_or_else(|| Arc::from("label"))).collect()
    }

    fn collect_labels(&self, labels: &mut BTreeMap<usize, Arc<str>>) {
        match self {
            Spec::Object(parts) => parts.values().for_each(|part| part.collect_labels(labels)),
            Spec::Tuple(parts) => parts.iter().for_each(|part| part.collect_labels(labels)),
            Spec::Default { primary, default } => {
                primary.collect_labels(labels);
                default.collect_labels(labels);
            }
            Spec::Transform { nested, .. } => nested.collect_labels(labels),
            Spec::Label { index, name } => drop(labels.insert(*index, Arc::clone(name))),
            _ => {}
        }
    }
}

fn add_block(schema: &mut BodySchema, kind: &Arc<str>, labels: &[Arc<str>], nested: Option<&Spec>) {
    if schema.blocks.iter().any(|known| known.kind == *kind) {
        return;
    }
    let nested_labels = nested.map(Spec::labels).unwrap_or_default();
    let labels = labels.iter().cloned().chain(nested_labels).collect();
    schema.blocks.push(BlockSchema { kind: Arc::clone(kind), labels });
}
