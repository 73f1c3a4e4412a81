//! Expressions taken for what they say, not for their value: a type, an iterator's name, a list of references. In JSON
//! syntax they are strings that hold native expressions; here both look the same.

use std::borrow::Cow;

use diag::{Diagnostics, Span};

use crate::ast::{Call, Expr, ExprKind, Ident, ObjectItem};
use crate::walk::{Reference, Step, fixed_key};

/// The expression in native syntax: of a string in JSON syntax the expression that its text is, with what is wrong with it.
pub fn native(expr: &Expr) -> (Cow<'_, Expr>, Diagnostics) {
    match &expr.kind {
        ExprKind::JsonString(string) => {
            let (expr, diagnostics) = string.expression();
            (Cow::Owned(expr), diagnostics)
        }
        ExprKind::Bound(inner, _) => native(inner),
        _ => (Cow::Borrowed(expr), Diagnostics::new()),
    }
}

/// A bare word: `string`, also `true`, `false`, `null`.
pub fn as_keyword(expr: &Expr) -> Option<Ident> {
    let expr = native(expr).0;
    let name = match &expr.kind {
        ExprKind::Variable(name) => name.clone(),
        ExprKind::Bool(true) => "true".into(),
        ExprKind::Bool(false) => "false".into(),
        ExprKind::Null => "null".into(),
        _ => return None,
    };
    Some(Ident { name, span: expr.span })
}

/// A variable with fixed steps and nothing else: `source.null.a`, `data.x["y"]`.
pub fn as_traversal(expr: &Expr) -> Option<Reference> {
    let native = native(expr).0;
    let (mut steps, mut step_spans) = (Vec::new(), Vec::new());
    let mut at = native.as_ref();
    loop {
        let end = at.span;
        at = match &at.kind {
            ExprKind::Variable(root) => {
                steps.reverse();
                step_spans.reverse();
                return Some(Reference { root: root.clone(), steps, step_spans, span: native.span });
            }
            ExprKind::GetAttr(target, name) => {
                steps.push(Step::Attr(name.name.clone()));
                step_spans.push(Span { start: target.span.end, ..end });
                target
            }
            ExprKind::Index { target, key, .. } => {
                steps.push(Step::Index(fixed_key(key)?));
                step_spans.push(Span { start: target.span.end, ..end });
                target
            }
            _ => return None,
        };
    }
}

/// A call: `list(string)`.
pub fn as_call(expr: &Expr) -> Option<Call> {
    match native(expr).0 {
        Cow::Owned(Expr { kind: ExprKind::Call(call), .. }) => Some(*call),
        Cow::Borrowed(Expr { kind: ExprKind::Call(call), .. }) => Some((**call).clone()),
        _ => None,
    }
}

/// The items of a tuple constructor, or of an array in JSON syntax.
pub fn as_list(expr: &Expr) -> Option<&[Expr]> {
    match &expr.kind {
        ExprKind::Tuple(items) => Some(items),
        _ => None,
    }
}

/// The items of an object constructor, or of an object in JSON syntax.
pub fn as_map(expr: &Expr) -> Option<&[ObjectItem]> {
    match &expr.kind {
        ExprKind::Object(items) => Some(items),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
