//! Templates: text with interpolations and directives.

use std::sync::Arc;

use cty::{Marks, Type, Value};
use diag::Diagnostics;

use super::cond::eval_condition;
use super::for_expr::{Items, each, items};
use super::frame::{Frame, too_large};
use crate::ast::{Expr, Template, TemplatePart};
use crate::json::JsonString;

/// A template as a value. One that is a single interpolation is the value of that, whatever its type.
pub(super) fn eval(
    template: &Template,
    expr: &Expr,
    frame: &Frame<'_>,
    diagnostics: &mut Diagnostics,
) -> Value {
    match &template.parts[..] {
        [TemplatePart::Interpolation(inner)] if !template.heredoc => super::eval(inner, frame, diagnostics),
        [TemplatePart::Literal(text, _)] => Value::string(text),
        _ => {
            let mut text = Text { out: String::new(), marks: Marks::default(), known: true };
            let mut findings = Diagnostics::new();
            text.render(template, frame, &mut findings);
            if !findings.has_errors() && !frame.produce(text.out.len() as u64) {
                findings.push(too_large(expr.span));
            }
            text.known &= !findings.has_errors();
            diagnostics.extend(findings);
            text.value()
        }
    }
}

/// A string in JSON syntax: a template where names mean anything, plain text where they do not.
pub(super) fn eval_json(
    string: &Arc<JsonString>,
    expr: &Expr,
    frame: &Frame<'_>,
    diagnostics: &mut Diagnostics,
) -> Value {
    if !frame.has_variables() && frame.scope.functions().is_none() {
        return Value::string(string.text());
    }
    let (template, findings) = string.template();
    diagnostics.extend(findings.iter().cloned());
    eval(template, expr, frame, diagnostics)
}

/// A text in the making.
struct Text {
    out: String,
    marks: Marks,
    /// Whether all parts are known. Going on without is worth it for the mistakes that are found.
    known: bool,
}

impl Text {
    fn value(self) -> Value {
        let value = if self.known { Value::string(&self.out) } else { Value::unknown_not_null(Type::String) };
        value.with_marks(&self.marks)
    }

    /// Renders all parts. False when it is no use to go on: the text has become too large.
    fn render(&mut self, template: &Template, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> bool {
        template.parts.iter().all(|part| {
            match part {
                TemplatePart::Literal(text, _) => self.push(text),
                TemplatePart::Interpolation(expr) => self.interpolate(expr, frame, diagnostics),
                TemplatePart::If { condition, then, otherwise, .. } => {
                    let (decision, marks) = eval_condition(condition, frame, diagnostics);
                    self.marks = self.marks.union(&marks);
                    return match decision {
                        Some(true) => self.render(then, frame, diagnostics),
                        Some(false) => self.render(otherwise, frame, diagnostics),
                        None => {
                            self.known = false;
                            true
                        }
                    };
                }
                TemplatePart::For { key_var, value_var, collection, body, span } => {
                    let (value, marks) = match items(collection, frame, diagnostics) {
                        Items::Known(value, marks) => (value, marks),
                        Items::Unknown(marks) => {
                            self.marks = self.marks.union(&marks);
                            self.known = false;
                            return true;
                        }
                    };
                    self.marks = self.marks.union(&marks);
                    let mut go_on = true;
                    each(&value, (key_var.as_ref(), value_var), frame, |frame| {
                        let mut findings = Diagnostics::new();
                        let before = self.out.len();
                        go_on = self.render(body, frame, &mut findings);
                        if go_on && !frame.produce((self.out.len() - before) as u64) {
                            findings.push(too_large(*span));
                            go_on = false;
                        }
                        let right = !findings.has_errors();
                        diagnostics.extend(findings);
                        right
                    });
                    return go_on;
                }
            }
            true
        })
    }

    fn push(&mut self, text: &str) {
        if self.known {
            self.out.push_str(text);
        }
    }

    fn interpolate(&mut self, expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) {
        let value = super::eval(expr, frame, diagnostics);
        self.marks = self.marks.union(value.marks());
        if value.is_null() {
            let detail = "This value is null. Null cannot be a part of a string.";
            diagnostics.push(frame.error("Invalid template interpolation value", detail, expr));
            return;
        }
        if !value.is_known() {
            self.known = false;
            return;
        }
        match cty::convert(&value, &Type::String) {
            Ok(value) => self.push(value.as_str().unwrap_or_default()),
            Err(error) => {
                let detail = format!("This value cannot be a part of a string: {error}.");
                diagnostics.push(frame.error("Invalid template interpolation value", detail, expr));
            }
        }
    }
}
