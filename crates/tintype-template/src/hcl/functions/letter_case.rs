//! Letters in other cases, character by character: no character becomes two, whatever its language says.

use cty::{Type, Value};
use hcl::Function;

use super::args::text;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("lower", Type::String, |args, _| Ok(map(text(args, 0)?, lower)))
            .doc("The text in lower case. One character stays one: ß and its like are left as they are.")
            .param("text", Type::String)
            .examples(&[
                (r#"lower("Grain ELEVATOR 42")"#, "grain elevator 42"),
                (r#"lower("ÀÉÎÕÜ ŠŽ")"#, "àéîõü šž"),
                (r#"lower("İI")"#, "ii"),
            ]),
        Function::new("upper", Type::String, |args, _| Ok(map(text(args, 0)?, upper)))
            .doc("The text in upper case. One character stays one: ß and its like are left as they are.")
            .param("text", Type::String)
            .examples(&[
                (r#"upper("plateau 7b")"#, "PLATEAU 7B"),
                (r#"upper("straße")"#, "STRAßE"),
                (r#"upper("ŉ ǰ ﬁ ᾳ")"#, "ŉ ǰ ﬁ ᾼ"),
            ]),
        Function::new("title", Type::String, |args, _| Ok(Value::string(title(text(args, 0)?))))
            .doc("The text with the first letter of each word in upper case. The other letters stay as they are.")
            .param("text", Type::String)
            .examples(&[
                (r#"title("the quick-brown fox_trot 3rd")"#, "The Quick-Brown Fox_trot 3rd"),
                (r#"title("ǆungla")"#, "ǅungla"),
            ]),
    ]
}

fn map(text: &str, change: fn(char) -> char) -> Value {
    Value::string(text.chars().map(change).collect::<String>())
}

/// The one character that two or more would stand for is the character itself, except where it has a single counterpart, too.
fn single(c: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

fn lower(c: char) -> char {
    if c == 'İ' { 'i' } else { single(c, c.to_lowercase()) }
}

fn upper(c: char) -> char {
    // Greek letters with iota below: as text they become two, as characters they have a capital of their own.
    let shift = match u32::from(c) {
        0x1f80..=0x1f87 | 0x1f90..=0x1f97 | 0x1fa0..=0x1fa7 => 8,
        0x1fb3 | 0x1fc3 | 0x1ff3 => 9,
        _ => return single(c, c.to_uppercase()),
    };
    char::from_u32(u32::from(c) + shift).unwrap_or(c)
}

/// As the first letter of a word: differs from upper case for letters made of two, and Georgian has no such case.
fn title_letter(c: char) -> char {
    match u32::from(c) {
        0x01c4..=0x01c6 => 'ǅ',
        0x01c7..=0x01c9 => 'ǈ',
        0x01ca..=0x01cc => 'ǋ',
        0x01f1..=0x01f3 => 'ǲ',
        0x10d0..=0x10fa | 0x10fd..=0x10ff => c,
        _ => upper(c),
    }
}

fn title(text: &str) -> String {
    let mut previous = ' ';
    let mut titled = String::with_capacity(text.len());
    for c in text.chars() {
        titled.push(if ends_word(previous) { title_letter(c) } else { c });
        previous = c;
    }
    titled
}

/// In ASCII all but letters, digits and `_` end a word, beyond it only blanks.
fn ends_word(c: char) -> bool {
    if c.is_ascii() { !c.is_ascii_alphanumeric() && c != '_' } else { c.is_whitespace() }
}
