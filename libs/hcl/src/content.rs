//! Bodies seen through a schema: which attributes and blocks a body holds, whichever syntax it was written in. The schema
//! decides what a property of JSON is, so nothing here can be asked without one. Values are not looked at: that is the
//! evaluator's part.

mod merged;
mod native;

use std::collections::BTreeSet;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, Span, did_you_mean};

use crate::ast::{Attribute, Body, Ident, Label};
use crate::dynblock::ExpandedBody;
use crate::json;

/// What may stand in a body.
#[derive(Clone, Debug, Default)]
pub struct BodySchema {
    /// The attributes it may have.
    pub attributes: Vec<AttrSchema>,
    /// The blocks it may have, each any number of times.
    pub blocks: Vec<BlockSchema>,
}

/// An attribute that may stand in a body.
#[derive(Clone, Debug)]
pub struct AttrSchema {
    /// Its name.
    pub name: Arc<str>,
    /// Whether its absence is an error.
    pub required: bool,
}

/// A block that may stand in a body.
#[derive(Clone, Debug)]
pub struct BlockSchema {
    /// Its type.
    pub kind: Arc<str>,
    /// What its labels are called, in order: exactly so many must be given.
    pub labels: Vec<Arc<str>>,
}

impl BodySchema {
    /// A schema that allows nothing; add with [`attribute`](Self::attribute), [`required`](Self::required),
    /// [`block`](Self::block).
    pub fn new() -> Self {
        Self::default()
    }

    /// Allows an attribute.
    pub fn attribute(mut self, name: impl Into<Arc<str>>) -> Self {
        self.attributes.push(AttrSchema { name: name.into(), required: false });
        self
    }

    /// Demands an attribute.
    pub fn required(mut self, name: impl Into<Arc<str>>) -> Self {
        self.attributes.push(AttrSchema { name: name.into(), required: true });
        self
    }

    /// Allows blocks of a type, with so many labels.
    pub fn block(mut self, kind: impl Into<Arc<str>>, labels: &[&str]) -> Self {
        self.blocks
            .push(BlockSchema { kind: kind.into(), labels: labels.iter().map(|&l| l.into()).collect() });
        self
    }

    fn attr_named(&self, name: &str) -> Option<&AttrSchema> {
        self.attributes.iter().find(|attr| &*attr.name == name)
    }

    fn block_named(&self, kind: &str) -> Option<&BlockSchema> {
        self.blocks.iter().find(|block| &*block.kind == kind)
    }
}

/// What a body holds, as far as a schema knows it.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// In textual order; each name once.
    pub attributes: Vec<Attribute>,
    /// In textual order, all types mixed.
    pub blocks: Vec<ContentBlock>,
}

impl Content {
    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attr| &*attr.name.name == name)
    }

    /// The blocks of that type, in textual order.
    pub fn blocks_of(&self, kind: &str) -> impl Iterator<Item = &ContentBlock> {
        self.blocks.iter().filter(move |block| &*block.kind.name == kind)
    }
}

/// A block, whichever syntax it was written in.
#[derive(Clone, Debug)]
pub struct ContentBlock {
    /// Its type.
    pub kind: Ident,
    /// Its labels: as many as the schema asks for.
    pub labels: Vec<Label>,
    /// What it holds.
    pub body: AnyBody,
    /// The header: type to last label. In JSON: the property name that gave the type.
    pub header: Span,
    /// The whole block.
    pub span: Span,
    /// The comment lines directly above the block, without comment signs. Empty in JSON.
    pub comments: Vec<Arc<str>>,
}

/// A body, whichever syntax it was written in. Cheap to clone.
#[derive(Clone, Debug)]
pub enum AnyBody {
    /// In native syntax.
    Native(NativeBody),
    /// In JSON syntax.
    Json(json::JsonBody),
    /// Several bodies taken as one: blocks follow each other, and an attribute may stand in one of them only.
    Merged(Vec<AnyBody>),
    /// With its dynamic blocks expanded.
    Expanded(Box<ExpandedBody>),
}

/// A body in native syntax, less what a [`partial_content`](AnyBody::partial_content) took from it.
#[derive(Clone, Debug)]
pub struct NativeBody {
    body: Arc<Body>,
    taken: Taken,
}

/// Names that an earlier look at the same body has taken: they are no longer there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Taken(Option<Arc<TakenNames>>);

#[derive(Debug)]
struct TakenNames {
    attributes: BTreeSet<Arc<str>>,
    blocks: BTreeSet<Arc<str>>,
}

