//! Finding a place to go on after an error. Brackets are counted on the way, so that the end of a list inside the rubble is
//! not taken for ours; a bracket that closes nothing we have passed belongs to somebody further out, and we stop before it.

use super::Parser;
use crate::lexer::{Token, TokenKind};

/// The brackets passed and not closed yet.
#[derive(Default)]
struct Passed {
    open: Vec<Token>,
    /// How many of `open` are closed by each kind, so that a closer need not be looked for in vain.
    curly: usize,
    square: usize,
    round: usize,
    quote: usize,
    heredoc: usize,
    sequence: usize,
}

impl Passed {
    fn count(&mut self, closer: TokenKind) -> Option<&mut usize> {
        match closer {
            TokenKind::CBrace => Some(&mut self.curly),
            TokenKind::CBracket => Some(&mut self.square),
            TokenKind::CParen => Some(&mut self.round),
            TokenKind::CQuote => Some(&mut self.quote),
            TokenKind::CHeredoc => Some(&mut self.heredoc),
            TokenKind::TemplateEnd => Some(&mut self.sequence),
            _ => None,
        }
    }

    fn push(&mut self, opener: Token) {
        if let Some(count) = closer_of(opener.kind).and_then(|closer| self.count(closer)) {
            *count += 1;
            self.open.push(opener);
        }
    }

    fn pop(&mut self) -> Option<Token> {
        let opener = self.open.pop()?;
        if let Some(count) = closer_of(opener.kind).and_then(|closer| self.count(closer)) {
            *count -= 1;
        }
        Some(opener)
    }

    /// Closes what this token closes, and what was left open inside; `false` if it closes nothing we have passed.
    fn close(&mut self, closer: TokenKind) -> bool {
        if self.count(closer).is_none_or(|count| *count == 0) {
            return false;
        }
        while let Some(opener) = self.pop() {
            if closer_of(opener.kind) == Some(closer) {
                break;
            }
        }
        true
    }

    /// Closes the strings that begin at this offset or later.
    fn close_strings_from(&mut self, offset: u32) {
        let first = self.open.iter().position(|token| token.kind == TokenKind::OQuote && token.start >= offset);
        while first.is_some_and(|first| self.open.len() > first) {
            self.pop();
        }
    }
}

fn closer_of(opener: TokenKind) -> Option<TokenKind> {
    match opener {
        TokenKind::OBrace => Some(TokenKind::CBrace),
        TokenKind::OBracket => Some(TokenKind::CBracket),
        TokenKind::OParen => Some(TokenKind::CParen),
        TokenKind::OQuote => Some(TokenKind::CQuote),
        TokenKind::OHeredoc => Some(TokenKind::CHeredoc),
        TokenKind::TemplateInterp | TokenKind::TemplateControl => Some(TokenKind::TemplateEnd),
        _ => None,
    }
}

fn is_closer(kind: TokenKind) -> bool {
    use TokenKind as K;
    matches!(kind, K::CBrace | K::CBracket | K::CParen | K::CQuote | K::CHeredoc | K::TemplateEnd)
}

impl Parser<'_> {
    /// Goes to behind the bracket that closes what we are in. If it is not there we stay failed, before a bracket that
    /// belongs to something further out.
    pub(super) fn skip_behind(&mut self, closer: TokenKind) {
        let mut passed = Passed::default();
        loop {
            let token = self.raw(self.pos);
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::QuotedNewline if self.ends_our_string(token, &mut passed) => break,
                kind if is_closer(kind) && !passed.close(kind) => {
                    if kind == closer {
                        self.pos += 1;
                        self.last_end = token.end;
                        self.failed = false;
                        return;
                    }
                    break;
                }
                _ => passed.push(token),
            }
            self.pos += 1;
        }
        self.failed = true;
        self.unbalanced = true;
    }

    /// Goes to behind the end of the line, or before the brace that closes the block we are in.
    pub(super) fn skip_line(&mut self, in_block: bool) {
        let mut passed = Passed::default();
        loop {
            let token = self.raw(self.pos);
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::QuotedNewline if self.continues_string(self.pos) => {
                    self.pos += 1;
                    continue;
                }
                TokenKind::QuotedNewline => passed.close_strings_from(self.line_start(token)),
                kind if is_closer(kind) && !passed.close(kind) => {
                    self.unbalanced |= !passed.open.is_empty();
                    if kind == TokenKind::CBrace && in_block {
                        break;
                    }
                }
                _ => passed.push(token),
            }
            self.pos += 1;
            if passed.open.is_empty() && self.ends_line(token) {
                break;
            }
        }
        self.failed = false;
    }

    /// Goes to the end of an object's item: behind a comma or a line end, or before the brace that closes the object. If
    /// another bracket comes first we stay failed.
    pub(super) fn skip_item(&mut self) {
        let mut passed = Passed::default();
        loop {
            let token = self.raw(self.pos);
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::QuotedNewline if self.ends_our_string(token, &mut passed) => break,
                kind if is_closer(kind) && !passed.close(kind) => {
                    self.failed = kind != TokenKind::CBrace;
                    self.unbalanced |= self.failed || !passed.open.is_empty();
                    return;
                }
                _ => passed.push(token),
            }
            self.pos += 1;
            if passed.open.is_empty() && (token.kind == TokenKind::Comma || self.ends_line(token)) {
                self.failed = false;
                return;
            }
        }
        self.failed = true;
        self.unbalanced = true;
    }

    fn ends_line(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Newline | TokenKind::QuotedNewline => true,
            TokenKind::Comment => token.text(self.text).ends_with('\n'),
            _ => false,
        }
    }

    fn line_start(&self, token: Token) -> u32 {
        let before = self.text.get(..token.start as usize).unwrap_or_default();
        before.rfind('\n').map_or(0, |at| at as u32 + 1)
    }

    /// A newline in a string closes, for the scanner, all strings of its line. Whether one of them is a string the parser
    /// is reading, further out than where it is skipping.
    fn ends_our_string(&self, newline: Token, passed: &mut Passed) -> bool {
        if self.continues_string(self.pos) {
            return false;
        }
        let line = self.line_start(newline);
        if self.quotes.last().is_some_and(|&quote| quote >= line) {
            return true;
        }
        passed.close_strings_from(line);
        false
    }

    /// Whether the string goes on behind the [`TokenKind::QuotedNewline`] at this index: the scanner ends a string there
    /// that looks as if its quote were missing.
    pub(super) fn continues_string(&self, index: usize) -> bool {
        use TokenKind as K;
        let next = self.raw(index + 1).kind;
        matches!(next, K::QuotedLit | K::CQuote | K::TemplateInterp | K::TemplateControl | K::QuotedNewline)
    }
}
