//! Operators. What they do with values is `cty`'s; here is what operands they take, in which order mistakes count, and what is
//! said about them.

use cty::ops::OpError;
use cty::{Type, Value};
use diag::Diagnostics;

use super::frame::Frame;
use crate::ast::{BinaryOp, Expr, ExprKind, UnaryOp};

type Applied = Result<Value, OpError>;

/// `-a`, `!a`
pub(super) fn eval_unary(
    op: UnaryOp,
    operand: &Expr,
    expr: &Expr,
    frame: &Frame<'_>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let value = super::eval(operand, frame, diagnostics);
    let (ty, apply): (_, fn(&Value) -> Applied) = match op {
        UnaryOp::Negate => (Type::Number, cty::ops::negate),
        UnaryOp::Not => (Type::Bool, cty::ops::not),
    };
    let Some(value) = converted(&value, &ty, operand, frame, diagnostics) else { return Value::unknown(ty) };
    if value.is_null() {
        diagnostics.push(frame.error("Operation failed", NULL_OPERAND, expr));
        return Value::unknown(ty);
    }
    apply(&value).unwrap_or_else(|error| {
        diagnostics.push(frame.error("Operation failed", sentence(&error), expr));
        Value::unknown(ty)
    })
}

/// An operation with two operands. The left operand may be an operation again, and so on: such a chain is walked from its
/// innermost operation outwards, so that a long one needs no deep stack.
pub(super) fn eval_binary(expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let mut chain = Vec::new();
    let mut innermost = expr;
    while let ExprKind::Binary(op, left, right) = &innermost.kind {
        chain.push((*op, innermost, &**left, &**right));
        innermost = left;
    }
    let mut findings = Diagnostics::new();
    let mut value = super::eval(innermost, frame, &mut findings);
    for (op, expr, left, right) in chain.into_iter().rev() {
        let left = Operand { expr: left, value, findings: std::mem::take(&mut findings) };
        let right = Operand::eval(right, frame);
        value = match op {
            BinaryOp::And | BinaryOp::Or => {
                logical(op == BinaryOp::And, left, right, expr, frame, &mut findings)
            }
            BinaryOp::Equal | BinaryOp::NotEqual => {
                findings.extend(left.findings);
                findings.extend(right.findings);
                let compare = if op == BinaryOp::Equal { cty::ops::equal } else { cty::ops::not_equal };
                compare(&left.value, &right.value)
            }
            _ => numeric(op, left, right, expr, frame, &mut findings),
        };
    }
    diagnostics.extend(findings);
    value
}

const NULL_OPERAND: &str = "An operand is null. There is nothing this operator can do with it.";

/// An operand with what was found wrong in it.
struct Operand<'a> {
    expr: &'a Expr,
    value: Value,
    findings: Diagnostics,
}

impl<'a> Operand<'a> {
    fn eval(expr: &'a Expr, frame: &Frame<'_>) -> Self {
        let mut findings = Diagnostics::new();
        let value = super::eval(expr, frame, &mut findings);
        Self { expr, value, findings }
    }
}

/// The operand as the operator takes it; nothing if it does not convert, which is reported.
fn converted(
    value: &Value,
    ty: &Type,
    operand: &Expr,
    frame: &Frame<'_>,
    findings: &mut Diagnostics,
) -> Option<Value> {
    match cty::convert(value, ty) {
        Ok(value) => Some(value),
        Err(error) => {
            let detail = format!("This operand does not suit the operator: {error}.");
            findings.push(frame.error("Invalid operand", detail, operand));
            None
        }
    }
}

fn numeric(
    op: BinaryOp,
    left: Operand<'_>,
    right: Operand<'_>,
    expr: &Expr,
    frame: &Frame<'_>,
    findings: &mut Diagnostics,
) -> Value {
    let (ty, apply): (_, fn(&Value, &Value) -> Applied) = match op {
        BinaryOp::Less => (Type::Bool, cty::ops::less),
        BinaryOp::LessOrEqual => (Type::Bool, cty::ops::less_or_equal),
        BinaryOp::Greater => (Type::Bool, cty::ops::greater),
        BinaryOp::GreaterOrEqual => (Type::Bool, cty::ops::greater_or_equal),
        BinaryOp::Subtract => (Type::Number, cty::ops::subtract),
        BinaryOp::Multiply => (Type::Number, cty::ops::multiply),
        BinaryOp::Divide => (Type::Number, cty::ops::divide),
        BinaryOp::Modulo => (Type::Number, cty::ops::modulo),
        _ => (Type::Number, cty::ops::add),
    };
    findings.extend(left.findings);
    findings.extend(right.findings);
    let a = converted(&left.value, &Type::Number, left.expr, frame, findings);
    let b = converted(&right.value, &Type::Number, right.expr, frame, findings);
    let (Some(a), Some(b)) = (a, b) else { return Value::unknown(ty) };
    if a.is_null() || b.is_null() {
        findings.push(frame.error("Operation failed", NULL_OPERAND, expr));
        return Value::unknown(ty);
    }
    apply(&a, &b).unwrap_or_else(|error| {
        findings.push(frame.error("Operation failed", sentence(&error), expr));
        Value::unknown(ty)
    })
}

/// `&&` and `||`. One side may decide alone; then the mistakes of the other do not count, unless its value is of the wrong
/// type. For `&&` null decides like false.
fn logical(
    and: bool,
    left: Operand<'_>,
    right: Operand<'_>,
    expr: &Expr,
    frame: &Frame<'_>,
    findings: &mut Diagnostics,
) -> Value {
    let mut wrong = Diagnostics::new();
    let a = converted(&left.value, &Type::Bool, left.expr, frame, &mut wrong);
    let b = converted(&right.value, &Type::Bool, right.expr, frame, &mut wrong);
    let (Some(a), Some(b)) = (a, b) else {
        findings.extend(left.findings);
        findings.extend(right.findings);
        findings.extend(wrong);
        return Value::unknown(Type::Bool);
    };
    let marks = a.marks().union(b.marks());
    let decides = |value: &Value| match value.as_bool() {
        Some(known) => known != and,
        None => and && value.is_null(),
    };
    if decides(&a) || decides(&b) {
        findings.extend(if decides(&a) { left.findings } else { right.findings });
        return Value::bool(!and).with_marks(&marks);
    }
    // While the left side may still decide, mistakes of the right one do not count.
    let both = a.is_known() || left.findings.has_errors();
    findings.extend(left.findings);
    if both {
        findings.extend(right.findings);
    }
    if !a.is_known() || !b.is_known() {
        return Value::unknown_not_null(Type::Bool).with_marks(&marks);
    }
    if a.is_null() || b.is_null() {
        findings.push(frame.error("Operation failed", NULL_OPERAND, expr));
        return Value::unknown(Type::Bool).with_marks(&marks);
    }
    Value::bool(and).with_marks(&marks)
}

/// A failure as a sentence.
fn sentence(error: &OpError) -> String {
    let text = error.to_string();
    let mut chars = text.trim_end_matches('.').chars();
    match chars.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), chars.as_str()),
        None => text,
    }
}
