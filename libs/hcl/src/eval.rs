//! Evaluation: expressions become values in a [`Scope`]. All mistakes are reported, each with its place and the values it is
//! about; what could not be had is an unknown value, so that one mistake does not cause others. Evaluation never panics, and
//! is limited in depth and in the size of what it makes.

mod call;
mod cond;
mod for_expr;
mod frame;
mod index;
mod object;
mod ops;
mod scope;
mod show;
mod splat;
mod template;
mod type_expr;

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics};

pub use scope::Scope;
pub use type_expr::{Optional, type_expr};

pub(crate) use frame::{Frame, State};
pub(crate) use show::a_type;

use crate::ast::{Expr, ExprKind};
use crate::dynblock::Bound;

impl Expr {
    /// The value of the expression. With errors among the findings the value is unknown where they struck.
    pub fn evaluate(&self, scope: &Scope) -> (Value, Diagnostics) {
        let state = State::new();
        let mut diagnostics = Diagnostics::new();
        let value = eval(self, &Frame::new(scope, &state), &mut diagnostics);
        (bounded(value, self, &mut diagnostics), diagnostics)
    }
}

/// What a caller finds wrong with the value of an expression.
pub(crate) struct Problem {
    pub(crate) summary: &'static str,
    pub(crate) detail: String,
}

/// The value of an expression, if neither the evaluation nor `check` finds an error in it. What `check` finds is reported like
/// what the evaluation finds: with the place, and the values it is about.
pub(crate) fn evaluate_checked(
    expr: &Expr,
    scope: &Scope,
    diagnostics: &mut Diagnostics,
    check: impl FnOnce(&Value) -> Option<Problem>,
) -> Option<Value> {
    let state = State::new();
    let frame = Frame::new(scope, &state);
    let mut findings = Diagnostics::new();
    let value = eval(expr, &frame, &mut findings);
    let value = bounded(value, expr, &mut findings);
    if !findings.has_errors()
        && let Some(Problem { summary, detail }) = check(&value)
    {
        findings.push(frame.error(summary, detail, expr));
    }
    let right = !findings.has_errors();
    diagnostics.extend(findings);
    right.then_some(value)
}

/// The value, unless it is too large. Values that hold others many times over, which hold others, take little room, until somebody
/// prints or compares them.
fn bounded(value: Value, expr: &Expr, diagnostics: &mut Diagnostics) -> Value {
    if value.weight(MAX_WEIGHT) <= MAX_WEIGHT {
        return value;
    }
    diagnostics.push(frame::too_large(expr.span));
    Value::dynamic()
}

/// How large a value may be, in bytes.
const MAX_WEIGHT: usize = 96 << 20;

/// The value of an expression at a place in an evaluation.
pub(crate) fn eval(expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    if !frame.can_go_deeper() {
        diagnostics.push(
            Diagnostic::error("Expression nested too deeply")
                .detail(
                    "This expression has more levels of brackets, calls and templates than can be evaluated.",
                )
                .at(expr.span),
        );
        return Value::dynamic();
    }
    match &expr.kind {
        ExprKind::Null => Value::null(Type::Dynamic),
        ExprKind::Bool(value) => Value::bool(*value),
        ExprKind::Number(number) => Value::number(number.clone()),
        ExprKind::Template(parts) => template::eval(parts, expr, frame, diagnostics),
        ExprKind::JsonString(string) => template::eval_json(string, frame, diagnostics),
        ExprKind::Tuple(items) => tuple(items, frame, diagnostics),
        ExprKind::Object(items) => object::eval(items, frame, diagnostics),
        ExprKind::Variable(name) => variable(name, expr, frame, diagnostics),
        ExprKind::GetAttr(..) | ExprKind::Index { .. } | ExprKind::Splat { .. } => {
            index::eval(expr, frame, diagnostics)
        }
        ExprKind::SplatItem => frame.splat_item.cloned().unwrap_or_else(Value::dynamic),
        ExprKind::Call(call) => call::eval(call, expr, frame, diagnostics),
        ExprKind::For(parts) => for_expr::eval(parts, expr, frame, diagnostics),
        ExprKind::Conditional(..) => cond::eval(expr, frame, diagnostics),
        ExprKind::Binary(..) => ops::eval_binary(expr, frame, diagnostics),
        ExprKind::Unary(op, operand) => ops::eval_unary(*op, operand, expr, frame, diagnostics),
        ExprKind::Parens(inner) => eval(inner, frame, diagnostics),
        ExprKind::Bound(inner, bound) => eval_bound(inner, bound, frame, diagnostics),
        ExprKind::Invalid => Value::dynamic(),
    }
}

/// `[a, b]`
fn tuple(items: &[Expr], frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        values.push(eval(item, frame, diagnostics));
    }
    frame.made_elements(values.len());
    Value::tuple(values)
}

/// What a bare name means.
fn variable(name: &str, expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    if let Some(value) = frame.variable(name) {
        return value.clone();
    }
    diagnostics.push(if !frame.has_variables() {
        Diagnostic::error("Variables not allowed")
            .detail(format!("Only constants can be used here, so \"{name}\" means nothing."))
            .at(expr.span)
    } else {
        let advice = match frame.near_variable(name) {
            Some(near) => format!(" Did you mean \"{near}\"?"),
            None => String::new(),
        };
        Diagnostic::error("Unknown variable")
            .detail(format!("Nothing named \"{name}\" exists here.{advice}"))
            .at(expr.span)
    });
    Value::dynamic()
}

/// An expression that a dynamic block has bound names for.
fn eval_bound(inner: &Expr, bound: &Bound, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    if bound.unknown {
        return Value::dynamic();
    }
    let scope = frame.scope.child().with_variables(bound.names.iter().map(|(k, v)| (k.clone(), v.clone())));
    eval(inner, &frame.in_scope(&scope), diagnostics)
}

#[cfg(test)]
mod tests;
