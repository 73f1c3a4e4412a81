//! Trees as short texts.

use super::print::operator;
use crate::ast::{Body, Expr, ExprKind, For, ObjectKey, Template, TemplatePart, UnaryOp};

pub(super) fn expr(of: &Expr) -> String {
    match &of.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(number) => number.to_string(),
        ExprKind::Template(inner) => {
            format!("{}\"{}\"", if inner.heredoc { "h" } else { "" }, template(inner))
        }
        ExprKind::JsonString(string) => format!("json{:?}", string.text()),
        ExprKind::Tuple(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            let item = |item: &crate::ast::ObjectItem| match &item.key {
                ObjectKey::Literal(name) => format!("{}={}", name.name, expr(&item.value)),
                ObjectKey::Expr(key) => format!("<{}>={}", expr(key), expr(&item.value)),
            };
            format!("{{{}}}", items.iter().map(item).collect::<Vec<_>>().join(" "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::GetAttr(target, name) => format!("{}.{}", expr(target), name.name),
        ExprKind::Index { target, key, legacy: true } => format!("{}.{}", expr(target), expr(key)),
        ExprKind::Index { target, key, legacy: false } => format!("{}[{}]", expr(target), expr(key)),
        ExprKind::Splat { target, each, full: true } => format!("{}[*]<{}>", expr(target), expr(each)),
        ExprKind::Splat { target, each, full: false } => format!("{}.*<{}>", expr(target), expr(each)),
        ExprKind::SplatItem => "_".into(),
        ExprKind::Call(call) => {
            format!("{}({}{})", call.name.name, list(&call.args), if call.expand { "..." } else { "" })
        }
        ExprKind::For(parts) => for_expr(parts),
        ExprKind::Conditional(parts, otherwise) => format!("(? {} {})", list(&parts[..]), expr(otherwise)),
        ExprKind::Binary(op, left, right) => format!("({} {} {})", operator(*op), expr(left), expr(right)),
        ExprKind::Unary(UnaryOp::Negate, inner) => format!("(- {})", expr(inner)),
        ExprKind::Unary(UnaryOp::Not, inner) => format!("(! {})", expr(inner)),
        ExprKind::Parens(inner) => format!("paren({})", expr(inner)),
        ExprKind::Bound(inner, _) => format!("bound({})", expr(inner)),
        ExprKind::Invalid => "!!".into(),
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(expr).collect::<Vec<_>>().join(" ")
}

fn for_expr(parts: &For) -> String {
    let key_var = parts.key_var.as_ref().map(|name| format!("{},", name.name)).unwrap_or_default();
    let key = parts.key.as_ref().map(|key| format!("{} => ", expr(key))).unwrap_or_default();
    let group = if parts.group { "..." } else { "" };
    let condition =
        parts.condition.as_ref().map(|condition| format!(" if {}", expr(condition))).unwrap_or_default();
    let (collection, value) = (expr(&parts.collection), expr(&parts.value));
    format!("for({key_var}{} in {collection}: {key}{value}{group}{condition})", parts.value_var.name)
}

pub(super) fn template(of: &Template) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Literal(text, _) => format!("'{}'", text.escape_debug()),
        TemplatePart::Interpolation(inner) => format!("${{{}}}", expr(inner)),
        TemplatePart::If { condition, then, otherwise, .. } => {
            format!("%if({}: {} | {})", expr(condition), template(then), template(otherwise))
        }
        TemplatePart::For { key_var, value_var, collection, body, .. } => {
            let key_var = key_var.as_ref().map(|name| format!("{},", name.name)).unwrap_or_default();
            format!("%for({key_var}{} in {}: {})", value_var.name, expr(collection), template(body))
        }
    };
    of.parts.iter().map(part).collect()
}

pub(super) fn body(of: &Body) -> String {
    let attributes = of.attributes.iter().map(|attr| format!("{}={}", attr.name.name, expr(&attr.expr)));
    let blocks = of.blocks.iter().map(|block| {
        let label = |label: &crate::ast::Label| match label.quoted {
            true => format!(" {:?}", label.value),
            false => format!(" {}", label.value),
        };
        let labels: String = block.labels.iter().map(label).collect();
        format!("{}{labels}{{{}}}", block.kind.name, body(&block.body))
    });
    attributes.chain(blocks).collect::<Vec<_>>().join("; ")
}
