//! From tokens to the tree. The parser never gives up: what it cannot read becomes [`ExprKind::Invalid`] or is left out, it
//! says once why, and goes on where brackets and line ends let it be sure of its place again ([`recover`]).
//!
//! One rule keeps follow-up errors away: from an error until such a place the parser is *failed*, and says nothing.

mod body;
mod collection;
mod expr;
mod literal;
mod recover;
mod structure;
mod template;

use std::collections::HashMap;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, FileId, Span};

use crate::ast::{Block, Body, Expr, ExprKind, Ident};
use crate::lexer::{self, Mode, Token, TokenKind};
use crate::stack;

/// How deep expressions and blocks may nest. An expression tree is never higher when the parts of a chain (see
/// [`Link`](crate::ast::Link)) count as one level, so walking one recursively is safe for whoever goes along chains by a loop.
pub const MAX_DEPTH: u32 = 500;

/// More findings than this are not gathered: nobody reads them, and a file of rubbish would make a million.
const MAX_FINDINGS: usize = 1000;

/// Reads a file in native syntax.
pub fn parse_body(text: &str, file: FileId) -> (Body, Diagnostics) {
    let mut parser = Parser::new(text, Origin::new(file, 0), Mode::Normal);
    let body = parser.file(None);
    (body, parser.finish())
}

/// Reads a file in native syntax, and asks about each block of the file as soon as it has been read whether it stays in the tree. Who has
/// understood a block by then need not keep it: the tree of a large text is many times the text. Whether the text is right is known
/// at the end only.
///
/// ```
/// let mut kinds = Vec::new();
/// let (body, findings) = hcl::parse_body_with("a {}\nb {}", diag::FileId(0), &mut |block| {
///     kinds.push(block.kind.name.to_string());
///     &*block.kind.name == "b"
/// });
/// assert!(findings.is_empty());
/// assert_eq!((kinds.join(" ").as_str(), body.blocks.len()), ("a b", 1));
/// ```
pub fn parse_body_with(
    text: &str,
    file: FileId,
    keep: &mut (dyn FnMut(&Block) -> bool + Send),
) -> (Body, Diagnostics) {
    let mut parser = Parser::new(text, Origin::new(file, 0), Mode::Normal);
    let body = parser.file(Some(keep));
    (body, parser.finish())
}

/// Reads a text that is one expression. `offset` is where in the file the text begins, in bytes.
pub fn parse_expr(text: &str, file: FileId, offset: usize) -> (Expr, Diagnostics) {
    expr_at(text, Origin::new(file, offset))
}

/// Reads a text that is the inside of a template, without quotes and without backslash escapes: the result is a
/// [`ExprKind::Template`].
pub fn parse_template(text: &str, file: FileId) -> (Expr, Diagnostics) {
    template_at(text, Origin::new(file, 0))
}

/// An expression whose text lies, possibly escaped, in a file.
pub(crate) fn expr_at(text: &str, origin: Origin<'_>) -> (Expr, Diagnostics) {
    let mut parser = Parser::new(text, origin, Mode::Normal);
    let expr = parser.whole_expression();
    (expr, parser.finish())
}

/// A template whose text lies, possibly escaped, in a file.
pub(crate) fn template_at(text: &str, origin: Origin<'_>) -> (Expr, Diagnostics) {
    let mut parser = Parser::new(text, origin, Mode::Template);
    let expr = parser.bare_template();
    (expr, parser.finish())
}

/// Where a text comes from: its offsets are not always those of the file.
#[derive(Clone, Copy)]
pub(crate) struct Origin<'a> {
    file: FileId,
    /// Where the text begins in the file.
    base: usize,
    /// For a text that was unescaped: from this offset in the text on, so many bytes more lie before it in the file.
    shifts: &'a [(u32, u32)],
}

impl<'a> Origin<'a> {
    pub(crate) fn new(file: FileId, base: usize) -> Self {
        Self { file, base, shifts: &[] }
    }

    pub(crate) fn shifted(file: FileId, base: usize, shifts: &'a [(u32, u32)]) -> Self {
        Self { file, base, shifts }
    }

    fn offset(&self, offset: u32) -> usize {
        let passed = self.shifts.partition_point(|&(from, _)| from <= offset);
        let extra =
            passed.checked_sub(1).and_then(|last| self.shifts.get(last)).map_or(0, |&(_, extra)| extra);
        self.base + offset as usize + extra as usize
    }

    fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.file, self.offset(start), self.offset(end))
    }
}

