//! From text to tokens. The tokens lose nothing: comments and newlines are tokens, blanks are the gaps between them, so a
//! formatter can work on them as well as the parser. What is never valid becomes a token, too, and
//! [`never_valid`] says why; what is merely out of place is for the parser to say.

pub(crate) mod invalid;
mod scan;

use std::borrow::Cow;

use diag::{Diagnostic, FileId, Span};

pub use invalid::never_valid;

/// A token: twelve bytes, its text is `text[start..end]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Offset of its first byte.
    pub start: u32,
    /// Offset just past its last byte.
    pub end: u32,
}

impl Token {
    /// The text of the token; `text` is what was scanned.
    pub fn text(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// Its place.
    pub fn span(self, file: FileId) -> Span {
        Span { file, start: self.start, end: self.end }
    }
}

/// The kinds of tokens.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[expect(missing_docs, reason = "punctuation is shown, not described")]
pub enum TokenKind {
    /// `{`
    OBrace,
    /// `}`
    CBrace,
    /// `[`
    OBracket,
    /// `]`
    CBracket,
    /// `(`
    OParen,
    /// `)`
    CParen,
    /// The quote that begins a string.
    OQuote,
    /// The quote that ends a string.
    CQuote,
    /// `<<EOT` or `<<-EOT`, with the newline after it.
    OHeredoc,
    /// The line that ends a heredoc: indent, marker, blanks; without the newline.
    CHeredoc,
    Star,
    Slash,
    Plus,
    Minus,
    Percent,
    /// `=`
    Assign,
    /// `==`
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    And,
    Or,
    Bang,
    Dot,
    Comma,
    /// `...`
    Ellipsis,
    /// `=>`
    FatArrow,
    Question,
    Colon,
    /// `::`
    DoubleColon,
    /// `${` or `${~`
    TemplateInterp,
    /// `%{` or `%{~`
    TemplateControl,
    /// The `}` or `~}` that ends one of the two.
    TemplateEnd,
    /// Text in a quoted string, escapes as written.
    QuotedLit,
    /// Text in a heredoc or of a bare template: at most one line, its newline included.
    StringLit,
    Number,
    Ident,
    /// A comment. `#` and `//` comments include the newline that ends them.
    Comment,
    /// `\n` or `\r\n`.
    Newline,
    /// The end of the text, empty.
    Eof,
    /// A newline inside a quoted string that goes on behind it. Never valid, like all that follow.
    QuotedNewline,
    /// A newline that ends a quoted string whose closing quote seems to be missing.
    StringBreak,
    BitAnd,
    BitOr,
    BitXor,
    BitNot,
    Apostrophe,
    Backtick,
    Semicolon,
    /// Any other character that has no meaning.
    Invalid,
}

impl TokenKind {
    /// Whether such a token is wrong wherever it stands.
    pub fn is_never_valid(self) -> bool {
        use TokenKind as K;
        matches!(
            self,
            K::QuotedNewline
                | K::StringBreak
                | K::BitAnd
                | K::BitOr
                | K::BitXor
                | K::BitNot
                | K::Apostrophe
                | K::Backtick
                | K::Semicolon
                | K::Invalid
        )
    }
}

/// What a text is to be read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// A body or an expression.
    Normal,
    /// The inside of a template, without quotes around it.
    Template,
}

/// All tokens of a text, in order, an [`Eof`](TokenKind::Eof) at the end. A byte order mark at the start is skipped in
/// [`Mode::Normal`]. The text must be shorter than 4 GiB.
pub fn scan(text: &str, mode: Mode) -> Vec<Token> {
    scan::Scanner::new(text, mode).run()
}

/// Whether the text is exactly one identifier.
pub fn is_identifier(text: &str) -> bool {
    scan::identifier_len(text) == text.len() && !text.is_empty()
}

/// The text of a file. When it is not UTF-8 the bad bytes are replaced, and the diagnostic says where the first one is.
pub fn decode(bytes: &[u8], file: FileId) -> (Cow<'_, str>, Option<Diagnostic>) {
    let bad = std::str::from_utf8(bytes).err().map(|error| {
        let at = error.valid_up_to();
        Diagnostic::error("Invalid character encoding")
            .detail("The text must be encoded in UTF-8, but there are bytes here that are not.")
            .hint("Save the file as UTF-8 in your editor.")
            .at(Span::new(file, at, at + char::REPLACEMENT_CHARACTER.len_utf8()))
    });
    (String::from_utf8_lossy(bytes), bad)
}

#[cfg(test)]
mod tests;
