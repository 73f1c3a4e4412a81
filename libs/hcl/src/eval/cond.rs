//! `cond ? a : b`, and conditions wherever they stand.

use cty::{Type, Value};
use diag::Diagnostics;

use super::frame::{Frame, unknown};
use crate::ast::{Expr, ExprKind};

/// Both arms are evaluated, for their types; only the findings of the one that is chosen count. The second arm may be a
/// conditional again, and so on: such a chain is walked from its end, so that a long one needs no deep stack.
pub(super) fn eval(expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let mut chain = Vec::new();
    let mut last = expr;
    while let ExprKind::Conditional(parts, otherwise) = &last.kind {
        chain.push((last, &**parts));
        last = otherwise;
    }
    let mut findings = Diagnostics::new();
    let mut value = super::eval(last, frame, &mut findings);
    for (expr, parts) in chain.into_iter().rev() {
        value = choose(parts, value, &mut findings, expr, frame);
    }
    diagnostics.extend(findings);
    value
}

/// One conditional of a chain. `findings` are those of the second arm, and become those of the whole.
fn choose(
    [condition, then]: &[Expr; 2],
    otherwise_value: Value,
    findings: &mut Diagnostics,
    expr: &Expr,
    frame: &Frame<'_>,
) -> Value {
    let otherwise_findings = std::mem::take(findings);
    let mut then_findings = Diagnostics::new();
    let then_value = super::eval(then, frame, &mut then_findings);
    let Some(ty) = result_type(&then_value, &otherwise_value) else {
        findings.push(inconsistent(&then_value, &otherwise_value, expr, frame));
        // A mistake in the condition is one on its own.
        eval_condition(condition, frame, findings);
        return Value::dynamic();
    };
    let (decision, marks) = eval_condition(condition, frame, findings);
    let (value, found) = match decision {
        Some(true) => (&then_value, then_findings),
        Some(false) => (&otherwise_value, otherwise_findings),
        None => return undecided(&then_value, &otherwise_value, ty).with_marks(&marks),
    };
    findings.extend(found);
    match cty::convert(value, &ty) {
        Ok(value) => value.with_marks(&marks),
        Err(_) => {
            findings.push(inconsistent(&then_value, &otherwise_value, expr, frame));
            unknown(&marks)
        }
    }
}

/// A condition: true, false, or nothing when it is unknown or wrong, which is reported. With its marks.
pub(super) fn eval_condition(
    condition: &Expr,
    frame: &Frame<'_>,
    diagnostics: &mut Diagnostics,
) -> (Option<bool>, cty::Marks) {
    let value = super::eval(condition, frame, diagnostics);
    let marks = value.marks().clone();
    if value.is_null() {
        let detail = "The condition is null. It must be true or false.";
        diagnostics.push(frame.error("Null condition", detail, condition));
        return (None, marks);
    }
    if !value.is_known() {
        // Of whatever type: once it is known it is told whether it is true or false.
        return (None, marks);
    }
    match cty::convert(&value, &Type::Bool) {
        Ok(value) => (value.as_bool(), marks),
        Err(error) => {
            let detail = format!("The condition must be true or false: {error}.");
            diagnostics.push(frame.error("Incorrect condition type", detail, condition));
            (None, marks)
        }
    }
}

/// The type that both arms become. A bare null takes the type of the other.
fn result_type(then: &Value, otherwise: &Value) -> Option<Type> {
    let untyped = |value: &Value| value.is_null() && value.ty().is_dynamic();
    match (untyped(then), untyped(otherwise)) {
        (true, _) => Some(otherwise.ty().clone()),
        (_, true) => Some(then.ty().clone()),
        _ => cty::unify(&[then.ty().clone(), otherwise.ty().clone()]),
    }
}

/// What is known of a result when the condition is not.
fn undecided(then: &Value, otherwise: &Value, ty: Type) -> Value {
    if then.is_null() && otherwise.is_null() {
        return Value::null(ty);
    }
    if then.may_be_null() || otherwise.may_be_null() || ty.is_dynamic() {
        return Value::unknown(ty);
    }
    if let (Some(a), Some(b)) = (then.as_number(), otherwise.as_number())
        && a == b
    {
        return then.clone();
    }
    if let (Type::List(element), Some(a), Some(b)) = (&ty, list_len(then), list_len(otherwise))
        && a == b
    {
        return Value::list((**element).clone(), vec![Value::unknown((**element).clone()); a]);
    }
    Value::unknown_not_null(ty)
}

fn list_len(value: &Value) -> Option<usize> {
    matches!(value.ty(), Type::List(_)).then(|| value.elements().map(<[Value]>::len)).flatten()
}

fn inconsistent(then: &Value, otherwise: &Value, expr: &Expr, frame: &Frame<'_>) -> diag::Diagnostic {
    let detail = format!(
        "Both results of a conditional must be of one type, or of types that convert to one. Here the first is {}, the \
         second {}.",
        described(then.ty()),
        described(otherwise.ty())
    );
    frame.error("Inconsistent conditional result types", detail, expr)
}

/// The type in words; structures in full, for it is in their depths that they differ.
fn described(ty: &Type) -> String {
    match ty {
        Type::Tuple(_) | Type::Object(_) => ty.to_string(),
        _ => ty.friendly_name(),
    }
}
