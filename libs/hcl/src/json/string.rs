//! A string in JSON: what it says depends on who reads it.

use std::sync::{Arc, OnceLock};

use diag::{Diagnostics, Span};

use crate::ast::Expr;
use crate::parser::{Origin, expr_at, template_at};

/// A string in JSON: plain text, a template, or the text of an expression. Which of them, its reader decides.
#[derive(Debug)]
pub struct JsonString {
    text: Arc<str>,
    span: Span,
    /// Where escapes make the text shorter than what stands in the file.
    shifts: Vec<(u32, u32)>,
    template: OnceLock<(Expr, Diagnostics)>,
}

impl JsonString {
    pub(super) fn new(text: Arc<str>, span: Span, shifts: Vec<(u32, u32)>) -> Self {
        Self { text, span, shifts, template: OnceLock::new() }
    }

    /// The text, escapes resolved: what the string means where there is no scope.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Its place, quotes included.
    pub fn span(&self) -> Span {
        self.span
    }

    /// Whether an interpolation, a directive or the escape of one is in it: else a template of it is the text itself.
    pub fn is_template(&self) -> bool {
        self.text.contains("${") || self.text.contains("%{")
    }

    /// The string as a template ([`ExprKind::Template`](crate::ast::ExprKind::Template)), read when first asked for, and
    /// what is wrong with it.
    pub fn template(&self) -> (&Expr, &Diagnostics) {
        let (expr, diagnostics) = self.template.get_or_init(|| template_at(&self.text, self.origin()));
        (expr, diagnostics)
    }

    /// The string as a native expression: `"list(string)"`.
    pub fn expression(&self) -> (Expr, Diagnostics) {
        expr_at(&self.text, self.origin())
    }

    fn origin(&self) -> Origin<'_> {
        Origin::shifted(self.span.file, self.span.start as usize + 1, &self.shifts)
    }
}
