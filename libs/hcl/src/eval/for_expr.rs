//! `[for …]` and `{for …}`, and going through a collection wherever that is done.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use cty::{Marks, Type, Value};
use diag::{Diagnostic, Diagnostics};

use super::frame::{Binding, Frame, too_large, unknown};
use super::show::a_type;
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
            "A for loop goes through the elements of a list, set, map, tuple or object. This value is {}.",
            a_type(&value)
        );
        diagnostics.push(frame.error("Iteration over non-iterable value", detail, collection));
        return Items::Unknown(marks);
    }
    if value.is_known() { Items::Known(value, marks) } else { Items::Unknown(marks) }
}

/// What a loop goes through, in order: each element, with its key if that is asked for. In a set an element is its own key.
pub(super) fn pairs(collection: &Value, keys: bool) -> impl Iterator<Item = (Option<Value>, &Value)> {
    let is_set = matches!(collection.ty(), Type::Set(_));
    let elements = collection.elements().unwrap_or_default().iter().enumerate();
    let elements = elements.map(move |(at, element)| {
        let key = keys.then(|| if is_set { element.clone() } else { Value::number(at) });
        (key, element)
    });
    let entries = collection.entries().into_iter().flatten();
    elements.chain(entries.map(move |(name, element)| (keys.then(|| Value::string(name)), element)))
}

/// The key of an element, bound to the name that the loop has for it.
pub(super) fn bound_key<'a>(
    name: Option<&'a Ident>,
    key: Option<Value>,
    frame: &Frame<'a>,
) -> Option<Binding<'a>> {
    Some(Binding { name: &name?.name, value: key?, outer: frame.bindings() })
}

pub(super) fn eval(parts: &For, expr: &Expr, frame: &Frame<'_>, diagnostics: &mut Diagnostics) -> Value {
    let (collection, marks) = match items(&parts.collection, frame, diagnostics) {
        Items::Known(collection, marks) => (collection, marks),
        Items::Unknown(marks) => return unknown(&marks),
    };
    if !check_condition(parts, frame, diagnostics) {
        return unknown(&marks);
    }
    let mut result = Loop { parts, made: Made::new(parts), marks, known: true };
    let name = parts.key_var.as_ref();
    for (key, element) in pairs(&collection, name.is_some()) {
        let key = bound_key(name, key, frame);
        let outer = key.as_ref().or(frame.bindings());
        let value = Binding { name: &parts.value_var.name, value: element.clone(), outer };
        let mut findings = Diagnostics::new();
        result.turn(&frame.bind(Some(&value)), &mut findings);
        frame.made_elements(1);
        if !findings.has_errors() && frame.made_too_much() {
            findings.push(too_large(expr.span));
        }
        // What is wrong with one element is likely to be wrong with all: one report says it.
        let wrong = findings.has_errors();
        diagnostics.extend(findings);
        if wrong {
            return unknown(&result.marks);
        }
    }
    if result.known { result.made.value().with_marks(&result.marks) } else { unknown(&result.marks) }
}

/// A loop on its way.
struct Loop<'a> {
    parts: &'a For,
    made: Made,
    /// What the result is marked with: marks of the collection, of conditions, of keys.
    marks: Marks,
    /// Whether all is known so far that decides what the result is made of.
    known: bool,
}

impl Loop<'_> {
    /// One element.
    fn turn(&mut self, frame: &Frame<'_>, findings: &mut Diagnostics) {
        if let Some(condition) = &self.parts.condition {
            match meets(condition, frame, &mut self.marks, findings) {
                Some(true) => {}
                Some(false) => return,
                None => self.known = false,
            }
        }
        if self.known {
            self.known = self.made.add(self.parts, frame, &mut self.marks, findings);
        }
    }
}

/// What a loop makes.
enum Made {
    Tuple(Vec<Value>),
    Object(BTreeMap<Arc<str>, Value>),
    /// Values of one key are gathered.
    Groups(BTreeMap<Arc<str>, Vec<Value>>),
}

impl Made {
    fn new(parts: &For) -> Self {
        match parts.key {
            None => Made::Tuple(Vec::new()),
            Some(_) if parts.group => Made::Groups(BTreeMap::new()),
            Some(_) => Made::Object(BTreeMap::new()),
        }
    }

    /// Adds what the loop makes of one element. False when it is not known, or wrong.
    fn add(&mut self, parts: &For, frame: &Frame<'_>, marks: &mut Marks, findings: &mut Diagnostics) -> bool {
        let key = match &parts.key {
            None => None,
            Some(expr) => match item_key(expr, frame, marks, findings) {
                Some(key) => Some((key, expr)),
                None => return false,
            },
        };
        let value = super::eval(&parts.value, frame, findings);
        match (self, key) {
            (Made::Object(values), Some((key, expr))) => match values.entry(key) {
                Entry::Vacant(place) => drop(place.insert(value)),
                Entry::Occupied(place) => {
                    findings.push(duplicate(place.key(), expr, frame));
                    return false;
                }
            },
            (Made::Groups(groups), Some((key, _))) => groups.entry(key).or_default().push(value),
            (Made::Tuple(items), _) => items.push(value),
            (_, None) => return false,
        }
        true
    }

    fn value(self) -> Value {
        match self {
            Made::Tuple(items) => Value::tuple(items),
            Made::Object(values) => Value::object(values),
            Made::Groups(groups) => {
                Value::object(groups.into_iter().map(|(key, items)| (key, Value::tuple(items))).collect())
            }
        }
    }
}

/// The key of an item; nothing when it is not known, or wrong, which is reported.
fn item_key(
    expr: &Expr,
    frame: &Frame<'_>,
    marks: &mut Marks,
    findings: &mut Diagnostics,
) -> Option<Arc<str>> {
    let key = super::eval(expr, frame, findings);
    *marks = marks.union(key.marks());
    if key.is_null() {
        findings.push(frame.error("Invalid object key", "The key of an item must not be null.", expr));
        return None;
    }
    match cty::convert(&key, &Type::String) {
        Ok(key) => key.as_str().map(Arc::from),
        Err(error) => {
            let detail = format!("The key of an item must be a string: {error}.");
            findings.push(frame.error("Invalid object key", detail, expr));
            None
        }
    }
}

fn duplicate(key: &str, expr: &Expr, frame: &Frame<'_>) -> Diagnostic {
    let detail = format!(
        "Two items have the key {key:?}. Put \"...\" behind the value to gather the values of each key in a list."
    );
    frame.error("Duplicate object key", detail, expr)
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
    let key = bound_key(parts.key_var.as_ref(), Some(Value::dynamic()), frame);
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
