//! Splats: `x.*.a`, `x[*].a`.

use std::borrow::Cow;

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
    let Some((items, shape)) = plan(value) else {
        let detail =
            format!("This {} is null, so it has no elements to go through.", value.ty().friendly_name());
        diagnostics.push(frame.error("Splat of null value", detail, target));
        return unknown(marks);
    };
    let mut results = Vec::with_capacity(items.len());
    for item in items.iter() {
        results.push(super::eval(each, &frame.with_splat_item(item), diagnostics));
    }
    shape.of(results).with_marks(marks)
}

/// What becomes of the results.
enum Shape {
    Tuple,
    List,
    /// There is no element; what the result for one would be was tried out.
    EmptyList,
    UnknownList,
    UnknownTuple,
    Unknown,
}

/// The elements, and what becomes of the results for them. Elements that are not known are there as unknown values, to have
/// their types. Nothing for a sequence that is null.
fn plan(value: &Value) -> Option<(Cow<'_, [Value]>, Shape)> {
    let one = |item: Value| Cow::Owned(vec![item]);
    let known = value.elements().unwrap_or_default();
    Some(match value.ty() {
        Type::List(_) | Type::Set(_) | Type::Tuple(_) if value.is_null() => return None,
        Type::List(element) | Type::Set(element) => match value.is_known() {
            false => (one(Value::unknown((**element).clone())), Shape::UnknownList),
            true if known.is_empty() => (one(Value::unknown((**element).clone())), Shape::EmptyList),
            true => (Cow::Borrowed(known), Shape::List),
        },
        Type::Tuple(types) if !value.is_known() => {
            (Cow::Owned(types.iter().map(|ty| Value::unknown(ty.clone())).collect()), Shape::UnknownTuple)
        }
        Type::Tuple(_) => (Cow::Borrowed(known), Shape::Tuple),
        _ if value.is_null() => (Cow::Borrowed(&[]), Shape::Tuple),
        Type::Dynamic => (Cow::Borrowed(&[]), Shape::Unknown),
        // It may turn out to be null: then the result has no element, else one.
        _ if !value.is_known() && value.may_be_null() => (one(value.clone()), Shape::Unknown),
        _ => (one(value.clone()), Shape::Tuple),
    })
}

impl Shape {
    fn of(self, results: Vec<Value>) -> Value {
        let first = results.first().map_or(Type::Dynamic, |first| first.ty().clone());
        match self {
            Shape::Tuple => Value::tuple(results),
            Shape::List => list(results),
            Shape::EmptyList => Value::list(first, Vec::new()),
            Shape::UnknownList if first.is_dynamic() => Value::dynamic(),
            Shape::UnknownList => Value::unknown(Type::list(first)),
            Shape::UnknownTuple => {
                Value::unknown(Type::tuple(results.iter().map(|result| result.ty().clone())))
            }
            Shape::Unknown => Value::dynamic(),
        }
    }
}

/// The results for the elements of a list. They are of one type, unless the type of the elements was not wholly known.
fn list(items: Vec<Value>) -> Value {
    let same = items.windows(2).all(|pair| matches!(pair, [a, b] if a.ty() == b.ty()));
    match items.first() {
        Some(first) if same => Value::list(first.ty().clone(), items),
        _ => Value::tuple(items),
    }
}
