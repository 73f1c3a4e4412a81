//! Which contents can stand as they are, and how the others are written. Knows nothing of sections but the look of a head.

use std::fmt::Write as _;

/// The contents as text when nothing in them needs an escape.
pub(crate) fn plain(contents: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(contents).ok()?;
    let shown = text.chars().all(|c| c == '\n' || c == '\t' || !hidden(c));
    (shown && !text.lines().any(|line| super::head(line).is_some())).then_some(text)
}

/// Characters that a reader would not see, or that an editor might change.
fn hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

pub(crate) fn escape(contents: &[u8]) -> String {
    let mut text = String::new();
    for chunk in contents.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' | '\t' => text.push(c),
                '\\' => text.push_str(r"\\"),
                '\r' => text.push_str(r"\r"),
                c if c.is_ascii_control() => push_byte(&mut text, c as u8),
                c if hidden(c) => push(&mut text, format_args!(r"\u{{{:x}}}", c as u32)),
                c => text.push(c),
            }
        }
        for byte in chunk.invalid() {
            push_byte(&mut text, *byte);
        }
    }
    let lines = text.split_inclusive('\n').map(|line| match super::head(line.trim_end_matches('\n')) {
        Some(_) => line.replacen('-', r"\x2d", 1),
        None => line.to_owned(),
    });
    lines.collect()
}

fn push_byte(text: &mut String, byte: u8) {
    push(text, format_args!(r"\x{byte:02x}"));
}

fn push(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(what);
}

pub(crate) fn unescape(escaped: &[u8]) -> Result<Vec<u8>, String> {
    let mut contents = Vec::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, from) = rest.split_at(at);
        contents.extend_from_slice(before);
        rest = one(from, &mut contents).ok_or_else(|| {
            format!("not an escape: {}", String::from_utf8_lossy(from.get(..10).unwrap_or(from)))
        })?;
    }
    contents.extend_from_slice(rest);
    Ok(contents)
}

/// Undoes the escape at the start of `from`; what follows it.
fn one<'a>(from: &'a [u8], contents: &mut Vec<u8>) -> Option<&'a [u8]> {
    let (kind, rest) = from.get(1..)?.split_first()?;
    match kind {
        b'\\' => contents.push(b'\\'),
        b'r' => contents.push(b'\r'),
        b't' => contents.push(b'\t'),
        b'x' => {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            contents.push(u8::from_str_radix(digits, 16).ok()?);
            return rest.get(2..);
        }
        b'u' => {
            let inner = rest.strip_prefix(b"{")?;
            let end = inner.iter().position(|byte| *byte == b'}')?;
            let digits = std::str::from_utf8(inner.get(..end)?).ok()?;
            let c = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
            contents.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return inner.get(end + 1..);
        }
        _ => return None,
    }
    Some(rest)
}
