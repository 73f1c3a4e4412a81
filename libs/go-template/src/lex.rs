//! Text to words. Knows delimiters, trim markers, quotes and numbers as Go's scanner does; what may stand where is the
//! parser's part. A mistake becomes the last token, so that mistakes of grammar before it are reported first.

use crate::quote::{code_point, quote};

const OPEN: &str = "{{";
const CLOSE: &str = "}}";

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub offset: usize,
    /// The word as written; of an error its text.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Error,
    Eof,
    Text,
    Open,
    Close,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    Char,
    CharConstant,
    Number,
    Quoted,
    Variable,
    Field,
    Dot,
    Identifier,
    Bool,
    Nil,
    Keyword(Keyword),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keyword {
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

fn word(text: &str) -> Kind {
    Kind::Keyword(match text {
        "block" => Keyword::Block,
        "break" => Keyword::Break,
        "continue" => Keyword::Continue,
        "define" => Keyword::Define,
        "else" => Keyword::Else,
        "end" => Keyword::End,
        "if" => Keyword::If,
        "range" => Keyword::Range,
        "template" => Keyword::Template,
        "with" => Keyword::With,
        "nil" => return Kind::Nil,
        "true" | "false" => return Kind::Bool,
        _ => return Kind::Identifier,
    })
}

/// All tokens; the last one is `Eof` or `Error`.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new() };
    if let Err(message) = lexer.run() {
        // Go reports a mistake where the word in question began; the line is what shows.
        lexer.push(Kind::Error, lexer.at.min(text.len()), message);
    } else {
        lexer.push(Kind::Eof, text.len(), String::new());
    }
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    tokens: Vec<Token>,
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'t> Lexer<'t> {
    fn push(&mut self, kind: Kind, offset: usize, text: impl Into<String>) {
        self.tokens.push(Token { kind, offset, text: text.into() });
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn run(&mut self) -> Result<(), String> {
        let mut trim = false;
        loop {
            let start = self.at;
            let Some(length) = self.rest().find(OPEN) else {
                self.plain(start, self.rest(), trim);
                return Ok(());
            };
            let text = self.text.get(start..start + length).unwrap_or_default();
            self.at = start + length + OPEN.len();
            let marked = self.rest().starts_with('-') && self.rest()[1..].starts_with(is_space);
            self.plain(start, if marked { text.trim_end_matches(is_space) } else { text }, trim);
            let open = start + length;
            if marked {
                self.at += 2;
            }
            trim = if self.rest().starts_with("/*") {
                self.comment()?
            } else {
                self.push(Kind::Open, open, OPEN);
                self.action()?
            };
        }
    }

    /// Text outside braces; `trim` when the action before asks for it.
    fn plain(&mut self, start: usize, text: &str, trim: bool) {
        let kept = if trim { text.trim_start_matches(is_space) } else { text };
        if !kept.is_empty() {
            self.push(Kind::Text, start + text.len() - kept.len(), kept);
        }
    }

    /// The length of a closing delimiter here and whether it trims the text behind it.
    fn close(&self) -> Option<(usize, bool)> {
        let rest = self.rest();
        if rest.starts_with(CLOSE) {
            return Some((CLOSE.len(), false));
        }
        let marker = rest.strip_prefix(is_space)?.strip_prefix('-')?;
        marker.starts_with(CLOSE).then_some((2 + CLOSE.len(), true))
    }

    fn comment(&mut self) -> Result<bool, String> {
        let Some(end) = self.rest().find("*/") else { return Err("unclosed comment".into()) };
        self.at += end + 2;
        let Some((length, trim)) = self.close() else {
            return Err("comment ends before closing delimiter".into());
        };
        self.at += length;
        Ok(trim)
    }

    /// The inside of an action up to its end. Says whether the text behind is to be trimmed.
    fn action(&mut self) -> Result<bool, String> {
        let mut depth = 0usize;
        loop {
            if let Some((length, trim)) = self.close() {
                if depth > 0 {
                    return Err("unclosed left paren".into());
                }
                self.push(Kind::Close, self.at, CLOSE);
                self.at += length;
                return Ok(trim);
            }
            let start = self.at;
            let Some(c) = self.next() else { return Err("unclosed action".into()) };
            let kind = match c {
                c if is_space(c) => {
                    while self.close().is_none() && self.peek().is_some_and(is_space) {
                        self.next();
                    }
                    Kind::Space
                }
                '=' => Kind::Assign,
                ':' => {
                    if self.next() != Some('=') {
                        return Err("expected :=".into());
                    }
                    Kind::Declare
                }
                '|' => Kind::Pipe,
                '(' => {
                    depth += 1;
                    Kind::LeftParen
                }
                ')' => {
                    depth = depth.checked_sub(1).ok_or("unexpected right paren")?;
                    Kind::RightParen
                }
                '"' => self.quoted('"', "unterminated quoted string", Kind::Quoted)?,
                '\'' => self.quoted('\'', "unterminated character constant", Kind::CharConstant)?,
                '`' => {
                    let end = self.rest().find('`').ok_or("unterminated raw quoted string")?;
                    self.at += end + 1;
                    Kind::Quoted
                }
                '$' => self.name(Kind::Variable, Kind::Variable)?,
                '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                    self.name(Kind::Field, Kind::Dot)?
                }
                '.' | '+' | '-' | '0'..='9' => {
                    self.at = start;
                    self.number()?
                }
                c if is_word(c) => {
                    self.words()?;
                    word(self.text.get(start..self.at).unwrap_or_default())
                }
                c if c.is_ascii() && !c.is_ascii_control() => Kind::Char,
                c => return Err(format!("unrecognized character in action: {}", code_point(c))),
            };
            self.push(kind, start, self.text.get(start..self.at).unwrap_or_default());
        }
    }

    fn quoted(&mut self, end: char, unterminated: &str, kind: Kind) -> Result<Kind, String> {
        loop {
            match self.next() {
                Some('\\') if self.next().is_some_and(|c| c != '\n') => {}
                None | Some('\n' | '\\') => return Err(unterminated.to_owned()),
                Some(c) if c == end => return Ok(kind),
                Some(_) => {}
            }
        }
    }

    /// `.x` or `$x` after its first character, or that character alone.
    fn name(&mut self, named: Kind, alone: Kind) -> Result<Kind, String> {
        if self.at_terminator() {
            return Ok(alone);
        }
        self.words().map(|()| named)
    }

    fn words(&mut self) -> Result<(), String> {
        while self.peek().is_some_and(is_word) {
            self.next();
        }
        match self.peek() {
            Some(c) if !self.at_terminator() => Err(format!("bad character {}", code_point(c))),
            _ => Ok(()),
        }
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None => true,
            Some(c) => is_space(c) || ".,|:)(".contains(c) || self.rest().starts_with(CLOSE),
        }
    }

    fn number(&mut self) -> Result<Kind, String> {
        let start = self.at;
        let mut fine = self.scan_number();
        if fine && self.peek().is_some_and(|c| c == '+' || c == '-') {
            // Complex numbers are no values of ours; Go's other answer for `1+2` is the same.
            self.scan_number();
            fine = false;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        if fine && !text.ends_with('i') {
            return Ok(Kind::Number);
        }
        Err(format!("bad number syntax: {}", quote(text)))
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        while self.accept(digits) {}
        if self.accept(".") {
            while self.accept(digits) {}
        }
        if digits.len() == 11 && self.accept("eE") {
            self.accept("+-");
            while self.accept("0123456789_") {}
        }
        self.accept("i");
        if self.peek().is_some_and(is_word) {
            self.next();
            return false;
        }
        true
    }

    fn accept(&mut self, set: &str) -> bool {
        let fits = self.peek().is_some_and(|c| set.contains(c));
        if fits {
            self.at += 1;
        }
        fits
    }
}
