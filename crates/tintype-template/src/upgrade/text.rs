//! Texts in the quotes of HCL: escapes, and places where an expression stands among literal characters.

use std::fmt::Write;

use cty::print::is_printable;

/// Stands before the number of an expression in a text that is still to be written; [`CLOSE`] behind it. No text has these two
/// characters: they are nobody's letters by definition.
pub(super) const OPEN: char = '\u{fdd0}';

/// See [`OPEN`].
pub(super) const CLOSE: char = '\u{fdd1}';

/// A text in quotes that means exactly this text.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    escape(text, &mut out);
    out.push('"');
    out
}

/// The inside of quotes: literal characters escaped, each mark replaced by its expression.
pub(super) fn template(marked: &str, expressions: &[String]) -> String {
    let mut out = String::with_capacity(marked.len());
    for piece in pieces(marked) {
        match piece {
            Piece::Literal(text) => escape(text, &mut out),
            Piece::Mark(index) => {
                // A dollar sign right before an interpolation would make it an escape.
                let before = out.trim_end_matches('$').len();
                if before < out.len() {
                    let dollars = out.split_off(before);
                    out.push_str(&format!("${{\"{dollars}\"}}"));
                }
                let expression = expressions.get(index).map_or("", String::as_str);
                // Writing into a String cannot fail.
                let _ = write!(out, "${{{expression}}}");
            }
        }
    }
    out
}

/// What a marked text is made of.
pub(super) enum Piece<'a> {
    /// Characters.
    Literal(&'a str),
    /// The number of an expression.
    Mark(usize),
}

/// The pieces of a marked text.
pub(super) fn pieces(marked: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = marked;
    while let Some((before, behind)) = rest.split_once(OPEN) {
        if !before.is_empty() {
            pieces.push(Piece::Literal(before));
        }
        let (number, after) = behind.split_once(CLOSE).unwrap_or((behind, ""));
        if let Ok(index) = number.parse() {
            pieces.push(Piece::Mark(index));
        }
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest));
    }
    pieces
}

fn escape(text: &str, out: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' | '%' if chars.peek() == Some(&'{') => {
                out.push(c);
                out.push(c);
            }
            c if is_printable(c) => out.push(c),
            c => {
                let code = u32::from(c);
                // Writing into a String cannot fail.
                let _ =
                    if code < 0x1_0000 { write!(out, "\\u{code:04x}") } else { write!(out, "\\U{code:08x}") };
            }
        }
    }
}
