//! Where each option of one component was written, and whether it was. Kept after decoding, so that later findings
//! (a script that does not exist) point to the same place as early ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diag::{Diagnostic, Span};

/// Path → place. Paths are dotted, list positions in brackets: `inline[0]`, `build.path`, `disk[1].size`, `env.KEY`.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub(crate) spans: Arc<BTreeMap<String, Span>>,
    pub(crate) block: Option<Span>,
    pub(crate) block_name: String,
    pub(crate) given: BTreeSet<String>,
    pub(crate) filled: BTreeSet<String>,
}

impl Places {
    /// The place of an option: its own, that of the nearest thing around it that has one, or the block's header.
    pub fn span(&self, path: &str) -> Option<Span> {
        let mut path = path;
        while !path.is_empty() {
            if let Some(span) = self.spans.get(path) {
                return Some(*span);
            }
            path = path.rfind(['.', '[']).map_or("", |cut| &path[..cut]);
        }
        self.block
    }

    /// The header of the block, where missing things are reported.
    pub fn block(&self) -> Option<Span> {
        self.block
    }

    /// The block as a title: `provisioner "shell"`. May be empty.
    pub fn block_name(&self) -> &str {
        &self.block_name
    }

    /// Whether the option was written in the template, whatever its value (null is not a value).
    pub fn given(&self, path: &str) -> bool {
        self.given.contains(path)
    }

    /// Whether the option was written with a value that is not empty: not `""`, `0`, `false`, `[]` or `{}`.
    pub fn filled(&self, path: &str) -> bool {
        self.filled.contains(path)
    }

    /// Puts a finding at an option's place. An empty path is the block itself.
    pub(crate) fn locate(&self, diagnostic: Diagnostic, path: &str) -> Diagnostic {
        let diagnostic = diagnostic.at(self.span(path));
        if diagnostic.subject.is_some() && !self.block_name.is_empty() {
            diagnostic.in_block(self.block_name.clone())
        } else {
            diagnostic
        }
    }
}
