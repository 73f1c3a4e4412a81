//! Locals as they are declared: names for expressions. When they are evaluated is decided in [`evaluate`](super::evaluate).

use std::collections::HashSet;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, Span};
use hcl::ast::Expr;
use hcl::{ContentBlock, Scope};

use super::grammar;
use super::meta::Meta;

/// A name for an expression.
#[derive(Clone, Debug)]
pub(crate) struct Local {
    pub(crate) name: Arc<str>,
    pub(crate) expr: Arc<Expr>,
    pub(crate) sensitive: bool,
    /// Where the name stands.
    pub(crate) span: Span,
}

/// Reads a `local` block.
pub(crate) fn read(block: &ContentBlock, findings: &mut Diagnostics) -> Option<Local> {
    let label = block.labels.first()?;
    if !super::is_identifier(&label.value) {
        findings.push(
            Diagnostic::error("Invalid local name")
                .detail(format!("{:?} cannot name a local. {}", &*label.value, super::IDENTIFIER_RULE))
                .at(label.span),
        );
        return None;
    }
    let (content, found) = block.body.content(grammar::LOCAL.schema());
    findings.extend(found);
    let sensitive =
        Meta { content: &content, scope: &Scope::constant(), findings }.bool("sensitive").unwrap_or(false);
    let expr = content.attribute("expression")?.expr.clone();
    Some(Local { name: label.value.clone(), expr, sensitive, span: block.header })
}

/// Reads a `locals` block.
pub(crate) fn read_all(block: &ContentBlock, findings: &mut Diagnostics) -> Vec<Local> {
    let (attributes, found) = block.body.just_attributes();
    findings.extend(found);
    let declare = |attr: hcl::ast::Attribute| Local {
        name: attr.name.name,
        expr: attr.expr,
        sensitive: false,
        span: attr.name.span,
    };
    attributes.into_iter().map(declare).collect()
}

/// Adds locals to those that are declared already, whose names are `taken`. Of a name that is declared twice the first declaration counts.
pub(crate) fn declare(
    all: &mut Vec<Local>,
    taken: &mut HashSet<Arc<str>>,
    new: impl IntoIterator<Item = Local>,
    findings: &mut Diagnostics,
) {
    for local in new {
        if !taken.insert(local.name.clone()) {
            findings.push(
                Diagnostic::error("Duplicate local definition")
                    .detail(format!(
                        "The local \"{}\" is defined already; names must be unique over all files.",
                        local.name
                    ))
                    .at(local.span),
            );
        } else {
            all.push(local);
        }
    }
}
