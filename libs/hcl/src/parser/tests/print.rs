//! Trees as HCL text, on as few lines as can be. Adds nothing to a tree: where one needs parentheses it must have them.

use crate::ast::{
    BinaryOp, Body, Call, Expr, ExprKind, For, Ident, ObjectItem, ObjectKey, Template, TemplatePart, UnaryOp,
};

/// What ends a heredoc here.
const MARKER: &str = "END";

pub(super) fn body(of: &Body) -> String {
    let attributes = of.attributes.iter().map(|attr| format!("{} = {}\n", attr.name.name, expr(&attr.expr)));
    let blocks = of.blocks.iter().map(|block| {
        let label = |label: &crate::ast::Label| match label.quoted {
            true => format!(" \"{}\"", quoted(&label.value)),
            false => format!(" {}", label.value),
        };
        let labels: String = block.labels.iter().map(label).collect();
        format!("{}{labels} {{\n{}}}\n", block.kind.name, body(&block.body))
    });
    let text: String = attributes.chain(blocks).collect();
    // A heredoc has ended its line.
    text.replace(&format!("\n{MARKER}\n\n"), &format!("\n{MARKER}\n"))
}

pub(super) fn expr(of: &Expr) -> String {
    match &of.kind {
        ExprKind::Null => "null".into(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Number(number) => number.to_string(),
        ExprKind::Template(inner) if inner.heredoc => {
            format!("<<{MARKER}\n{}{MARKER}\n", parts(inner, escaped))
        }
        ExprKind::Template(inner) => format!("\"{}\"", parts(inner, quoted)),
        ExprKind::Tuple(items) => format!("[{}]", list(items)),
        ExprKind::Object(items) => {
            format!("{{ {} }}", items.iter().map(item).collect::<Vec<_>>().join(", "))
        }
        ExprKind::Variable(name) => name.to_string(),
        ExprKind::GetAttr(target, name) => format!("{}.{}", expr(target), name.name),
        ExprKind::Index { target, key, legacy: true } => format!("{}.{}", expr(target), expr(key)),
        ExprKind::Index { target, key, legacy: false } => format!("{}[{}]", expr(target), expr(key)),
        ExprKind::Splat { target, each, full: true } => format!("{}[*]{}", expr(target), expr(each)),
        ExprKind::Splat { target, each, full: false } => format!("{}.*{}", expr(target), expr(each)),
        ExprKind::SplatItem => String::new(),
        ExprKind::Call(call) => self::call(call),
        ExprKind::For(parts) => for_expr(parts),
        ExprKind::Conditional(parts, otherwise) => {
            format!("{} ? {} : {}", expr(&parts[0]), expr(&parts[1]), expr(otherwise))
        }
        ExprKind::Binary(op, left, right) => format!("{} {} {}", expr(left), operator(*op), expr(right)),
        ExprKind::Unary(UnaryOp::Negate, inner) => format!("-{}", expr(inner)),
        ExprKind::Unary(UnaryOp::Not, inner) => format!("!{}", expr(inner)),
        ExprKind::Parens(inner) => format!("({})", expr(inner)),
        ExprKind::JsonString(_) | ExprKind::Bound(..) | ExprKind::Invalid => {
            panic!("nobody can write {of:?}")
        }
    }
}

fn list(items: &[Expr]) -> String {
    items.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn item(of: &ObjectItem) -> String {
    match &of.key {
        ObjectKey::Literal(name) => format!("{} = {}", name.name, expr(&of.value)),
        ObjectKey::Expr(key) => format!("{} : {}", expr(key), expr(&of.value)),
    }
}

fn call(of: &Call) -> String {
    format!("{}({}{})", of.name.name, list(&of.args), if of.expand { "..." } else { "" })
}

fn for_expr(of: &For) -> String {
    let names = loop_names(of.key_var.as_ref(), &of.value_var);
    let mut text = format!("for {names} in {} : ", expr(&of.collection));
    text.extend(of.key.as_ref().map(|key| format!("{} => ", expr(key))));
    text += &expr(&of.value);
    text += if of.group { "..." } else { "" };
    text.extend(of.condition.as_ref().map(|condition| format!(" if {}", expr(condition))));
    if of.key.is_some() { format!("{{{text}}}") } else { format!("[{text}]") }
}

fn loop_names(key: Option<&Ident>, value: &Ident) -> String {
    key.map(|key| format!("{}, ", key.name)).unwrap_or_default() + &value.name
}

fn parts(of: &Template, text: fn(&str) -> String) -> String {
    let part = |part: &TemplatePart| match part {
        TemplatePart::Literal(literal, _) => text(literal),
        TemplatePart::Interpolation(inner) => format!("${{{}}}", expr(inner)),
        TemplatePart::If { condition, then, otherwise, .. } => {
            let mut written = format!("%{{ if {} }}{}", expr(condition), parts(then, text));
            if !otherwise.parts.is_empty() {
                written += &format!("%{{ else }}{}", parts(otherwise, text));
            }
            written + "%{ endif }"
        }
        TemplatePart::For { key_var, value_var, collection, body, .. } => {
            let names = loop_names(key_var.as_ref(), value_var);
            format!("%{{ for {names} in {} }}{}%{{ endfor }}", expr(collection), parts(body, text))
        }
    };
    of.parts.iter().map(part).collect()
}

/// Text in quotes. A sign at its end would double that of an interpolation behind it.
fn quoted(text: &str) -> String {
    let mut escaped =
        escaped(&text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"));
    if let Some(sign @ ('$' | '%')) = escaped.chars().next_back() {
        escaped.pop();
        escaped += &format!("\\u{:04x}", u32::from(sign));
    }
    escaped
}

/// Text in which nothing begins an interpolation or a directive.
fn escaped(text: &str) -> String {
    text.replace("${", "$${").replace("%{", "%%{")
}

pub(super) fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "||",
        BinaryOp::And => "&&",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessOrEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterOrEqual => ">=",
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Modulo => "%",
    }
}
