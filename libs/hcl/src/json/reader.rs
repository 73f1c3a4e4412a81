//! Reads JSON text, strictly, with places. After an error it goes on behind the bracket that ends what it was in.

use std::sync::Arc;

use cty::Number;
use diag::{Diagnostic, Diagnostics, FileId, Span, did_you_mean};

use super::{JsonString, Node, NodeKind, Property};
use crate::parser::MAX_DEPTH;

pub(super) fn read(text: &str, file: FileId) -> (Node, Diagnostics) {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        pos: 0,
        file,
        depth: 0,
        lost: false,
        diagnostics: Diagnostics::new(),
    };
    let node = reader.value();
    reader.blanks();
    if reader.pos < reader.bytes.len() && reader.diagnostics.is_empty() {
        reader.error_here("Extraneous data after value", "Behind the value there is more text.");
    }
    (node, reader.diagnostics)
}

struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    file: FileId,
    depth: u32,
    /// Set when brackets do not match: where we are is not known any more, and nothing more is said.
    lost: bool,
    diagnostics: Diagnostics,
}

/// How an element of an array or object ended.
#[derive(PartialEq)]
enum After {
    Comma,
    End,
    /// An error: the rest was skipped.
    Skipped,
}

impl Reader<'_> {
    fn byte(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.pos += 1;
        }
    }

    fn span(&self, start: usize) -> Span {
        Span::new(self.file, start, self.pos.max(start))
    }

    fn error(&mut self, span: Span, title: &str, detail: impl Into<String>) {
        if !self.lost {
            self.diagnostics.push(Diagnostic::error(title).detail(detail).at(span));
        }
    }

    /// An error at the next character.
    fn error_here(&mut self, title: &str, detail: impl Into<String>) {
        let rest = self.text.get(self.pos..).unwrap_or_default();
        let len = rest.chars().next().map_or(0, char::len_utf8);
        self.error(Span::new(self.file, self.pos, self.pos + len), title, detail);
    }

    fn value(&mut self) -> Node {
        self.blanks();
        let start = self.pos;
        let kind = match self.byte() {
            Some(b'{') => self.nested(b'}', Self::object),
            Some(b'[') => self.nested(b']', Self::array),
            Some(b'"') => {
                self.string().map_or(NodeKind::Invalid, |string| NodeKind::String(Arc::new(string)))
            }
            Some(b'0'..=b'9' | b'-' | b'+' | b'.') => self.number(),
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.keyword(),
            found => {
                let (title, detail) = match found {
                    None => ("Missing value", "Here a value must stand, but the text ends."),
                    Some(b'}' | b']') => ("Missing JSON value", "Here a value must stand."),
                    Some(_) => (
                        "Invalid start of value",
                        "Here a value must stand: an object, an array, a string in double quotes, a number, true, false \
                         or null.",
                    ),
                };
                self.error_here(title, detail);
                NodeKind::Invalid
            }
        };
        Node { kind, span: self.span(start) }
    }

    fn nested(&mut self, closer: u8, read: fn(&mut Self) -> NodeKind) -> NodeKind {
        if self.depth >= MAX_DEPTH {
            let detail = format!("More than {MAX_DEPTH} levels of nesting are not supported.");
            self.error_here("Nesting too deep", detail);
            self.pos += 1;
            self.skip_behind(closer);
            return NodeKind::Invalid;
        }
        self.depth += 1;
        self.pos += 1;
        let kind = read(self);
        self.depth -= 1;
        kind
    }

    fn array(&mut self) -> NodeKind {
        let mut items = Vec::new();
        self.blanks();
        if self.byte() == Some(b']') {
            self.pos += 1;
            return NodeKind::Array(Arc::from(items));
        }
        loop {
            let item = self.value();
            let after = self.after(&item, b']');
            items.push(item);
            if after != After::Comma {
                return NodeKind::Array(Arc::from(items));
            }
        }
    }

    fn object(&mut self) -> NodeKind {
        let mut properties = Vec::new();
        self.blanks();
        if self.byte() == Some(b'}') {
            self.pos += 1;
            return NodeKind::Object(Arc::from(properties));
        }
        loop {
            let Some(property) = self.property() else {
                self.skip_behind(b'}');
                break;
            };
            let after = self.after(&property.value, b'}');
            properties.push(property);
            if after != After::Comma {
                break;
            }
        }
        NodeKind::Object(Arc::from(properties))
    }

    /// `"name": value`
    fn property(&mut self) -> Option<Property> {
        self.blanks();
        if self.byte() != Some(b'"') {
            match self.byte() {
                None => self.unclosed(),
                Some(_) => self.error_here(
                    "Invalid object property name",
                    "Here the name of a property must stand: a string in double quotes.",
                ),
            }
            return None;
        }
        let name = Arc::new(self.string()?);
        self.blanks();
        match self.byte() {
            Some(b':') => self.pos += 1,
            Some(b'}' | b',') => {
                self.error_here(
                    "Missing object value",
                    "After the name of a property a colon and its value must follow.",
                );
                return None;
            }
            None => {
                self.unclosed();
                return None;
            }
            Some(_) => {
                self.error_here(
                    "Missing property value colon",
                    "Between the name of a property and its value a colon must stand.",
                );
                return None;
            }
        }
        let value = self.value();
        Some(Property { name, value })
    }

    /// What follows an element: a comma and another one, or the closing bracket.
    fn after(&mut self, value: &Node, closer: u8) -> After {
        if matches!(value.kind, NodeKind::Invalid) && !self.at_separator(closer) {
            self.skip_behind(closer);
            return After::Skipped;
        }
        self.blanks();
        let object = closer == b'}';
        match self.byte() {
            Some(byte) if byte == closer => {
                self.pos += 1;
                After::End
            }
            Some(b',') => {
                let comma = self.pos;
                self.pos += 1;
                self.blanks();
                if self.byte() != Some(closer) {
                    return After::Comma;
                }
                let title = if object { "Trailing comma in object" } else { "Trailing comma in array" };
                let span = Span::new(self.file, comma, comma + 1);
                self.error(span, title, "In JSON no comma may stand after the last element.");
                self.pos += 1;
                After::End
            }
            None => {
                self.unclosed();
                After::Skipped
            }
            Some(b'}' | b']') => {
                let title = if object { "Mismatched braces" } else { "Mismatched brackets" };
                self.error_here(
                    title,
                    format!("Here the closing bracket must be a \"{}\".", char::from(closer)),
                );
                self.lost = true;
                self.pos = self.bytes.len();
                After::Skipped
            }
            Some(_) => {
                // The spelling is what the title has always had.
                self.error_here(
                    "Missing attribute seperator comma",
                    "The elements of arrays and objects are separated by commas.",
                );
                self.skip_behind(closer);
                After::Skipped
            }
        }
    }

    fn at_separator(&mut self, closer: u8) -> bool {
        self.blanks();
        self.byte().is_some_and(|byte| byte == closer || byte == b',')
    }

    fn unclosed(&mut self) {
        self.error_here(
            "Unclosed object",
            "The closing bracket of this object or array is missing before the end of the text.",
        );
        self.lost = true;
    }

    /// Goes to behind the bracket that ends what we are in; strings are passed over.
    fn skip_behind(&mut self, closer: u8) {
        let mut open = Vec::new();
        while let Some(byte) = self.byte() {
            self.pos += 1;
            match byte {
                b'{' => open.push(b'}'),
                b'[' => open.push(b']'),
                b'}' | b']' => match open.pop() {
                    None if byte == closer => return,
                    Some(expected) if byte == expected => {}
                    _ => break,
                },
                b'"' => self.pos += scan_string(self.bytes.get(self.pos..).unwrap_or_default()).0,
                _ => {}
            }
        }
        self.lost = true;
        self.pos = self.bytes.len();
    }

    /// A string; the opening quote is here.
    fn string(&mut self) -> Option<JsonString> {
        let start = self.pos;
        self.pos += 1;
        let (len, closed) = scan_string(self.bytes.get(self.pos..).unwrap_or_default());
        let inner = self.text.get(self.pos..self.pos + len - usize::from(closed)).unwrap_or_default();
        self.pos += len;
        let span = self.span(start);
        if !closed {
            self.error(
                span,
                "Invalid JSON string",
                "The closing quote of this string is missing on its line.",
            );
            return None;
        }
        match unescape(inner) {
            Ok((text, shifts)) => Some(JsonString::new(text, span, shifts)),
            Err((at, detail)) => {
                let at = start + 1 + at;
                let len = inner
                    .get(at - start - 1..)
                    .map_or(0, |rest| rest.chars().take(2).map(char::len_utf8).sum());
                self.error(Span::new(self.file, at, at + len), "Invalid JSON string", detail);
                None
            }
        }
    }

    fn number(&mut self) -> NodeKind {
        let start = self.pos;
        while matches!(self.byte(), Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')) {
            self.pos += 1;
        }
        let text = self.text.get(start..self.pos).unwrap_or_default();
        if let Some(number) = Number::parse(text).filter(|_| is_json_number(text)) {
            return NodeKind::Number(number);
        }
        let detail = format!("\"{text}\" is not a number in JSON.");
        self.error(self.span(start), "Invalid JSON number", detail);
        NodeKind::Invalid
    }

    fn keyword(&mut self) -> NodeKind {
        let start = self.pos;
        while self.byte().is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            self.pos += 1;
        }
        match self.text.get(start..self.pos).unwrap_or_default() {
            "null" => NodeKind::Null,
            "true" => NodeKind::Bool(true),
            "false" => NodeKind::Bool(false),
            word => {
                let advice = did_you_mean(&word.to_ascii_lowercase(), ["true", "false", "null"]);
                let advice = advice.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
                let detail =
                    format!("\"{word}\" is no word of JSON. Text is written in double quotes.{advice}");
                self.error(self.span(start), "Invalid JSON keyword", detail);
                NodeKind::Invalid
            }
        }
    }
}

