//! Which block a place lies in, as people call it: findings show it beside the line. Filled as blocks are found; what is wrong with them
//! is not looked at here.

use diag::{Diagnostics, Span};
use hcl::ContentBlock;
use hcl::ast::{Body, Label};

/// Blocks with their names.
#[derive(Clone, Default, Debug)]
pub(crate) struct Titles(Vec<(Span, String)>);

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
        self.0.extend(body.blocks.iter().map(|block| (block.span, title(&block.kind.name, &block.labels))));
    }

    /// Keeps a block.
    pub(crate) fn add(&mut self, block: &ContentBlock) {
        self.0.push((block.span, block_title(block)));
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
        let around = self.0.iter().filter(|(span, _)| span.contains(place));
        around.min_by_key(|(span, _)| span.end - span.start).map(|(_, title)| title.clone())
    }
}