struct Parser<'a> {
    text: &'a str,
    origin: Origin<'a>,
    tokens: Vec<Token>,
    /// Names that came so far.
    names: HashMap<&'a str, Arc<str>>,
    /// Index of the next token.
    pos: usize,
    /// Whether newlines mean something here, or are blanks.
    newlines: bool,
    /// Where the last token that was taken ends; newlines do not count.
    last_end: u32,
    /// How many expressions and blocks are open.
    depth: u32,
    /// How high the expression is that was built last.
    height: u32,
    /// Set from an error until we are sure of our place again.
    failed: bool,
    /// Set once brackets did not match: from then on a bracket too many or too few is no news.
    unbalanced: bool,
    /// Set once something was too deep.
    told_depth: bool,
    /// Set once the end of a misspelt heredoc was looked for in vain.
    no_marker: bool,
    /// Where the quoted strings begin that we are in.
    quotes: Vec<u32>,
    diagnostics: Diagnostics,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, origin: Origin<'a>, mode: Mode) -> Self {
        let tokens = lexer::scan(text, mode);
        let diagnostics =
            lexer::invalid::report(&tokens, text, MAX_FINDINGS, |token| origin.span(token.start, token.end));
        Self {
            text,
            origin,
            tokens,
            names: HashMap::new(),
            pos: 0,
            newlines: true,
            last_end: 0,
            depth: 0,
            height: 0,
            failed: false,
            unbalanced: false,
            told_depth: false,
            no_marker: false,
            quotes: Vec::new(),
            diagnostics,
        }
    }

    /// The findings, in textual order.
    fn finish(mut self) -> Diagnostics {
        self.diagnostics.0.sort_by_key(|diagnostic| diagnostic.subject.map(|span| span.start));
        self.diagnostics
    }

    /// The token at an index; past the end the last one, which is always [`TokenKind::Eof`].
    fn raw(&self, index: usize) -> Token {
        let end = self.text.len() as u32;
        self.tokens.get(index).copied().unwrap_or(Token { kind: TokenKind::Eof, start: end, end })
    }

    /// The next token that means something here. A comment that ends a line is that line's newline.
    fn peek(&mut self) -> Token {
        loop {
            let token = self.raw(self.pos);
            match token.kind {
                TokenKind::Comment if self.newlines && token.text(self.text).ends_with('\n') => {
                    return Token { kind: TokenKind::Newline, ..token };
                }
                TokenKind::Newline | TokenKind::StringBreak if self.newlines => {
                    return Token { kind: TokenKind::Newline, ..token };
                }
                TokenKind::Comment | TokenKind::Newline | TokenKind::StringBreak => self.pos += 1,
                _ => return token,
            }
        }
    }

    /// Takes the next token.
    fn next(&mut self) -> Token {
        let token = self.peek();
        if token.kind != TokenKind::Eof {
            self.pos += 1;
        }
        if token.kind != TokenKind::Newline {
            self.last_end = token.end;
        }
        token
    }

    /// Takes the next token if it is of that kind.
    fn take(&mut self, kind: TokenKind) -> Option<Token> {
        (self.peek().kind == kind).then(|| self.next())
    }

    /// Whether the next token is this word.
    fn at_word(&mut self, word: &str) -> bool {
        let token = self.peek();
        token.kind == TokenKind::Ident && token.text(self.text) == word
    }

    /// Runs `read` with newlines meaning something or not, then puts that back.
    fn with_newlines<T>(&mut self, newlines: bool, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.newlines, newlines);
        let result = read(self);
        self.newlines = before;
        result
    }

    fn span(&self, token: Token) -> Span {
        self.origin.span(token.start, token.end)
    }

    /// From an offset to the end of the last token taken.
    fn span_from(&self, start: u32) -> Span {
        self.origin.span(start, self.last_end.max(start))
    }

    fn ident(&mut self, token: Token) -> Ident {
        Ident { name: self.name_of(token), span: self.span(token) }
    }

    /// The text of a token that is a name. Names come again and again: each is kept once.
    fn name_of(&mut self, token: Token) -> Arc<str> {
        let text = token.text(self.text);
        match self.names.get(text) {
            Some(name) => name.clone(),
            None => {
                let name: Arc<str> = Arc::from(text);
                self.names.insert(text, name.clone());
                name
            }
        }
    }

    /// Reports an error at a token, unless we are failed already or the token was reported as never valid. From here on
    /// we are failed.
    fn fail(&mut self, at: Token, title: &str, detail: impl Into<String>) {
        let span = self.span(at);
        if !at.kind.is_never_valid() {
            self.fail_at(span, title, detail);
        }
        self.failed = true;
    }

    fn fail_at(&mut self, span: Span, title: &str, detail: impl Into<String>) {
        if !self.failed {
            self.report(Diagnostic::error(title).detail(detail).at(span));
        }
        self.failed = true;
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < MAX_FINDINGS {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Goes one level down; `false`, after an error, when that is too deep. Every `true` needs a [`leave`](Self::leave).
    fn enter(&mut self) -> bool {
        if self.depth >= MAX_DEPTH {
            let token = self.peek();
            self.too_deep(self.span(token));
            return false;
        }
        self.depth += 1;
        true
    }

    fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Reads something that may be deep; nothing, after an error, when the system has no room for it.
    fn with_room<T: Send>(&mut self, read: impl FnOnce(&mut Self) -> T + Send) -> Option<T> {
        if !self.depth.is_multiple_of(stack::LEVELS) {
            return Some(read(self));
        }
        let result = stack::fresh(|| read(self));
        if result.is_none() {
            let token = self.peek();
            self.too_deep(self.span(token));
        }
        result
    }

    /// Said once: where one place is too deep, those around it and beside it are, too.
    fn too_deep(&mut self, span: Span) {
        self.failed |= std::mem::replace(&mut self.told_depth, true);
        self.fail_at(
            span,
            "Nesting too deep",
            format!("More than {MAX_DEPTH} levels of nesting are not supported."),
        );
    }

    /// An expression from `start` to the last token taken, above others of which the highest has this `height`.
    fn built(&mut self, kind: ExprKind, start: u32, height: u32) -> Expr {
        let span = self.span_from(start);
        if height >= MAX_DEPTH {
            // Dropped here, while it is still low enough to be dropped recursively.
            self.too_deep(span);
            self.height = 1;
            return Expr { kind: ExprKind::Invalid, span };
        }
        self.height = height + 1;
        Expr { kind, span }
    }

    /// Stands for what could not be read.
    fn invalid(&mut self) -> Expr {
        self.height = 1;
        Expr { kind: ExprKind::Invalid, span: self.span_from(self.last_end) }
    }
}

#[cfg(test)]
mod tests;
