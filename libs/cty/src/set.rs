//! The order and the identity of set elements. Strings, numbers and bools have their natural order; compound elements are ordered by a text of
//! their content, which is what users of the language have come to see.

use std::cmp::Ordering;
use std::fmt::Write;

use crate::print::quoted;
use crate::{Type, Value};

/// Sorts and drops what is there twice. Unknown elements may turn out equal to any other, so they all stay.
pub(crate) fn arrange(mut elements: Vec<Value>) -> Vec<Value> {
    elements.sort_by(compare);
    elements.dedup_by(|a, b| a.is_wholly_known() && a == b);
    elements
}

/// The order in which a set of such values has them; values of one type that are equal are equal in it, too. Null comes after all
/// others, unknown after null.
pub fn compare(a: &Value, b: &Value) -> Ordering {
    let rank = |value: &Value| (!value.is_known(), value.is_null());
    rank(a).cmp(&rank(b)).then_with(|| {
        if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
            a.cmp(b)
        } else if let (Some(a), Some(b)) = (a.as_number(), b.as_number()) {
            a.cmp(b)
        } else if let (Some(a), Some(b)) = (a.as_bool(), b.as_bool()) {
            a.cmp(&b)
        } else {
            text(a).cmp(&text(b))
        }
    })
}

fn text(value: &Value) -> String {
    let mut out = String::new();
    write_text(value, &mut out);
    out
}

fn write_text(value: &Value, out: &mut String) {
    if !value.is_known() {
        out.push('?');
    } else if value.is_null() {
        out.push('~');
    } else if let Some(text) = value.as_str() {
        out.push_str(&quoted(text));
    } else if let Some(number) = value.as_number() {
        let _ = write!(out, "{number}");
    } else if let Some(bool) = value.as_bool() {
        out.push(if bool { 'T' } else { 'F' });
    } else if let Some(elements) = value.elements() {
        let (open, close) = if matches!(value.ty(), Type::Tuple(_)) { ('<', '>') } else { ('[', ']') };
        out.push(open);
        for element in elements {
            write_text(element, out);
            out.push(';');
        }
        out.push(close);
    } else if let Some(entries) = value.entries() {
        let keyed = matches!(value.ty(), Type::Map(_));
        out.push(if keyed { '{' } else { '<' });
        for (key, element) in entries {
            if keyed {
                out.push_str(&quoted(key));
                out.push(':');
            }
            write_text(element, out);
            out.push(';');
        }
        out.push(if keyed { '}' } else { '>' });
    }
}
