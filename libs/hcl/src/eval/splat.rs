//! Splats: `x.*.a`, `x[*].a`.

use std::sync::Arc;

use cty::{Type, Value};
use diag::Diagnostics;

use super::frame::{Frame, unknown};
use crate::ast::Expr;

/// `each` for every element of a sequence. What is no sequence is taken as a sequence of one, and null as an empty one.
pub(super) fn eval(
    value: &Value,
    target: &Expr,
    each: &Expr,
    frame: &Frame<'_>,
    diagnostics: &mut Diagnostics,
) -> Value {
    let marks = value.marks();
    let mut one = |item: &Value| super::eval(each, &frame.with_splat_item(item), diagnostics);
    let result = match value.ty() {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) if value.is_null() => {
            diagnostics.push(frame.error(
                "Splat of null value",
                format!("This {} is null, so it has no elements to go through.", value.ty().friendly_name()),
                target,
            ));
            return unknown(marks);
        }
        Type::List(element) | Type::Set(element) if !value.is_known() => {
            let item = one(&Value::unknown((**element).clone()));
            if item.ty().is_dynamic() {
                Value::dynamic()
            } else {
                Value::unknown(Type::list(item.ty().clone()))
            }
        }
        Type::List(element) | Type::Set(element) => match value.elements() {
            Some(items) if !items.is_empty() => list(items.iter().map(one).collect()),
            _ => Value::list(one(&Value::unknown((**element).clone())).ty().clone(), Vec::new()),
        },
        Type::Tuple(types) if !value.is_known() => {
            let types: Vec<Type> =
                types.iter().map(|ty| one(&Value::unknown(ty.clone())).ty().clone()).collect();
            Value::unknown(Type::Tuple(Arc::from(types)))
        }
        Type::Tuple(_) => Value::tuple(value.elements().unwrap_or_default().iter().map(one).collect()),
        Type::Dynamic if !value.is_null() => Value::dynamic(),
        _ if value.is_null() => Value::empty_tuple(),
        // It may turn out to be null: then the result has no element, else one.
        _ if !value.is_known() && value.may_be_null() => {
            one(value);
            Value::dynamic()
        }
        _ => Value::tuple(vec![one(value)]),
    };
    result.with_marks(marks)
}

/// The results for the elements of a list. They are of one type, unless the type of the elements was not wholly known.
fn list(items: Vec<Value>) -> Value {
    let same = items.windows(2).all(|pair| matches!(pair, [a, b] if a.ty() == b.ty()));
    match items.first() {
        Some(first) if same => Value::list(first.ty().clone(), items),
        _ => Value::tuple(items),
    }
}
