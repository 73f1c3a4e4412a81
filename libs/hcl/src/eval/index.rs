//! Getting at parts: `.name`, `[key]`, and chains of them.

use cty::{Number, Type, Value};
use diag::Diagnostics;

use super::frame::{Frame, unknown};
use super::show::a_type;
use super::splat;
use crate::ast::{Expr, ExprKind, Ident};

/// A chain of attributes, indexes and splats. Walked from its root outwards, so that a long chain needs no deep stack.
pub(super) fn eval(expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let mut steps = Vec::new();
    let mut root = expr;
    while let ExprKind::GetAttr(target, _) | ExprKind::Index { target, .. } | ExprKind::Splat { target, .. } =
        &root.kind
    {
        steps.push(root);
        root = target;
    }
    let mut value = super::eval(root, frame, diagnostics);
    for step in steps.into_iter().rev() {
        value = match &step.kind {
            ExprKind::GetAttr(target, name) => get_attr(&value, name, target, frame, diagnostics),
            ExprKind::Index { target, key, .. } => {
                let key_value = super::eval(key, frame, diagnostics);
                index(&value, &key_value, [target, key], frame, diagnostics)
            }
            ExprKind::Splat { target, each, .. } => splat::eval(&value, target, each, frame, diagnostics),
            _ => value,
        };
    }
    value
}

/// `target.name`
fn get_attr(
    value: &Value,
    name: &Ident,
    target: &Expr,
    frame: &Frame<'_>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let marks = value.marks();
    let mut fail = |summary: &str, detail: String| {
        diagnostics.push(frame.error_at(summary, detail, name.span, [target]));
        unknown(marks)
    };
    let key = &*name.name;
    if value.is_null() {
        let detail = format!("This value is null, so it has no attribute \"{key}\".");
        return fail("Attempt to get attribute from null value", detail);
    }
    match value.ty() {
        Type::Dynamic => unknown(marks),
        Type::Object(object) => match object.attributes.get(key) {
            Some(ty) if !value.is_known() => Value::unknown(ty.clone()).with_marks(marks),
            Some(_) => part(entry(value, key), marks),
            None => {
                let near = diag::did_you_mean(key, object.attributes.keys().map(|k| &**k));
                let advice = near.map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default();
                fail(
                    "Unsupported attribute",
                    format!("This object has no attribute named \"{key}\".{advice}"),
                )
            }
        },
        Type::Map(element) if !value.is_known() => Value::unknown((**element).clone()).with_marks(marks),
        Type::Map(_) => match entry(value, key) {
            Some(element) => part(Some(element), marks),
            None => fail("Missing map element", format!("This map has no element with the key \"{key}\".")),
        },
        Type::List(element) | Type::Set(element) if matches!(**element, Type::Object(_) | Type::Map(_)) => {
            let detail = format!(
                "This value is {}. Its elements may have an attribute \"{key}\", itself it has none: choose an element \
                 with [index], or take the attribute of all with [*].{key}.",
                a_type(value)
            );
            fail("Unsupported attribute", detail)
        }
        _ => {
            let detail = format!("This value is {}, which has no attributes.", a_type(value));
            fail("Unsupported attribute", detail)
        }
    }
}

/// `target[key]`; the expressions are those of target and key.
fn index(
    value: &Value,
    key: &Value,
    [target, key_expr]: [&Expr; 2],
    frame: &Frame<'_>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let marks = &value.marks().union(key.marks());
    let mut fail = |summary: &str, detail: String| {
        diagnostics.push(frame.error_at(summary, detail, key_expr.span, [target, key_expr]));
        unknown(marks)
    };
    if value.is_null() {
        return fail("Attempt to index null value", "This value is null, so it has no elements.".into());
    }
    if key.is_null() {
        return fail("Invalid index", "A key must not be null.".into());
    }
    let ty = value.ty();
    let key_type = match ty {
        Type::Dynamic => return unknown(marks),
        Type::List(_) | Type::Tuple(_) => Type::Number,
        Type::Map(_) | Type::Object(_) => Type::String,
        Type::Set(_) => {
            let detail = "Elements of a set have no keys and no order. Make a list of it first, for example with \
                          convert(..., list(any)), or iterate over it with a for expression.";
            return fail("Invalid index", detail.into());
        }
        _ => {
            return fail("Invalid index", format!("This value is {}, which has no elements.", a_type(value)));
        }
    };
    if key.ty().is_dynamic() {
        return unknown(marks);
    }
    let key = match cty::convert(key, &key_type) {
        Ok(key) => key,
        Err(error) => return fail("Invalid index", format!("This key does not fit: {error}.")),
    };
    let known = value.is_known() && key.is_known();
    match ty {
        Type::List(element) | Type::Map(element) if !known => {
            Value::unknown((**element).clone()).with_marks(marks)
        }
        Type::List(_) => match position(&key, value.elements().map_or(0, <[Value]>::len)) {
            Ok(at) => part(value.elements().and_then(|all| all.get(at)), marks),
            Err(why) => fail("Invalid index", why),
        },
        Type::Tuple(_) | Type::Object(_) if !key.is_known() => unknown(marks),
        Type::Tuple(types) => match position(&key, types.len()) {
            Ok(at) if value.is_known() => part(value.elements().and_then(|all| all.get(at)), marks),
            Ok(at) => {
                types.get(at).map_or_else(Value::dynamic, |ty| Value::unknown(ty.clone())).with_marks(marks)
            }
            Err(why) => fail("Invalid index", why),
        },
        _ => {
            let name = key.as_str().unwrap_or_default();
            if let (Type::Object(object), false) = (ty, value.is_known())
                && let Some(ty) = object.attributes.get(name)
            {
                return Value::unknown(ty.clone()).with_marks(marks);
            }
            match entry(value, name) {
                Some(element) => part(Some(element), marks),
                None => fail("Invalid index", format!("There is no element with the key {name:?}.")),
            }
        }
    }
}

fn entry<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    value.entries()?.get(key)
}

/// The part, which also has the marks of the whole.
fn part(value: Option<&Value>, marks: &cty::Marks) -> Value {
    value.map_or_else(|| unknown(marks), |value| value.clone().with_marks(marks))
}

/// A key of a sequence of `len` elements as an index, or why it is none.
fn position(key: &Value, len: usize) -> Result<usize, String> {
    let number = key.as_number();
    if !number.is_some_and(Number::is_whole) {
        return Err("The index of an element is a whole number.".into());
    }
    let at = number.and_then(Number::to_i64).unwrap_or(i64::MAX);
    if at < 0 {
        return Err(
            "The index of an element is not negative. To count from the end, subtract from the length."
                .into(),
        );
    }
    usize::try_from(at).ok().filter(|at| *at < len).ok_or_else(|| match len {
        0 => "There are no elements.".into(),
        1 => "There is one element only, with index 0.".into(),
        _ => format!("There are {len} elements, with the indexes 0 to {}.", len - 1),
    })
}
