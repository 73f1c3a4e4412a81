//! Go's quoted texts and characters, written and read.

use std::fmt::Write;

/// The text in double quotes, as Go's `%q` writes it.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{b}' => out.push_str("\\v"),
            // Writing into a String cannot fail.
            c if (c as u32) < 0x20 || c == '\u{7f}' => _ = write!(out, "\\x{:02x}", c as u32),
            c if !is_print(c) => {
                let code = c as u32;
                _ = if code < 0x1_0000 { write!(out, "\\u{code:04x}") } else { write!(out, "\\U{code:08x}") };
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A character as Go's `%#U` writes it: ``U+0060 '`'``.
pub(crate) fn code_point(c: char) -> String {
    let mut out = format!("U+{:04X}", c as u32);
    if is_print(c) {
        // Writing into a String cannot fail.
        let _ = write!(out, " '{c}'");
    }
    out
}

/// Near enough to Go's table: what Rust would not escape, except other blanks.
fn is_print(c: char) -> bool {
    c == ' ' || c == '\'' || c == '"' || c == '\\' || (!c.is_whitespace() && c.escape_debug().len() == 1)
}

/// The text behind a literal with its quotes. Nothing when it is malformed.
pub(crate) fn unquote(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('`') {
        // Go drops carriage returns from raw texts.
        return Some(raw.strip_suffix('`')?.replace('\r', ""));
    }
    let inner = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut out = Vec::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut chars, '"')?.push_to(&mut out),
            '"' | '\n' => return None,
            c => Unit::Char(c).push_to(&mut out),
        }
    }
    // `\xff` can make text that is no UTF-8.
    Some(String::from_utf8(out).unwrap_or_else(|bad| String::from_utf8_lossy(bad.as_bytes()).into_owned()))
}

/// The character behind a literal with its quotes.
pub(crate) fn unquote_char(literal: &str) -> Option<i64> {
    let mut chars = literal.strip_prefix('\'')?.strip_suffix('\'')?.chars();
    let value = match chars.next()? {
        '\\' => match escape(&mut chars, '\'')? {
            Unit::Byte(byte) => i64::from(byte),
            Unit::Char(c) => i64::from(c as u32),
        },
        '\'' => return None,
        c => i64::from(c as u32),
    };
    chars.next().is_none().then_some(value)
}

enum Unit {
    Byte(u8),
    Char(char),
}

impl Unit {
    fn push_to(self, out: &mut Vec<u8>) {
        match self {
            Self::Byte(byte) => out.push(byte),
            Self::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn escape(chars: &mut std::str::Chars<'_>, delimiter: char) -> Option<Unit> {
    Some(Unit::Char(match chars.next()? {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\u{b}',
        '\\' => '\\',
        c if c == delimiter => c,
        'x' => return digits(chars, 2, 16, 0).and_then(|code| u8::try_from(code).ok()).map(Unit::Byte),
        'u' => char::from_u32(digits(chars, 4, 16, 0)?)?,
        'U' => char::from_u32(digits(chars, 8, 16, 0)?)?,
        c @ '0'..='7' => {
            let code = digits(chars, 2, 8, c.to_digit(8)?)?;
            return u8::try_from(code).ok().map(Unit::Byte);
        }
        _ => return None,
    }))
}

fn digits(chars: &mut std::str::Chars<'_>, count: usize, base: u32, start: u32) -> Option<u32> {
    (0..count).try_fold(start, |code, _| code.checked_mul(base)?.checked_add(chars.next()?.to_digit(base)?))
}
