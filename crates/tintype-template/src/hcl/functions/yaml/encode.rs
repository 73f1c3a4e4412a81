//! YAML out of values.

use std::fmt::Write;

use cty::Value;

/// How far apart levels are.
const INDENT: usize = 2;
/// Strings are folded at the first blank behind this column.
const WIDTH: usize = 80;
/// Longer keys are introduced by a question mark.
const MAX_SIMPLE_KEY: usize = 128;

/// The document. On failure: what has no YAML form.
pub(super) fn document(value: &Value) -> Result<String, String> {
    let mut emitter = Emitter { out: String::new(), column: 0, open: false };
    emitter.node(value, 0, true)?;
    if emitter.column > 0 {
        emitter.newline(0);
    }
    if emitter.open {
        emitter.write("...\n");
    }
    Ok(emitter.out)
}

struct Emitter {
    out: String,
    /// In characters, from 0.
    column: usize,
    /// The end of what was written last cannot be told from what might follow, so the document needs a mark at its end.
    open: bool,
}

impl Emitter {
    fn write(&mut self, text: &str) {
        self.out.push_str(text);
        match text.rsplit_once('\n') {
            Some((_, last)) => self.column = last.chars().count(),
            None => self.column += text.chars().count(),
        }
    }

    fn newline(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// Writes what stands at the current place. `indent` is that of the lines of a collection that begins here.
    fn node(&mut self, value: &Value, indent: usize, root: bool) -> Result<(), String> {
        if let Some(elements) = value.elements() {
            if elements.is_empty() {
                self.write("[]");
                self.open = false;
                return Ok(());
            }
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    self.line(indent);
                }
                self.write("- ");
                self.open = false;
                self.node(element, indent + INDENT, false)?;
            }
            return Ok(());
        }
        if let Some(entries) = value.entries() {
            if entries.is_empty() {
                self.write("{}");
                self.open = false;
                return Ok(());
            }
            for (index, (key, element)) in entries.iter().enumerate() {
                if index > 0 {
                    self.line(indent);
                }
                self.entry(key, element, indent)?;
            }
            return Ok(());
        }
        if let Some(text) = value.as_str() {
            self.string(text, if root { INDENT } else { indent }, true);
            return Ok(());
        }
        let text = if value.is_null() {
            "null".into()
        } else if let Some(bool) = value.as_bool() {
            bool.to_string()
        } else if let Some(number) = value.as_number() {
            match (number.is_infinite(), number.is_negative()) {
                (false, _) => number.to_string(),
                (true, false) => "+.inf".into(),
                (true, true) => "-.inf".into(),
            }
        } else {
            return Err(super::super::args::wanted("data", value));
        };
        self.write(&text);
        self.open = root;
        Ok(())
    }

    /// A new line, unless a literal block has just ended one.
    fn line(&mut self, indent: usize) {
        if self.column == 0 && self.out.ends_with('\n') {
            self.out.extend(std::iter::repeat_n(' ', indent));
            self.column = indent;
        } else {
            self.newline(indent);
        }
    }

    fn entry(&mut self, key: &str, value: &Value, indent: usize) -> Result<(), String> {
        let simple = key.len() <= MAX_SIMPLE_KEY && !key.contains('\n');
        if simple {
            self.string(key, indent, false);
        } else {
            self.write("? ");
            self.string(key, indent + INDENT, true);
            self.line(indent);
        }
        self.write(":");
        self.open = false;
        let nested = |value: &Value| {
            value.elements().is_some_and(|elements| !elements.is_empty())
                || value.entries().is_some_and(|entries| !entries.is_empty())
        };
        if nested(value) && simple {
            // The elements of a list stand below the key, not further in.
            let inner = if value.elements().is_some() { indent } else { indent + INDENT };
            self.newline(inner);
            self.node(value, inner, false)
        } else {
            self.write(" ");
            self.node(value, indent + INDENT, false)
        }
    }

    /// A literal block for text of several lines, double quotes for all else. `fold` says that it may take several lines here.
    fn string(&mut self, text: &str, indent: usize, fold: bool) {
        let blank_at_end = text.ends_with(' ') || text.contains(" \n");
        let plain = text.chars().all(|c| c == '\n' || (is_printable(c) && !is_break(c)));
        if fold && text.contains('\n') && plain && !blank_at_end {
            self.literal(text, indent);
        } else {
            self.double_quoted(text, indent, fold);
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.write("|");
        if text.starts_with([' ', '\n']) {
            self.write(&INDENT.to_string());
        }
        self.open = false;
        if !text.ends_with('\n') {
            self.write("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.write("+");
            self.open = true;
        }
        self.out.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.out.extend(std::iter::repeat_n(' ', indent));
            }
            self.out.push_str(line);
        }
        self.column = if text.ends_with('\n') { 0 } else { indent + 1 };
    }

    fn double_quoted(&mut self, text: &str, indent: usize, fold: bool) {
        self.write("\"");
        let mut after_blank = false;
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == ' ' {
                let last = chars.peek().is_none();
                if fold && !after_blank && self.column > WIDTH && at > 0 && !last {
                    self.newline(indent);
                    if chars.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.write("\\");
                    }
                } else {
                    self.write(" ");
                }
                after_blank = true;
                continue;
            }
            after_blank = false;
            match escape(c) {
                Some(escaped) => self.write(&escaped),
                None => {
                    self.out.push(c);
                    self.column += 1;
                }
            }
        }
        self.write("\"");
    }
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// What is written as it is. Characters beyond the first plane are not.
fn is_printable(c: char) -> bool {
    matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}') && c != '\u{feff}'
}

fn escape(c: char) -> Option<String> {
    let short = match c {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\0' => "\\0",
        '\x07' => "\\a",
        '\x08' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\x0b' => "\\v",
        '\x0c' => "\\f",
        '\r' => "\\r",
        '\x1b' => "\\e",
        '\u{85}' => "\\N",
        '\u{2028}' => "\\L",
        '\u{2029}' => "\\P",
        c if is_printable(c) => return None,
        c => {
            let code = u32::from(c);
            let mut long = String::new();
            let _ = match code {
                ..0x100 => write!(long, "\\x{code:02X}"),
                0x100..0x1_0000 => write!(long, "\\u{code:04X}"),
                _ => write!(long, "\\U{code:08X}"),
            };
            return Some(long);
        }
    };
    Some(short.into())
}