/// How long the rest of a string is, after the opening quote: to behind the closing one, or, if there is none on the line,
/// to the line's end. And whether there was one.
fn scan_string(rest: &[u8]) -> (usize, bool) {
    let mut at = 0;
    loop {
        match rest.get(at) {
            None | Some(b'\n' | b'\r') => return (at.min(rest.len()), false),
            Some(b'"') => return (at + 1, true),
            Some(b'\\') if !matches!(rest.get(at + 1), Some(b'\n' | b'\r')) => at += 2,
            Some(_) => at += 1,
        }
    }
}

type Unescaped = (Arc<str>, Vec<(u32, u32)>);

/// The text of a string, and where it is shorter than what was written; or the offset of what is wrong, and why.
fn unescape(inner: &str) -> Result<Unescaped, (usize, String)> {
    if let Some(at) = inner.bytes().position(|byte| byte < 0x20) {
        return Err((at, "A control character must be written as an escape: \\t, \\u0001.".into()));
    }
    if !inner.contains('\\') {
        return Ok((Arc::from(inner), Vec::new()));
    }
    let mut text = String::with_capacity(inner.len());
    let mut shifts = Vec::new();
    let mut at = 0;
    while let Some(rest) = inner.get(at..).filter(|rest| !rest.is_empty()) {
        let plain = rest.find('\\').unwrap_or(rest.len());
        text.push_str(rest.get(..plain).unwrap_or_default());
        at += plain;
        let Some(escape) = rest.get(plain..).filter(|escape| !escape.is_empty()) else { break };
        let (c, len) = unescape_one(escape).ok_or_else(|| {
            (at, "There are the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uNNNN.".to_owned())
        })?;
        text.push(c);
        at += len;
        shifts.push((text.len() as u32, (at - text.len()) as u32));
    }
    Ok((Arc::from(text), shifts))
}

/// The character an escape stands for, and its length in bytes.
fn unescape_one(escape: &str) -> Option<(char, usize)> {
    Some(match escape.as_bytes().get(1)? {
        b'"' => ('"', 2),
        b'\\' => ('\\', 2),
        b'/' => ('/', 2),
        b'b' => ('\u{8}', 2),
        b'f' => ('\u{c}', 2),
        b'n' => ('\n', 2),
        b'r' => ('\r', 2),
        b't' => ('\t', 2),
        b'u' => {
            let first = unit(escape)?;
            let second = escape.get(6..).filter(|rest| rest.starts_with("\\u")).and_then(unit);
            match char::decode_utf16([first].into_iter().chain(second)).next()? {
                Ok(c) => (c, 6 * c.len_utf16()),
                // Half of a pair stands for nothing.
                Err(_) => (char::REPLACEMENT_CHARACTER, 6),
            }
        }
        _ => return None,
    })
}

/// The number in `\uNNNN`.
fn unit(escape: &str) -> Option<u16> {
    let hex = escape.get(2..6).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(hex, 16).ok()
}

/// JSON allows less than our own numbers: no plus sign, no leading zeros, digits on both sides of the dot.
fn is_json_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

#[cfg(test)]
mod tests;