impl Taken {
    /// These and everything a schema names.
    pub(crate) fn with(&self, schema: &BodySchema) -> Self {
        let attributes = schema.attributes.iter().map(|attr| attr.name.clone());
        let blocks = schema.blocks.iter().map(|block| block.kind.clone());
        let before = self.0.as_deref();
        let attributes =
            before.into_iter().flat_map(|names| names.attributes.iter().cloned()).chain(attributes);
        let blocks = before.into_iter().flat_map(|names| names.blocks.iter().cloned()).chain(blocks);
        Self(Some(Arc::new(TakenNames { attributes: attributes.collect(), blocks: blocks.collect() })))
    }

    pub(crate) fn attribute(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|names| names.attributes.contains(name))
    }

    pub(crate) fn block(&self, kind: &str) -> bool {
        self.0.as_ref().is_some_and(|names| names.blocks.contains(kind))
    }
}

impl From<Arc<Body>> for AnyBody {
    fn from(body: Arc<Body>) -> Self {
        AnyBody::Native(NativeBody { body, taken: Taken::default() })
    }
}

impl From<Body> for AnyBody {
    fn from(body: Body) -> Self {
        Arc::new(body).into()
    }
}

impl NativeBody {
    /// The whole body, with what was taken from it.
    pub fn body(&self) -> &Arc<Body> {
        &self.body
    }
}

impl AnyBody {
    /// Several bodies taken as one.
    pub fn merged(bodies: Vec<AnyBody>) -> Self {
        AnyBody::Merged(bodies)
    }

    /// What the body holds. Anything the schema does not know, a wrong number of labels and a missing required attribute are
    /// errors; the content holds what is right.
    pub fn content(&self, schema: &BodySchema) -> (Content, Diagnostics) {
        if let AnyBody::Native(body) = self
            && body.is_within(schema)
        {
            return body.known(schema);
        }
        let (content, rest, mut diagnostics) = self.partial_content(schema);
        diagnostics.extend(rest.leftovers(schema));
        (content, diagnostics)
    }

    /// What of the schema the body holds, and a body of what is left: nothing the schema does not know is an error here.
    pub fn partial_content(&self, schema: &BodySchema) -> (Content, AnyBody, Diagnostics) {
        match self {
            AnyBody::Native(body) => body.partial_content(schema),
            AnyBody::Json(body) => body.partial_content(schema),
            AnyBody::Merged(bodies) => merged::partial_content(bodies, schema),
            AnyBody::Expanded(body) => body.partial_content(schema),
        }
    }

    /// All attributes, of whatever name, in textual order. Blocks are an error.
    pub fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        match self {
            AnyBody::Native(body) => body.just_attributes(),
            AnyBody::Json(body) => body.just_attributes(),
            AnyBody::Merged(bodies) => merged::just_attributes(bodies),
            AnyBody::Expanded(body) => body.just_attributes(),
        }
    }

    /// Where a missing item is reported: the closing brace, or the end of the file. Nothing for an empty merge.
    pub fn end_span(&self) -> Option<Span> {
        match self {
            AnyBody::Native(body) => body.body.end,
            AnyBody::Json(body) => body.end_span(),
            AnyBody::Merged(bodies) => bodies.iter().find_map(AnyBody::end_span),
            AnyBody::Expanded(body) => body.end_span(),
        }
    }

    /// An error for everything that is still in the body; `schema` only serves suggestions.
    pub(crate) fn leftovers(&self, schema: &BodySchema) -> Diagnostics {
        match self {
            AnyBody::Native(body) => body.leftovers(schema),
            AnyBody::Json(body) => body.leftovers(schema),
            AnyBody::Merged(bodies) => bodies.iter().flat_map(|body| body.leftovers(schema)).collect(),
            AnyBody::Expanded(body) => body.leftovers(schema),
        }
    }
}

/// The required attributes that were not found.
pub(crate) fn missing(content: &Content, schema: &BodySchema, end: Option<Span>) -> Diagnostics {
    let absent = |attr: &&AttrSchema| attr.required && content.attribute(&attr.name).is_none();
    let report = |attr: &AttrSchema| {
        Diagnostic::error("Missing required argument")
            .detail(format!("The argument \"{}\" is required here, but it is not set.", attr.name))
            .at(end)
    };
    schema.attributes.iter().filter(absent).map(report).collect()
}

/// An attribute that is set a second time.
pub(crate) fn duplicate_argument(again: &Ident) -> Diagnostic {
    Diagnostic::error("Duplicate argument")
        .detail(format!("The argument \"{}\" is set already. It can be set once only.", again.name))
        .at(again.span)
}

/// ` Did you mean "x"?`, or nothing.
pub(crate) fn suggestion<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    did_you_mean(name, known).map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default()
}

#[cfg(test)]
mod tests;
