//! From JSON values to expressions.

use std::collections::HashSet;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics};

use super::{JsonString, Node, NodeKind};
use crate::ast::{Expr, ExprKind, Ident, ObjectItem, ObjectKey};

/// The expression a value stands for.
pub(super) fn expr(node: &Node, diagnostics: &mut Diagnostics) -> Expr {
    let kind = match &node.kind {
        NodeKind::Null => ExprKind::Null,
        NodeKind::Bool(value) => ExprKind::Bool(*value),
        NodeKind::Number(number) => ExprKind::Number(number.clone()),
        NodeKind::String(string) => ExprKind::JsonString(Arc::clone(string)),
        NodeKind::Array(items) => ExprKind::Tuple(items.iter().map(|item| expr(item, diagnostics)).collect()),
        NodeKind::Object(properties) => {
            let mut seen = HashSet::new();
            let mut items = Vec::new();
            for property in properties.iter() {
                if !seen.insert(property.name.text()) {
                    diagnostics.push(duplicate_property(&property.name));
                    continue;
                }
                items
                    .push(ObjectItem { key: key(&property.name), value: expr(&property.value, diagnostics) });
            }
            ExprKind::Object(items)
        }
        NodeKind::Invalid => ExprKind::Invalid,
    };
    Expr { kind, span: node.span }
}

fn key(name: &Arc<JsonString>) -> ObjectKey {
    if name.is_template() {
        ObjectKey::Expr(Expr { kind: ExprKind::JsonString(Arc::clone(name)), span: name.span() })
    } else {
        ObjectKey::Literal(ident(name))
    }
}

pub(super) fn ident(name: &JsonString) -> Ident {
    Ident { name: Arc::clone(name.text()), span: name.span() }
}

fn duplicate_property(name: &JsonString) -> Diagnostic {
    Diagnostic::error("Duplicate object attribute")
        .detail(format!("The attribute \"{}\" is set already in this object.", name.text()))
        .at(name.span())
}
