//! Number literals: which texts are numbers, and what they mean as a whole or a fractional one.

use crate::NumberLiteral;
use crate::quote::{quote, unquote_char};

/// Reads a literal. The error is the end of a sentence in Go's words.
pub(crate) fn parse(text: &str) -> Result<NumberLiteral, String> {
    if text.starts_with('\'') {
        let value = unquote_char(text).ok_or_else(|| format!("malformed character constant: {text}"))?;
        return Ok(NumberLiteral::Int(value));
    }
    let illegal = || format!("illegal number syntax: {}", quote(text));
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => ("-", &text[1..]),
        Some(b'+') => ("", &text[1..]),
        _ => ("", text),
    };
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !underscores_fit(digits) {
        return Err(illegal());
    }
    let plain = digits.replace('_', "");
    let (base, body) = match plain.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &plain[2..]),
        [b'0', b'b' | b'B', ..] => (2, &plain[2..]),
        [b'0', b'o' | b'O', ..] => (8, &plain[2..]),
        [b'0', b'0'..=b'9', ..] if !plain.contains(['.', 'e', 'E']) => (8, &plain[1..]),
        _ => (10, plain.as_str()),
    };
    if base != 10 || !body.contains(['.', 'e', 'E']) {
        if body.is_empty() || !body.chars().all(|c| c.is_digit(base)) {
            return Err(illegal());
        }
        return match i64::from_str_radix(&format!("{sign}{body}"), base) {
            Ok(value) => Ok(NumberLiteral::Int(value)),
            // Go keeps it as an unsigned number, which no use of a literal accepts.
            Err(_) if sign.is_empty() && u64::from_str_radix(body, base).is_ok() => {
                Ok(NumberLiteral::Overflow)
            }
            Err(_) => Err(format!("integer overflow: {}", quote(text))),
        };
    }
    if body == "." {
        return Err(illegal());
    }
    match format!("{sign}{body}").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(NumberLiteral::Float(value)),
        _ => Err(illegal()),
    }
}

/// An underscore stands between digits, or between a base and a digit.
fn underscores_fit(digits: &str) -> bool {
    !digits.ends_with('_')
        && !digits.starts_with('_')
        && !digits.contains("__")
        && !digits.contains("._")
        && !digits.contains("_.")
}
