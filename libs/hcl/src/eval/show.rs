//! What the references in a failing expression stand for, in a few words each: shown with the error.

use std::collections::BTreeMap;

use cty::{Type, Value};

use super::frame::Frame;
use crate::ast::Expr;
use crate::walk::{Reference, Step, references};

/// References with their values, sorted, each once. What is unknown, or cannot be had, is left out.
pub(super) fn values<'e>(
    about: impl IntoIterator<Item = &'e Expr>,
    frame: &Frame<'_>,
) -> Vec<(String, String)> {
    let mut shown = BTreeMap::new();
    for reference in about.into_iter().flat_map(references) {
        let name = reference.to_string();
        if shown.contains_key(&name) {
            continue;
        }
        if let Some(value) = lookup(&reference, frame).and_then(|value| describe(&value)) {
            shown.insert(name, value);
        }
    }
    shown.into_iter().collect()
}

/// The value that a reference stands for.
fn lookup(reference: &Reference, frame: &Frame<'_>) -> Option<Value> {
    let root = frame.variable(&reference.root)?;
    let value = reference.steps.iter().try_fold(root, |value, step| match step {
        Step::Attr(name) => value.entries()?.get(name),
        Step::Index(key) => match value.elements() {
            Some(elements) => elements.get(key.parse::<usize>().ok()?),
            None => value.entries()?.get(key),
        },
    });
    value.cloned()
}

/// A value in a few words; nothing when it is unknown.
fn describe(value: &Value) -> Option<String> {
    if !value.is_known() {
        return None;
    }
    if value.is_null() {
        return Some("null".into());
    }
    if let Some(text) = value.as_str() {
        return Some(cty::print::quoted(text));
    }
    if let Some(known) = value.as_bool() {
        return Some(known.to_string());
    }
    if let Some(number) = value.as_number() {
        return Some(
            number.to_decimal().map_or_else(|| number.to_string(), |d| d.rounded(10).general(10, 'e')),
        );
    }
    let count = value.elements().map(<[Value]>::len).or(value.entries().map(BTreeMap::len))?;
    let parts = match (value.ty(), count) {
        (Type::Object(_), 1) => "1 attribute".to_string(),
        (Type::Object(_), n) => format!("{n} attributes"),
        (_, 1) => "1 element".to_string(),
        (_, n) => format!("{n} elements"),
    };
    Some(format!("{} with {parts}", value.ty().friendly_name()))
}

/// The type of a value with an article: `a number`, `an object`.
pub(crate) fn a_type(value: &Value) -> String {
    let name = value.ty().friendly_name();
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}
