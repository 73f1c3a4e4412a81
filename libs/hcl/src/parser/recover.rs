//! Finding a place to go on after an error. Brackets are counted on the way, so that the end of a list inside the rubble is
//! not taken for ours; a bracket that closes nothing we have passed belongs to somebody further out, and we stop before it.

use diag::Diagnostic;

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
        let first =
            self.open.iter().position(|token| token.kind == TokenKind::OQuote && token.start >= offset);
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
        let in_list = matches!(closer, TokenKind::CBracket | TokenKind::CParen);
        let mut passed = Passed::default();
        loop {
            let token = self.raw(self.pos);
            match token.kind {
                TokenKind::Eof => break,
                TokenKind::StringBreak if self.ends_our_string(token, &mut passed) => break,
                // In parentheses or square brackets no item can begin: theirs is missing.
                TokenKind::Ident if in_list && passed.curly + passed.sequence == 0 && self.at_item() => {
                    self.pos -= 1;
                    break;
                }
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
                TokenKind::StringBreak => passed.close_strings_from(self.line_start(token)),
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
                TokenKind::StringBreak if self.ends_our_string(token, &mut passed) => break,
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

    /// Whether an argument or a block begins here, on a line of its own.
    fn at_item(&self) -> bool {
        use TokenKind as K;
        matches!(self.raw(self.pos + 1).kind, K::Assign | K::OBrace | K::OQuote)
            && self.pos.checked_sub(1).is_some_and(|before| self.ends_line(self.raw(before)))
    }

    fn ends_line(&self, token: Token) -> bool {
        match token.kind {
            TokenKind::Newline | TokenKind::StringBreak => true,
            TokenKind::Comment => token.text(self.text).ends_with('\n'),
            _ => false,
        }
    }

    fn line_start(&self, token: Token) -> u32 {
        let before = self.text.get(..token.start as usize).unwrap_or_default();
        before.rfind(['\n', '\r']).map_or(0, |at| at as u32 + 1)
    }

    /// A broken string takes all strings with it that begin on its line. Whether one of them is a string the parser is
    /// reading, further out than where it is skipping.
    fn ends_our_string(&self, newline: Token, passed: &mut Passed) -> bool {
        let line = self.line_start(newline);
        if self.quotes.last().is_some_and(|&quote| quote >= line) {
            return true;
        }
        passed.close_strings_from(line);
        false
    }

    /// After an equals sign or an operator at the end of a line: goes to the next line with something on it, if that looks like an expression and
    /// not like the next item.
    pub(super) fn value_on_next_line(&mut self) -> bool {
        use TokenKind as K;
        let mut index = self.pos;
        while matches!(self.raw(index).kind, K::Newline | K::Comment) {
            index += 1;
        }
        let is_value = match self.raw(index).kind {
            K::Ident => {
                !matches!(self.raw(index + 1).kind, K::Assign | K::Colon | K::OBrace | K::OQuote | K::Ident)
            }
            K::OQuote => {
                let mut line = (index..).take_while(|&at| !matches!(self.raw(at).kind, K::Eof | K::Newline));
                let close = line.find(|&at| self.raw(at).kind == K::CQuote);
                close.is_some_and(|close| !matches!(self.raw(close + 1).kind, K::Assign | K::Colon))
            }
            kind => matches!(kind, K::Number | K::OHeredoc | K::OBracket | K::OBrace | K::Minus | K::Bang),
        };
        if is_value {
            self.pos = index;
        }
        is_value
    }

    /// At a `<<` that begins no heredoc because of what stands behind it: goes to the end of what was meant as one.
    pub(super) fn skip_misspelt_heredoc(&mut self) {
        let start = self.raw(self.pos).start as usize;
        let mut lines = self.text.get(start..).unwrap_or_default().split_inclusive('\n');
        let first = lines.next().unwrap_or_default();
        let marker = first.trim_start_matches(['<', '-', ' ', '\t', '"', '\'']);
        let len =
            marker.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-')).unwrap_or(marker.len());
        let marker = marker.get(..len).unwrap_or_default();
        if marker.is_empty() || self.no_marker {
            return;
        }
        let mut end = start + first.len();
        for line in lines {
            if line.trim() == marker {
                let end = (end + line.trim_end().len()) as u32;
                self.pos += self
                    .tokens
                    .get(self.pos..)
                    .unwrap_or_default()
                    .partition_point(|token| token.start < end);
                // What the scanner found wrong in the text was not meant to be scanned.
                let (from, to) = (self.origin.offset(start as u32), self.origin.offset(end));
                let inside = from as u32 + 1..to as u32;
                let outside =
                    |found: &Diagnostic| found.subject.is_none_or(|span| !inside.contains(&span.start));
                self.diagnostics.0.retain(outside);
                return;
            }
            end += line.len();
        }
        // Not to be looked for again and again.
        self.no_marker = true;
    }
}
