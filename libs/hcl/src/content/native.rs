//! Content of a body in native syntax.

use std::sync::Arc;

use diag::{Diagnostic, Diagnostics};

use super::{AnyBody, BlockSchema, BodySchema, Content, ContentBlock, NativeBody, missing, suggestion};
use crate::ast::{Attribute, Block};

impl NativeBody {
    fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.body.attributes.iter().filter(|attr| !self.taken.attribute(&attr.name.name))
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.body.blocks.iter().filter(|block| !self.taken.block(&block.kind.name))
    }

    /// Whether nothing would be left over. So it is with nearly all bodies, and then no body of what is left need be made.
    pub(super) fn is_within(&self, schema: &BodySchema) -> bool {
        self.attributes().all(|attr| schema.attr_named(&attr.name.name).is_some())
            && self.blocks().all(|block| schema.block_named(&block.kind.name).is_some())
    }

    pub(super) fn partial_content(&self, schema: &BodySchema) -> (Content, AnyBody, Diagnostics) {
        let (content, diagnostics) = self.known(schema);
        let rest = NativeBody { body: self.body.clone(), taken: self.taken.with(schema) };
        (content, AnyBody::Native(rest), diagnostics)
    }

    /// What of the schema is there.
    pub(super) fn known(&self, schema: &BodySchema) -> (Content, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let known = |attr: &&Attribute| schema.attr_named(&attr.name.name).is_some();
        let mut content =
            Content { attributes: self.attributes().filter(known).cloned().collect(), blocks: Vec::new() };
        for block in self.blocks() {
            let Some(expected) = schema.block_named(&block.kind.name) else { continue };
            match wrong_labels(block, expected) {
                Some(diagnostic) => diagnostics.push(diagnostic),
                None => content.blocks.push(block.into()),
            }
        }
        diagnostics.extend(missing(&content, schema, self.body.end));
        (content, diagnostics)
    }

    pub(super) fn just_attributes(&self) -> (Vec<Attribute>, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        // One is enough: where blocks are wrong, usually all of them are.
        if let Some(block) = self.blocks().next() {
            diagnostics.push(
                Diagnostic::error(format!("Unexpected \"{}\" block", block.kind.name))
                    .detail("Only arguments can stand here, no blocks.")
                    .at(block.kind.span)
                    .around(block.header),
            );
        }
        (self.attributes().cloned().collect(), diagnostics)
    }

    pub(super) fn leftovers(&self, schema: &BodySchema) -> Diagnostics {
        let attributes = self.attributes().map(|attr| {
            let name = &attr.name.name;
            let advice = if schema.block_named(name).is_some() {
                format!(" Did you mean a block of type \"{name}\"? It is written without the equals sign.")
            } else {
                suggestion(name, schema.attributes.iter().map(|attr| &*attr.name))
            };
            Diagnostic::error("Unsupported argument")
                .detail(format!("An argument named \"{name}\" is not expected here.{advice}"))
                .at(attr.name.span)
        });
        let blocks = self.blocks().map(|block| {
            let kind = &block.kind.name;
            let advice = if schema.attr_named(kind).is_some() {
                format!(" Did you mean the argument \"{kind}\"? It is set with an equals sign.")
            } else {
                suggestion(kind, schema.blocks.iter().map(|block| &*block.kind))
            };
            Diagnostic::error("Unsupported block type")
                .detail(format!("Blocks of type \"{kind}\" are not expected here.{advice}"))
                .at(block.kind.span)
        });
        attributes.chain(blocks).collect()
    }
}

/// Says what is wrong with the number of labels, if anything is.
fn wrong_labels(block: &Block, expected: &BlockSchema) -> Option<Diagnostic> {
    let kind = &block.kind.name;
    if let Some(extra) = block.labels.get(expected.labels.len()) {
        let detail = match &expected.labels[..] {
            [] => format!("A block of type \"{kind}\" takes no labels."),
            names => {
                format!("A block of type \"{kind}\" takes {} only: {}.", count(names.len()), names.join(", "))
            }
        };
        let diagnostic = Diagnostic::error(format!("Extraneous label for {kind}")).detail(detail);
        return Some(diagnostic.at(extra.span).around(block.header));
    }
    let absent = expected.labels.get(block.labels.len())?;
    Some(
        Diagnostic::error(format!("Missing {absent} for {kind}"))
            .detail(format!(
                "A block of type \"{kind}\" takes {}: {}.",
                count(expected.labels.len()),
                expected.labels.join(", ")
            ))
            .at(block.header),
    )
}

fn count(labels: usize) -> String {
    if labels == 1 { "one label".into() } else { format!("{labels} labels") }
}

impl From<&Block> for ContentBlock {
    fn from(block: &Block) -> Self {
        Self {
            kind: block.kind.clone(),
            labels: block.labels.clone(),
            body: Arc::clone(&block.body).into(),
            header: block.header,
            span: block.span,
            comments: block.comments.clone(),
        }
    }
}
