//! The canonical layout of a file in native syntax. Only the blanks between tokens change: tokens, line breaks and blank lines stay
//! as they are, so nothing here needs the tree; the parser is asked only whether there is one. What is rewritten and where it is
//! written to is for the callers.
//!
//! Four passes over the same lines: [`lines`] cuts them into cells, [`indent`] sets the blanks before the first token of each,
//! [`spacing`] those between tokens of a cell, [`align`] those between cells.

mod align;
mod indent;
mod lines;
mod spacing;

use diag::{Diagnostic, Diagnostics, FileId, Span};

use crate::lexer::{self, Mode, Token, TokenKind};
use crate::parser;

/// A result may be this many times as long as its source, and [`SPARE`] bytes more. Aligning ten thousand lines with one very long name
/// would fill any memory; nobody writes such a file in earnest.
const GROWTH: u64 = 64;
const SPARE: u64 = 1 << 20;

/// A file in its canonical layout.
///
/// # Errors
/// What the parser finds: a file with errors is not touched, since its brackets cannot be trusted. Warnings do not count.
pub fn format(text: &str, file: FileId) -> Result<String, Diagnostics> {
    let (_, found) = parser::parse_body(text, file);
    if found.has_errors() {
        return Err(found);
    }
    layout(text).ok_or_else(|| {
        let detail = "Laid out, this file would be more than 64 times as long, nearly all of it blanks: names that are very long \
                      stand beside a great many others.";
        Diagnostic::error("File too large to format").detail(detail).at(Span::new(file, 0, 0)).into()
    })
}

/// A text with the blanks set; nothing when there would be far too many.
fn layout(text: &str) -> Option<String> {
    let tokens = lexer::scan(text, Mode::Normal);
    let mut sheet = Sheet { text, tokens: &tokens, blanks: vec![0; tokens.len()] };
    sheet.keep_end();
    let lines = lines::cut(&sheet);
    indent::set(&mut sheet, &lines);
    spacing::set(&mut sheet, &lines);
    align::set(&mut sheet, &lines);
    sheet.write()
}

/// A file's tokens, and how many blanks stand before each.
struct Sheet<'a> {
    text: &'a str,
    tokens: &'a [Token],
    blanks: Vec<u32>,
}

impl<'a> Sheet<'a> {
    fn kind(&self, index: usize) -> TokenKind {
        self.tokens.get(index).map_or(TokenKind::Eof, |token| token.kind)
    }

    fn text(&self, index: usize) -> &'a str {
        self.tokens.get(index).map_or("", |token| token.text(self.text))
    }

    /// Whether something stands between a token and the one before it.
    fn were_apart(&self, index: usize) -> bool {
        index.checked_sub(1).is_some_and(|before| {
            let end = self.tokens.get(before).map(|token| token.end);
            end != self.tokens.get(index).map(|token| token.start)
        })
    }

    fn set(&mut self, index: usize, blanks: u32) {
        if let Some(slot) = self.blanks.get_mut(index) {
            *slot = blanks;
        }
    }

    /// Blanks at the very end of a file belong to no line. Packer keeps them, tabs and a byte order mark counted by their bytes.
    fn keep_end(&mut self) {
        if let [before @ .., end] = self.tokens {
            let from = before.last().map_or(0, |token| token.end);
            self.set(before.len(), end.start.saturating_sub(from));
        }
    }

    fn write(&self) -> Option<String> {
        let blanks: u64 = self.blanks.iter().map(|&blanks| u64::from(blanks)).sum();
        if blanks > self.text.len() as u64 * GROWTH + SPARE {
            return None;
        }
        let mut out = String::with_capacity(self.text.len() + self.text.len() / 4);
        for (token, &blanks) in self.tokens.iter().zip(&self.blanks) {
            out.extend(std::iter::repeat_n(' ', blanks as usize));
            out.push_str(token.text(self.text));
        }
        Some(out)
    }
}

/// By how much a token opens brackets; below zero, closes them. Those of interpolations and directives count.
fn opens(kind: TokenKind) -> i32 {
    use TokenKind as K;
    match kind {
        K::OBrace | K::OBracket | K::OParen | K::TemplateInterp | K::TemplateControl => 1,
        K::CBrace | K::CBracket | K::CParen | K::TemplateEnd => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests;
