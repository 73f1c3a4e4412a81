//! `validation` blocks: the rules that an author sets for the values of a variable.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics, SourceMap, Span};
use hcl::ast::Expr;
use hcl::walk::references;
use hcl::{ContentBlock, Scope};

use super::grammar;
use super::meta::Meta;
use super::variable::Assignment;

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct Validation {
    condition: Arc<Expr>,
    message: String,
    span: Span,
}

impl Validation {
    /// Reads a rule of the variable `name`.
    pub(crate) fn read(block: &ContentBlock, name: &str, findings: &mut Diagnostics) -> Option<Self> {
        let (content, found) = block.body.content(grammar::VALIDATION.schema());
        findings.extend(found);
        let mut fine = true;
        let message = match content.attribute("error_message") {
            Some(attr) => {
                let scope = Scope::constant();
                let message = Meta { content: &content, scope: &scope, findings }.string("error_message");
                if let Some(fault) = message.as_deref().and_then(fault) {
                    findings.push(
                        Diagnostic::error("Invalid validation error message")
                            .detail(fault)
                            .at(attr.expr.span),
                    );
                }
                message
            }
            None => None,
        };
        let condition = content.attribute("condition")?.expr.clone();
        let mut names_itself = false;
        for reference in references(&condition) {
            if &*reference.root == "var" && reference.steps.first().is_some_and(|step| step.text() == name) {
                names_itself = true;
                continue;
            }
            fine = false;
            findings.push(
                Diagnostic::error("Invalid reference in variable validation")
                    .detail(format!(
                        "The rules of the variable \"{name}\" can refer to nothing but var.{name}, so not to {}.",
                        reference
                    ))
                    .at(reference.span),
            );
        }
        if fine && !names_itself {
            fine = false;
            findings.push(
                Diagnostic::error("Invalid variable validation condition")
                    .detail(format!("The condition must look at var.{name}: it is a rule for that value."))
                    .at(condition.span),
            );
        }
        let message = message.filter(|_| fine)?;
        Some(Self { condition, message, span: block.header })
    }

    /// Whether the rule holds for a value. A value that is not known yet is left in peace.
    pub(crate) fn check(
        &self,
        name: &Arc<str>,
        given: &Assignment,
        scope: &Scope,
        sources: &SourceMap,
    ) -> Diagnostics {
        let variables = Value::object(BTreeMap::from([(name.clone(), given.value.clone())]));
        let (value, mut findings) = self.condition.evaluate(&scope.child().with_variable("var", variables));
        if findings.has_errors() {
            return findings;
        }
        let holds = cty::convert(&value, &Type::Bool);
        let verdict = match &holds {
            Ok(holds) if !holds.is_known() => return findings,
            Ok(holds) => holds.as_bool(),
            Err(_) => None,
        };
        match verdict {
            Some(true) => {}
            Some(false) => findings.push(
                Diagnostic::error(format!("Invalid value for {} variable", given.from.word()))
                    .detail(format!("{}\n\nThe rule is at {}.", self.message, sources.describe(self.span)))
                    .at(given.span),
            ),
            None => findings.push(
                Diagnostic::error("Invalid variable validation result")
                    .detail(match holds {
                        Ok(_) => "The condition is null. It must be true or false.".to_owned(),
                        Err(error) => format!("The condition must be true or false: {error}."),
                    })
                    .at(self.condition.span),
            ),
        }
        findings
    }
}

/// What is wrong with the form of a message, if anything is.
fn fault(message: &str) -> Option<&'static str> {
    let Some(first) = message.chars().next() else {
        return Some("The message is empty. Say in a sentence what is wrong.");
    };
    if first.is_alphabetic() && !first.is_uppercase() {
        return Some(
            "The message is shown as a sentence of its own, so it must begin with an upper case letter.",
        );
    }
    if !message.ends_with(['.', '?', '!']) {
        return Some(
            "The message is shown as a sentence of its own, so it must end with a full stop, a question mark or an exclamation mark.",
        );
    }
    None
}
