//! Which block a place lies in, as people call it: findings show it beside the line. Filled as blocks are found; what is wrong with them
//! is not looked at here.

use std::sync::Arc;

use diag::{Diagnostics, Span};
use hcl::ContentBlock;
use hcl::ast::{Body, Label};

/// Blocks with their names.
#[derive(Clone, Default, Debug)]
pub(crate) struct Titles {
    blocks: Vec<(Span, String)>,
    /// Variables, by name, in the order of their places: there may be very many.
    variables: Vec<(Span, Arc<str>)>,
}

/// A block as people call it: `source "docker" "web"`.
pub(crate) fn title(kind: &str, labels: &[Label]) -> String {
    let mut title = kind.to_owned();
    for label in labels {
        title.push(' ');
        title.push_str(&cty::print::quoted(&label.value));
    }
    title
}

/// A block of a body as people call it.
pub(crate) fn block_title(block: &ContentBlock) -> String {
    title(&block.kind.name, &block.labels)
}

impl Titles {
    /// Keeps the blocks of a file that may be broken.
    pub(crate) fn add_body(&mut self, body: &Body) {
        self.blocks
            .extend(body.blocks.iter().map(|block| (block.span, title(&block.kind.name, &block.labels))));
    }

    /// Keeps a block.
    pub(crate) fn add(&mut self, block: &ContentBlock) {
        self.blocks.push((block.span, block_title(block)));
    }

    /// Keeps the block of a variable.
    pub(crate) fn add_variable(&mut self, block: Span, name: &Arc<str>) {
        self.variables.push((block, name.clone()));
    }

    /// Names the innermost block around each finding that names none.
    pub(crate) fn name(&self, findings: &mut Diagnostics) {
        for finding in &mut findings.0 {
            if finding.block.is_none()
                && let Some(subject) = finding.subject
            {
                finding.block = self.around(subject);
            }
        }
    }

    fn around(&self, place: Span) -> Option<String> {
        // No block is around that of a variable, and none of ours inside it.
        let before =
            self.variables.partition_point(|(span, _)| (span.file, span.start) <= (place.file, place.start));
        if let Some((span, name)) = before.checked_sub(1).and_then(|at| self.variables.get(at))
            && span.contains(place)
        {
            return Some(format!("variable {}", cty::print::quoted(name)));
        }
        let around = self.blocks.iter().filter(|(span, _)| span.contains(place));
        around.min_by_key(|(span, _)| span.end - span.start).map(|(_, title)| title.clone())
    }
}
