//! Bodies in JSON: a property is an argument or a block as the schema says. A block is an object; for each label there is
//! an object around it whose property is the label. Everywhere an array of objects may stand for the objects in it.

use std::collections::HashSet;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, Span};

use super::expr::{expr, ident};
use super::{Node, NodeKind, Property};
use crate::ast::{Attribute, Ident, Label};
use crate::content::{
    AnyBody, BlockSchema, BodySchema, Content, ContentBlock, Taken, duplicate_argument, missing, suggestion,
};

/// The property that is a comment in every body.
const COMMENT: &str = "//";

/// A body in JSON syntax, less what a [`partial_content`](AnyBody::partial_content) took from it.
#[derive(Clone, Debug)]
pub struct JsonBody {
    node: Arc<Node>,
    taken: Taken,
}

impl JsonBody {
    /// The body that a value is; anything but an object or an array of objects is reported when the body is asked.
    pub fn new(node: Node) -> Self {
        Self { node: Arc::new(node), taken: Taken::default() }
    }

    /// The value.
    pub fn node(&self) -> &Node {
        &self.node
    }

    pub(super) fn root(node: Node, mut diagnostics: Diagnostics) -> (AnyBody, Diagnostics) {
        let fits = matches!(node.kind, NodeKind::Object(_) | NodeKind::Array(_));
        if !fits && !diagnostics.has_errors() {
            diagnostics.push(
                Diagnostic::error("Root value must be object")
                    .detail("The text must be a JSON object, or an array of objects.")
                    .at(node.span),
            );
        }
        // What is no body was reported; an empty one gives no further errors.
        let node = if fits { node } else { Node { kind: NodeKind::Object(Arc::from([])), ..node } };
        (AnyBody::Json(JsonBody::new(node)), diagnostics)
    }

    fn present<'a>(&'a self, diagnostics: &mut Diagnostics) -> Vec<&'a Property> {
        let mut all = properties(&self.node, diagnostics);
        all.retain(|property| &**property.name.text() != COMMENT);
        all
    }

    pub(crate) fn partial_content(&self, schema: &BodySchema) -> (Content, AnyBody, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut content = Content::default();
        for property in self.present(&mut diagnostics) {
            let name = property.name.text();
            if schema.attributes.iter().any(|attr| attr.name == *name) && !self.taken.attribute(name) {
                if content.attribute(name).is_some() {
                    diagnostics.push(duplicate_argument(&ident(&property.name)));
                } else {
                    content.attributes.push(attribute(property, &mut diagnostics));
                }
            } else if let Some(block) = schema.blocks.iter().find(|block| block.kind == *name)
                && !self.taken.block(name)
            {
                let mut blocks =
                    Blocks { schema: block, content: &mut content, diagnostics: &mut diagnostics };
                blocks.unpack(&ident(&property.name), &mut Vec::new(), &property.value);
            }
        }
        diagnostics.extend(missing(&content, schema, self.end_span()));
        let rest = JsonBody { node: Arc::clone(&self.node), taken: self.taken.with(schema) };
        (content, AnyBody::Json(rest), diagnostics)
    }

    pub(crate) fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let mut names = HashSet::new();
        let mut attributes = Vec::new();
        // Several objects taken as one are a body with a schema only.
        if matches!(self.node.kind, NodeKind::Array(_)) {
            return (attributes, wrong_type(self.node.span, "a JSON object").into());
        }
        for property in self.present(&mut diagnostics) {
            let name = property.name.text();
            if self.taken.attribute(name) || self.taken.block(name) {
                continue;
            }
            if names.insert(name) {
                attributes.push(attribute(property, &mut diagnostics));
            } else {
                diagnostics.push(
                    Diagnostic::error("Duplicate attribute definition")
                        .detail(format!("The argument \"{name}\" is set already. It can be set once only."))
                        .at(property.name.span()),
                );
            }
        }
        (attributes, diagnostics)
    }

    pub(crate) fn leftovers(&self, schema: &BodySchema) -> Diagnostics {
        let known = || {
            let attributes = schema.attributes.iter().map(|attr| &*attr.name);
            attributes.chain(schema.blocks.iter().map(|block| &*block.kind))
        };
        let mut reported = Diagnostics::new();
        let present = self.present(&mut reported);
        let left = present.into_iter().filter(|property| {
            let name = property.name.text();
            !self.taken.attribute(name) && !self.taken.block(name)
        });
        left.map(|property| {
            let name = property.name.text();
            let advice = suggestion(name, known());
            Diagnostic::error("Extraneous JSON object property")
                .detail(format!("Neither an argument nor a block is named \"{name}\" here.{advice}"))
                .at(property.name.span())
        })
        .collect()
    }

    /// The closing brace.
    pub(crate) fn end_span(&self) -> Option<Span> {
        Some(last_byte(self.node.span))
    }
}

