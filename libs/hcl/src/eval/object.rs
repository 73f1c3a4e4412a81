//! `{ key = value }`.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Marks, Type, Value};
use diag::{Diagnostic, Diagnostics};

use super::frame::{Frame, unknown};
use crate::ast::{Expr, ExprKind, ObjectItem, ObjectKey};
use crate::walk::fixed_key;

/// Of two items with one key the last wins. With a key that is not known nothing is known of the whole.
pub(super) fn eval(items: &[ObjectItem], frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let mut values = BTreeMap::new();
    let mut marks = Marks::default();
    let mut known = true;
    for item in items {
        let key = match &item.key {
            ObjectKey::Literal(name) => Some(Arc::clone(&name.name)),
            ObjectKey::Expr(expr) => key(expr, frame, &mut marks, diagnostics),
        };
        let value = super::eval(&item.value, frame, diagnostics);
        match key {
            Some(key) => drop(values.insert(key, value)),
            None => known = false,
        }
    }
    frame.made_object(values.len());
    if known { Value::object(values).with_marks(&marks) } else { unknown(&marks) }
}

/// The key of an item; nothing when it is not known, or wrong, which is reported.
fn key(expr: &Expr, frame: &Frame<'_>, marks: &mut Marks, diagnostics: &mut Diagnostics) -> Option<Arc<str>> {
    if is_traversal(expr) {
        diagnostics.push(
            Diagnostic::error("Ambiguous attribute key")
                .detail(
                    "This key looks like a reference, and it looks like a name. In parentheses it is the value it refers \
                     to, in quotes it is the name as it stands.",
                )
                .at(expr.span),
        );
        return None;
    }
    let value = super::eval(expr, frame, diagnostics);
    *marks = marks.union(value.marks());
    if value.is_null() {
        diagnostics.push(frame.error("Null value as key", "A key must not be null.", expr));
        return None;
    }
    match cty::convert(&value, &Type::String) {
        Ok(value) => value.as_str().map(Arc::from),
        Err(error) => {
            diagnostics.push(frame.error("Incorrect key type", format!("A key is a string: {error}."), expr));
            None
        }
    }
}

/// `a.b`, `a["b"]`, `a[0].c`: a name followed by constant steps.
fn is_traversal(expr: &Expr) -> bool {
    let (mut expr, mut steps) = (expr, 0);
    loop {
        expr = match &expr.kind {
            ExprKind::Variable(_) => return steps > 0,
            ExprKind::GetAttr(target, _) => target,
            ExprKind::Index { target, key, .. } if fixed_key(key).is_some() => target,
            _ => return false,
        };
        steps += 1;
    }
}

impl ObjectKey {
    /// The key, if it can be told without evaluation: a bare identifier, a plain string, a number.
    pub(crate) fn fixed(&self) -> Option<Arc<str>> {
        match self {
            ObjectKey::Literal(name) => Some(Arc::clone(&name.name)),
            ObjectKey::Expr(expr) => fixed_key(expr),
        }
    }
}
