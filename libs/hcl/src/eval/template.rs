//! Templates: text with interpolations and directives.

use cty::{Marks, Type, Value};
use diag::{Diagnostics, Span};

use super::cond::eval_condition;
use super::for_expr::{Items, bound_key, items, pairs};
use super::frame::{Binding, Frame, too_large};
use crate::ast::{Expr, Ident, Template, TemplatePart};
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
            frame.made_text(text.out.len());
            if !findings.has_errors() && frame.made_too_much() {
                findings.push(too_large(expr.span));
            }
            text.known &= !findings.has_errors();
            diagnostics.extend(findings);
            text.value()
        }
    }
}

/// A string in JSON syntax: a template where names mean anything, plain text where they do not.
pub(super) fn eval_json(string: &JsonString, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let scope = frame.has_variables() || frame.scope.functions().is_some();
    if !scope || !string.is_template() {
        return Value::string(string.text());
    }
    let (template, findings) = string.template();
    diagnostics.extend(findings.iter().cloned());
    super::eval(template, frame, diagnostics)
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
        for part in &template.parts {
            let go_on = match part {
                TemplatePart::Literal(text, _) => self.push(text),
                TemplatePart::Interpolation(expr) => self.interpolate(expr, frame, diagnostics),
                TemplatePart::If { condition, then, otherwise, .. } => {
                    let (decision, marks) = eval_condition(condition, frame, diagnostics);
                    self.marks = self.marks.union(&marks);
                    match decision {
                        Some(true) => self.render(then, frame, diagnostics),
                        Some(false) => self.render(otherwise, frame, diagnostics),
                        None => self.unknown(),
                    }
                }
                TemplatePart::For { key_var, value_var, collection, body, span } => {
                    let names = (key_var.as_ref(), value_var);
                    self.repeat(names, collection, body, *span, frame, diagnostics)
                }
            };
            if !go_on {
                return false;
            }
        }
        true
    }

    /// Renders the body of a loop for each element.
    fn repeat(
        &mut self,
        (key_var, value_var): (Option<&Ident>, &Ident),
        collection: &Expr,
        body: &Template,
        span: Span,
        frame: &Frame<'_>,
        diagnostics: &mut Diagnostics,
    ) -> bool {
        let (collection, marks) = match items(collection, frame, diagnostics) {
            Items::Known(value, marks) => (Some(value), marks),
            Items::Unknown(marks) => (None, marks),
        };
        self.marks = self.marks.union(&marks);
        let Some(collection) = collection else { return self.unknown() };
        for (key, element) in pairs(&collection, key_var.is_some()) {
            let key = bound_key(key_var, key, frame);
            let outer = key.as_ref().or(frame.bindings());
            let value = Binding { name: &value_var.name, value: element.clone(), outer };
            let before = self.out.len();
            let mut findings = Diagnostics::new();
            let go_on = self.render(body, &frame.bind(Some(&value)), &mut findings);
            let wrong = findings.has_errors();
            diagnostics.extend(findings);
            if !go_on {
                return false;
            }
            if wrong {
                // The other elements would only say the same.
                return self.unknown();
            }
            frame.made_turn();
            frame.made_text(self.out.len() - before);
            if frame.made_too_much() {
                diagnostics.push(too_large(span));
                return false;
            }
        }
        true
    }

    fn unknown(&mut self) -> bool {
        self.known = false;
        true
    }

    fn push(&mut self, text: &str) -> bool {
        if self.known {
            self.out.push_str(text);
        }
        true
    }

    fn interpolate(&mut self, expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> bool {
        let value = super::eval(expr, frame, diagnostics);
        self.marks = self.marks.union(value.marks());
        if value.is_null() {
            let detail = "This value is null. Null cannot be a part of a string.";
            diagnostics.push(frame.error("Invalid template interpolation value", detail, expr));
            return self.unknown();
        }
        if !value.is_known() {
            return self.unknown();
        }
        match cty::convert(&value, &Type::String) {
            Ok(value) => self.push(value.as_str().unwrap_or_default()),
            Err(error) => {
                let detail = format!("This value cannot be a part of a string: {error}.");
                diagnostics.push(frame.error("Invalid template interpolation value", detail, expr));
                self.unknown()
            }
        }
    }
}