fn last_byte(span: Span) -> Span {
    Span { start: span.end.saturating_sub(1).max(span.start), ..span }
}

fn attribute(property: &Property, diagnostics: &mut Diagnostics) -> Attribute {
    Attribute {
        name: ident(&property.name),
        expr: Arc::new(expr(&property.value, diagnostics)),
        span: property.name.span().to(property.value.span),
    }
}

/// The properties of an object, or of all objects in an array.
fn properties<'a>(node: &'a Node, diagnostics: &mut Diagnostics) -> Vec<&'a Property> {
    match &node.kind {
        NodeKind::Object(properties) => properties.iter().collect(),
        NodeKind::Array(items) => {
            let mut all = Vec::new();
            for item in items.iter() {
                match &item.kind {
                    NodeKind::Object(properties) => all.extend(properties.iter()),
                    NodeKind::Invalid => {}
                    _ => diagnostics.push(wrong_type(item.span, "a JSON object")),
                }
            }
            all
        }
        NodeKind::Invalid => Vec::new(),
        _ => {
            diagnostics.push(wrong_type(node.span, "a JSON object or an array of objects"));
            Vec::new()
        }
    }
}

fn wrong_type(span: Span, wanted: &str) -> Diagnostic {
    Diagnostic::error("Incorrect JSON value type").detail(format!("Here {wanted} must stand.")).at(span)
}

/// The blocks of one type in the making.
struct Blocks<'a> {
    schema: &'a BlockSchema,
    content: &'a mut Content,
    diagnostics: &'a mut Diagnostics,
}

impl Blocks<'_> {
    /// Adds the blocks that are in a value, below the labels found so far.
    fn unpack(&mut self, kind: &Ident, labels: &mut Vec<Label>, node: &Node) {
        if let Some(label) = self.schema.labels.get(labels.len()) {
            return self.unpack_label(kind, label, labels, node);
        }
        match &node.kind {
            NodeKind::Null | NodeKind::Invalid => {}
            NodeKind::Object(_) => self.add(kind, labels, node),
            NodeKind::Array(items) => items.iter().for_each(|item| self.add(kind, labels, item)),
            _ => self.diagnostics.push(wrong_type(node.span, "a JSON object or an array of objects")),
        }
    }

    fn unpack_label(&mut self, kind: &Ident, label: &str, labels: &mut Vec<Label>, node: &Node) {
        let found = match node.kind {
            NodeKind::Null => Vec::new(),
            NodeKind::Invalid => return,
            _ => {
                let before = self.diagnostics.len();
                let found = properties(node, self.diagnostics);
                if self.diagnostics.len() > before {
                    return;
                }
                found
            }
        };
        if found.is_empty() {
            let title = kind.name.as_ref();
            self.diagnostics.push(
                Diagnostic::error("Missing block label")
                    .detail(format!("Here a property must stand whose name is the {label} of the {title}."))
                    .at(last_byte(node.span)),
            );
        }
        for property in found {
            let Ident { name, span } = ident(&property.name);
            labels.push(Label { value: name, span, quoted: true });
            self.unpack(kind, labels, &property.value);
            labels.pop();
        }
    }

    fn add(&mut self, kind: &Ident, labels: &[Label], node: &Node) {
        let header = labels.last().map_or(kind.span, |label| label.span);
        self.content.blocks.push(ContentBlock {
            kind: kind.clone(),
            labels: labels.to_vec(),
            body: AnyBody::Json(JsonBody::new(node.clone())),
            header,
            span: header.to(node.span),
            comments: Vec::new(),
        });
    }
}
