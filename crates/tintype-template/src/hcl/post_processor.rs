//! `post-processor` blocks: what the language itself knows of them. Their other arguments are decoded later, by the component's schema.

use std::sync::Arc;

use diag::{Diagnostics, Span};
use hcl::{AnyBody, ContentBlock, Scope};

use super::grammar;
use super::meta::Meta;
use super::only::Filter;
use super::titles::block_title;

/// A `post-processor` block.
#[derive(Clone, Debug)]
pub(crate) struct PostBlock {
    pub(crate) ty: Arc<str>,
    pub(crate) name: String,
    pub(crate) filter: Filter,
    pub(crate) keep_input: Option<bool>,
    /// The component's own options.
    pub(crate) body: AnyBody,
    /// The header of the block.
    pub(crate) span: Span,
    pub(crate) title: String,
}

/// Reads a block. `scope` is that of its own arguments.
pub(crate) fn read(block: &ContentBlock, scope: &Scope, findings: &mut Diagnostics) -> PostBlock {
    let (content, body, found) = block.body.partial_content(grammar::POST_PROCESSOR.schema());
    findings.extend(found);
    let mut meta = Meta { content: &content, scope, findings };
    PostBlock {
        ty: super::first_label(block),
        name: meta.string("name").unwrap_or_default(),
        filter: Filter::read(&mut meta, block.header),
        keep_input: meta.optional_bool("keep_input_artifact"),
        body,
        span: block.header,
        title: block_title(block),
    }
}

impl PostBlock {
    /// By what `-except` knows it.
    pub(crate) fn known_as(&self) -> &str {
        if self.name.is_empty() { &self.ty } else { &self.name }
    }
}
