//! Values as people see them at the console: strings of their own bare, compound values over several lines, numbers as machines
//! show them.

use std::fmt::Write;

use crate::number::shortest_f64;
use crate::{Number, Type, Value};

/// The text for a result at the console, without a final newline. Anything unknown inside makes all of it `<unknown>`; null
/// attributes are left out.
pub fn print(value: &Value) -> String {
    if !value.is_wholly_known() {
        return "<unknown>".into();
    }
    match value.as_str() {
        Some(text) => text.into(),
        None => nested(value),
    }
}

/// As [`print`], but quotes a string even if it is all there is.
pub fn nested(value: &Value) -> String {
    if !value.is_wholly_known() {
        return "<unknown>".into();
    }
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let indent = |out: &mut String, depth: usize| out.extend(std::iter::repeat_n("  ", depth));
    if let Some(text) = value.as_str() {
        out.push_str(&quoted(text));
    } else if let Some(value) = value.as_bool() {
        out.push_str(if value { "true" } else { "false" });
    } else if let Some(number) = value.as_number() {
        out.push_str(&machine_number(number));
    } else if let Some(elements) = value.elements() {
        if elements.is_empty() {
            out.push_str("[]");
            return;
        }
        out.push_str("[\n");
        for element in elements {
            indent(out, depth + 1);
            write(element, depth + 1, out);
            out.push_str(",\n");
        }
        indent(out, depth);
        out.push(']');
    } else if let Some(entries) = value.entries() {
        let mut shown = entries.iter().filter(|(_, element)| !element.is_null()).peekable();
        if shown.peek().is_none() {
            out.push_str("{}");
            return;
        }
        out.push_str("{\n");
        for (key, element) in shown {
            indent(out, depth + 1);
            let _ = write!(out, "{} = ", quoted(key));
            write(element, depth + 1, out);
            out.push('\n');
        }
        indent(out, depth);
        out.push('}');
    } else if value.is_null() {
        out.push_str("null");
    } else if let Type::Capsule(name) = value.ty() {
        out.push_str(name);
    }
}

/// A number as a machine integer if it is one, else as the nearest machine float in its shortest form, with an exponent below
/// 1e-4 and from 1e6 on.
pub fn machine_number(number: &Number) -> String {
    match number.to_i64() {
        Some(int) => int.to_string(),
        None => machine_float(number.to_f64()),
    }
}

fn machine_float(value: f64) -> String {
    match shortest_f64(value) {
        Some(decimal) if decimal.digits.is_empty() => "0".into(),
        Some(decimal) => decimal.general(EXPONENT_FROM, 'e'),
        None if value > 0.0 => "+Inf".into(),
        None => "-Inf".into(),
    }
}

/// The decimal exponent from which numbers are shown with one.
const EXPONENT_FROM: i64 = 6;

/// The text in double quotes, with escapes for what is not printable.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x07' => out.push_str("\\a"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\x0b' => out.push_str("\\v"),
            c if is_printable(c) => out.push(c),
            c if u32::from(c) < 0x80 => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            c if u32::from(c) < 0x1_0000 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => {
                let _ = write!(out, "\\U{:08x}", u32::from(c));
            }
        }
    }
    out.push('"');
    out
}

/// Whether a character is shown as it is: letters, marks, digits, punctuation, symbols, and of blanks only the plain space.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    // The standard library escapes the same categories. It would also escape a combining mark, but only at the start of a text.
    let text: String = ['a', c].iter().collect();
    text.escape_debug().count() == 2
}
