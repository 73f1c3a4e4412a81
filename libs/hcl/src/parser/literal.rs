//! What a piece of text in a string stands for.

use std::borrow::Cow;

use diag::Diagnostic;

use super::Parser;
use crate::lexer::Token;

impl<'a> Parser<'a> {
    /// The text a literal token stands for. Backslashes are escapes in quoted strings only; a wrong one is reported, and
    /// stays as it is.
    pub(super) fn literal(&mut self, token: Token, quoted: bool) -> Cow<'a, str> {
        let text = token.text(self.text);
        let special = |byte: u8| matches!(byte, b'$' | b'%') || (quoted && byte == b'\\');
        if !text.bytes().any(special) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let taken = match first {
                // Written twice before a brace, they stand for themselves; the scanner saw to it that none is a real start.
                '$' if rest.starts_with("$${") => {
                    out.push_str("${");
                    3
                }
                '%' if rest.starts_with("%%{") => {
                    out.push_str("%{");
                    3
                }
                '\\' if quoted => match escape(rest) {
                    Ok((c, len)) => {
                        out.push(c);
                        len
                    }
                    Err((len, detail)) => {
                        let start = token.end - rest.len() as u32;
                        self.bad_escape(start, start + len as u32, detail);
                        out.push_str(rest.get(..len).unwrap_or(rest));
                        len
                    }
                },
                other => {
                    out.push(other);
                    other.len_utf8()
                }
            };
            rest = rest.get(taken..).unwrap_or_default();
        }
        Cow::Owned(out)
    }

    /// A wrong escape does not unsettle the parser: the string is read on.
    fn bad_escape(&mut self, start: u32, end: u32, detail: String) {
        let span = self.origin.span(start, end);
        self.report(Diagnostic::error("Invalid escape sequence").detail(detail).at(span));
    }
}

/// The character an escape at the start of `text` stands for, and its length in bytes; or how much is wrong, and why.
fn escape(text: &str) -> Result<(char, usize), (usize, String)> {
    let Some(kind) = text.chars().nth(1) else {
        return Err((
            1,
            "A backslash begins an escape, but nothing follows. Write it twice to mean itself.".into(),
        ));
    };
    let digits = match kind {
        'n' => return Ok(('\n', 2)),
        'r' => return Ok(('\r', 2)),
        't' => return Ok(('\t', 2)),
        '"' => return Ok(('"', 2)),
        '\\' => return Ok(('\\', 2)),
        'u' => 4,
        'U' => 8,
        other => {
            let detail = format!(
                "\\{other} is no escape. There are \\n, \\r, \\t, \\\", \\\\, \\uNNNN and \\UNNNNNNNN; write \\\\ to mean a \
                 backslash."
            );
            return Err((1 + other.len_utf8(), detail));
        }
    };
    let hex = text.get(2..2 + digits).filter(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let Some(hex) = hex else {
        let found = text.chars().skip(2).take(digits).take_while(char::is_ascii_hexdigit).count();
        return Err((2 + found, format!("After \\{kind} there must be {digits} hexadecimal digits.")));
    };
    match u32::from_str_radix(hex, 16).ok().and_then(char::from_u32) {
        Some(c) => Ok((c, 2 + digits)),
        None => Err((2 + digits, format!("There is no character with the number {hex}."))),
    }
}
