//! `[for …]` and `{for …}`, and going through a collection wherever that is done.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Marks, Type, Value};
use diag::Diagnostics;

use super::frame::{Binding, ELEMENT_COST, Frame, too_large, unknown};
use crate::ast::{Expr, For, Ident};

/// What a loop goes through.
pub(super) enum Items {
    /// Known elements, with the marks of the collection.
    Known(Value, Marks),
    /// Nothing to go through: the collection is wrong, which is reported, or not known.
    Unknown(Marks),
}

/// Evaluates what a loop goes through. Null and what has no elements is reported.
pub(super) fn items(collection: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Items {
    let value = super::eval(collection, frame, diagnostics);
    let marks = value.marks().clone();
    if value.is_null() {
        let detail = "This value is null, so there is nothing to go through.";
        diagnostics.push(frame.error("Iteration over null value", detail, collection));
        return Items::Unknown(marks);
    }
    if !value.ty().is_dynamic() && !value.can_iterate() {
        let detail = format!(
            "A for loop goes through the elements of a list, set, map, tuple or object. This value is a {}.",
            value.ty().friendly_name()
        );
        diagnostics.push(frame.error("Iteration over non-iterable value", detail, collection));
        return Items::Unknown(marks);
    }
    if value.is_known() { Items::Known(value, marks) } else { Items::Unknown(marks) }
}

/// Calls `turn` in a place where the names of the loop are bound, for each element in order, until it says stop with `false`.
pub(super) fn each(
    collection: &Value,
    (key_var, value_var): (Option<&Ident>, &Ident),
    frame: &Frame<'_>,
    mut turn: impl FnMut(&Frame<'_>) -> bool,
) {
    let mut bound = |key: &mut dyn FnMut() -> Value, element: &Value| {
        let key = key_var.map(|name| Binding { name: &name.name, value: key(), outer: frame.bindings() });
        let outer = key.as_ref().or(frame.bindings());
        let value = Binding { name: &value_var.name, value: element.clone(), outer };
        turn(&frame.bind(Some(&value)))
    };
    if let Some(elements) = collection.elements() {
        let is_set = matches!(collection.ty(), Type::Set(_));
        for (at, element) in elements.iter().enumerate() {
            if !bound(&mut || if is_set { element.clone() } else { Value::number(at) }, element) {
                return;
            }
        }
    } else if let Some(entries) = collection.entries() {
        for (name, element) in entries {
            if !bound(&mut || Value::string(name), element) {
                return;
            }
        }
    }
}

pub(super) fn eval(parts: &For, expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let (collection, mut marks) = match items(&parts.collection, frame, diagnostics) {
        Items::Known(collection, marks) => (collection, marks),
        Items::Unknown(marks) => return unknown(&marks),
    };
    if !check_condition(parts, frame, diagnostics) {
        return unknown(&marks);
    }
    let mut result = if parts.key.is_some() {
        Made::Object { group: parts.group, values: BTreeMap::new() }
    } else {
        Made::Tuple(Vec::new())
    };
    let mut known = true;
    each(&collection, (parts.key_var.as_ref(), &parts.value_var), frame, |frame| {
        let mut findings = Diagnostics::new();
        if let Some(condition) = &parts.condition {
            match meets(condition, frame, &mut marks, &mut findings) {
                Some(true) => {}
                Some(false) => return true,
                None => known = false,
            }
        }
        if known {
            known &= result.add(parts, frame, &mut marks, &mut findings);
        }
        if !findings.has_errors() && !frame.produce(ELEMENT_COST) {
            findings.push(too_large(expr.span));
        }
        // What is wrong with one element is likely to be wrong with all: one report says it.
        let go_on = !findings.has_errors();
        known &= go_on;
        diagnostics.extend(findings);
        go_on
    });
    if known { result.value().with_marks(&marks) } else { unknown(&marks) }
}

/// What a loop makes.
enum Made {
    Tuple(Vec<Value>),
    Object { group: bool, values: BTreeMap<Arc<str>, Vec<Value>> },
}

impl Made {
    /// Adds what the loop makes of one element. False when it is not known, or wrong.
    fn add(&mut self, parts: &For, frame: &Frame<'_>, marks: &mut Marks, findings: &mut Diagnostics) -> bool {
        let (values, group) = match self {
            Made::Tuple(items) => {
                items.push(super::eval(&parts.value, frame, findings));
                return true;
            }
            Made::Object { group, values } => (values, *group),
        };
        let Some(key_expr) = &parts.key else { return false };
        let key = super::eval(key_expr, frame, findings);
        *marks = marks.union(key.marks());
        if key.is_null() {
            let detail = "The key of an item must not be null.";
            findings.push(frame.error("Invalid object key", detail, key_expr));
            return false;
        }
        let key = match cty::convert(&key, &Type::String) {
            Ok(key) => key,
            Err(error) => {
                let detail = format!("The key of an item must be a string: {error}.");
                findings.push(frame.error("Invalid object key", detail, key_expr));
                return false;
            }
        };
        let value = super::eval(&parts.value, frame, findings);
        let Some(name) = key.as_str() else { return false };
        if !group && values.contains_key(name) {
            let detail = format!(
                "Two items have the key {name:?}. Put \"...\" behind the value to gather the values of each key in a list."
            );
            findings.push(frame.error("Duplicate object key", detail, key_expr));
            return false;
        }
        values.entry(Arc::from(name)).or_default().push(value);
        true
    }

    fn value(self) -> Value {
        match self {
            Made::Tuple(items) => Value::tuple(items),
            Made::Object { group: true, values } => {
                Value::object(values.into_iter().map(|(key, items)| (key, Value::tuple(items))).collect())
            }
            Made::Object { group: false, values } => Value::object(
                values.into_iter().filter_map(|(key, mut one)| Some((key, one.pop()?))).collect(),
            ),
        }
    }
}

/// Whether an element meets the condition; nothing when that is not known, or the condition is wrong, which is reported.
fn meets(condition: &Expr, frame: &Frame<'_>, marks: &mut Marks, findings: &mut Diagnostics) -> Option<bool> {
    let value = super::eval(condition, frame, findings);
    *marks = marks.union(value.marks());
    if value.is_null() {
        let detail = "The condition behind \"if\" is null. It must be true or false.";
        findings.push(frame.error("Condition is null", detail, condition));
        return None;
    }
    match cty::convert(&value, &Type::Bool) {
        Ok(value) => value.as_bool(),
        Err(error) => {
            let detail = format!("The condition behind \"if\" must be true or false: {error}.");
            findings.push(frame.error("Invalid 'for' condition", detail, condition));
            None
        }
    }
}

/// Tries the condition with an unknown element, so that a wrong one is found even where there is no element. False when it is
/// wrong.
fn check_condition(parts: &For, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> bool {
    let Some(condition) = &parts.condition else { return true };
    let key = parts.key_var.as_ref().map(|name| Binding {
        name: &name.name,
        value: Value::dynamic(),
        outer: frame.bindings(),
    });
    let value = Binding {
        name: &parts.value_var.name,
        value: Value::dynamic(),
        outer: key.as_ref().or(frame.bindings()),
    };
    let mut findings = Diagnostics::new();
    meets(condition, &frame.bind(Some(&value)), &mut Marks::default(), &mut findings);
    let right = !findings.has_errors();
    diagnostics.extend(findings);
    right
}
