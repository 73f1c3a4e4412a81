//! The scanner: one pass over the bytes, with a stack of what is open (strings, heredocs, interpolations).

use super::{Mode, Token, TokenKind};

pub(super) struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    tokens: Vec<Token>,
    open: Vec<Open>,
    /// Set when there is no `*/` any more: without it, a file of `/*` would be searched again for each.
    no_comment_end: bool,
    /// Up to this offset, whether a string goes on over line ends: decided once for all of them.
    string_goes_on: (usize, bool),
}

/// What we are inside of.
#[derive(Clone, Copy)]
enum Open {
    /// Tokens of the language; how many `{` are open. As the lowest entry, a `}` too many is just a `}`.
    Normal { braces: u32, start: u32 },
    /// A quoted string.
    Quoted { start: u32 },
    /// A heredoc: its marker, and whether only text of the current line has been seen since its start.
    Heredoc { marker: (u32, u32), line_start: bool },
    /// A template that is a whole text.
    Bare,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, mode: Mode) -> Self {
        let bom = if mode == Mode::Normal && text.starts_with('\u{feff}') { 3 } else { 0 };
        let open = match mode {
            Mode::Normal => Open::Normal { braces: 0, start: 0 },
            Mode::Template => Open::Bare,
        };
        Self {
            text,
            bytes: text.as_bytes(),
            pos: bom,
            // Four bytes a token is what dense templates come to; too little only means growing once.
            tokens: Vec::with_capacity(text.len() / 4 + 1),
            open: vec![open],
            no_comment_end: false,
            string_goes_on: (0, false),
        }
    }

    pub(super) fn run(mut self) -> Vec<Token> {
        while self.pos < self.bytes.len() {
            match self.open.last().copied() {
                Some(Open::Quoted { .. }) => self.quoted(),
                Some(Open::Heredoc { marker, line_start }) => self.heredoc(marker, line_start),
                Some(Open::Bare) => self.bare(),
                Some(Open::Normal { .. }) | None => self.normal(),
            }
        }
        self.emit(TokenKind::Eof, 0);
        self.tokens
    }

    fn emit(&mut self, kind: TokenKind, len: usize) {
        let start = self.pos;
        self.pos += len;
        self.tokens.push(Token { kind, start: start as u32, end: self.pos as u32 });
    }

    fn at(&self, offset: usize) -> u8 {
        // NUL stands for "nothing there": it is no part of any token longer than one byte.
        self.bytes.get(self.pos + offset).copied().unwrap_or(0)
    }

    fn normal(&mut self) {
        use TokenKind as K;
        let next = self.at(1);
        let (kind, len) = match self.at(0) {
            b' ' | b'\t' => {
                self.pos += 1;
                return;
            }
            b'\n' => (K::Newline, 1),
            b'\r' if next == b'\n' => (K::Newline, 2),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
                (K::Ident, identifier_len(self.text.get(self.pos..).unwrap_or_default()))
            }
            b'0'..=b'9' => (K::Number, self.number_len()),
            b'"' => {
                self.open.push(Open::Quoted { start: self.pos as u32 });
                (K::OQuote, 1)
            }
            b'#' => (K::Comment, self.line_len()),
            b'/' if next == b'/' => (K::Comment, self.line_len()),
            b'/' if next == b'*' => match self.block_comment_len() {
                Some(len) => (K::Comment, len),
                None => (K::Slash, 1),
            },
            b'{' => {
                if let Some(Open::Normal { braces, .. }) = self.open.last_mut() {
                    *braces += 1;
                }
                (K::OBrace, 1)
            }
            b'}' => (self.close_brace(), 1),
            b'~' if next == b'}' && self.ends_template() => {
                self.open.pop();
                (K::TemplateEnd, 2)
            }
            b'<' if next == b'<' && self.open_heredoc() => return,
            b'[' => (K::OBracket, 1),
            b']' => (K::CBracket, 1),
            b'(' => (K::OParen, 1),
            b')' => (K::CParen, 1),
            b'*' => (K::Star, 1),
            b'/' => (K::Slash, 1),
            b'+' => (K::Plus, 1),
            b'-' => (K::Minus, 1),
            b'%' => (K::Percent, 1),
            b'=' if next == b'=' => (K::Equal, 2),
            b'=' if next == b'>' => (K::FatArrow, 2),
            b'=' => (K::Assign, 1),
            b'!' if next == b'=' => (K::NotEqual, 2),
            b'!' => (K::Bang, 1),
            b'<' if next == b'=' => (K::LessOrEqual, 2),
            b'<' => (K::Less, 1),
            b'>' if next == b'=' => (K::GreaterOrEqual, 2),
            b'>' => (K::Greater, 1),
            b'&' if next == b'&' => (K::And, 2),
            b'&' => (K::BitAnd, 1),
            b'|' if next == b'|' => (K::Or, 2),
            b'|' => (K::BitOr, 1),
            b'^' => (K::BitXor, 1),
            b'~' => (K::BitNot, 1),
            b'.' if next == b'.' && self.at(2) == b'.' => (K::Ellipsis, 3),
            b'.' => (K::Dot, 1),
            b',' => (K::Comma, 1),
            b'?' => (K::Question, 1),
            b':' if next == b':' => (K::DoubleColon, 2),
            b':' => (K::Colon, 1),
            b';' => (K::Semicolon, 1),
            b'\'' => (K::Apostrophe, 1),
            b'`' => (K::Backtick, 1),
            byte if byte < 0x80 => (K::Invalid, 1),
            _ => {
                let rest = self.text.get(self.pos..).unwrap_or_default();
                match identifier_len(rest) {
                    0 => (K::Invalid, rest.chars().next().map_or(1, char::len_utf8)),
                    len => (K::Ident, len),
                }
            }
        };
        self.emit(kind, len);
    }

    /// A digit, then digits, dots and exponents; a dot never ends it.
    fn number_len(&self) -> usize {
        let mut len = 1;
        let mut ahead = 1;
        loop {
            match self.at(ahead) {
                b'0'..=b'9' => {
                    ahead += 1;
                    len = ahead;
                }
                b'.' => ahead += 1,
                b'e' | b'E' => {
                    let sign = usize::from(matches!(self.at(ahead + 1), b'+' | b'-'));
                    if !self.at(ahead + 1 + sign).is_ascii_digit() {
                        return len;
                    }
                    ahead += sign + 2;
                    len = ahead;
                }
                _ => return len,
            }
        }
    }

    /// To the end of the line, newline included.
    fn line_len(&self) -> usize {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        rest.iter().position(|&byte| byte == b'\n').map_or(rest.len(), |at| at + 1)
    }

    fn block_comment_len(&mut self) -> Option<usize> {
        if self.no_comment_end {
            return None;
        }
        let body = self.text.get(self.pos + 2..).unwrap_or_default();
        let end = body.find("*/").map(|at| at + 4);
        self.no_comment_end = end.is_none();
        end
    }

    /// Whether a `}` here would end the interpolation or directive we are in.
    fn ends_template(&self) -> bool {
        self.open.len() > 1 && matches!(self.open.last(), Some(Open::Normal { braces: 0, .. }))
    }

    fn close_brace(&mut self) -> TokenKind {
        if self.ends_template() {
            self.open.pop();
            return TokenKind::TemplateEnd;
        }
        if let Some(Open::Normal { braces, .. }) = self.open.last_mut() {
            *braces = braces.saturating_sub(1);
        }
        TokenKind::CBrace
    }

    /// `<<` or `<<-`, a name and at once a newline begin a heredoc.
    fn open_heredoc(&mut self) -> bool {
        let dash = usize::from(self.at(2) == b'-');
        let marker = self.pos + 2 + dash;
        let name = identifier_len(self.text.get(marker..).unwrap_or_default());
        let end = marker + name;
        let newline = match self.bytes.get(end..) {
            Some([b'\n', ..]) => 1,
            Some([b'\r', b'\n', ..]) => 2,
            _ => 0,
        };
        if name == 0 || newline == 0 {
            return false;
        }
        self.open.push(Open::Heredoc { marker: (marker as u32, end as u32), line_start: true });
        self.emit(TokenKind::OHeredoc, end + newline - self.pos);
        true
    }

    /// Length of the text up to the next interpolation or directive, or to behind the end of the line: a trim marker reaches
    /// no further.
    fn line_literal_len(&self) -> usize {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let mut len = 0;
        while let Some(tail @ [first, ..]) = rest.get(len..) {
            match (first, tail) {
                (b'\n', _) => return len + 1,
                (b'$' | b'%', [_, b'{', ..]) => return len,
                // `$${` and `%%{` stand for themselves.
                (b'$' | b'%', [a, b, b'{', ..]) if a == b => len += 3,
                _ => len += 1,
            }
        }
        rest.len()
    }

    /// `${` or `%{` is here.
    fn open_sequence(&mut self) {
        let kind = if self.at(0) == b'$' { TokenKind::TemplateInterp } else { TokenKind::TemplateControl };
        let trim = usize::from(self.at(2) == b'~');
        self.open.push(Open::Normal { braces: 0, start: self.pos as u32 });
        self.emit(kind, 2 + trim);
    }

    fn quoted(&mut self) {
        let len = self.quoted_literal_len();
        if len > 0 {
            return self.emit(TokenKind::QuotedLit, len);
        }
        match self.at(0) {
            b'"' => {
                self.open.pop();
                self.emit(TokenKind::CQuote, 1);
            }
            b'\n' | b'\r' => self.newline_in_string(),
            _ => self.open_sequence(),
        }
    }

    /// A string does not reach over a line end. Either it was meant to, or its quote is missing: if one more quote than
    /// needed stands on the next line that has any, it was meant to.
    fn newline_in_string(&mut self) {
        let len = if self.at(0) == b'\r' && self.at(1) == b'\n' { 2 } else { 1 };
        if self.pos >= self.string_goes_on.0 {
            self.string_goes_on = self.look_for_quote(self.pos + len);
        }
        if self.string_goes_on.1 {
            return self.emit(TokenKind::QuotedNewline, len);
        }
        // What was opened on this line is taken for a part of the string.
        let before = self.bytes.get(..self.pos).unwrap_or_default();
        let line =
            before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1) as u32;
        let first = self.open.iter().skip(1).position(|open| match open {
            Open::Normal { start, .. } | Open::Quoted { start } => *start >= line,
            Open::Heredoc { .. } | Open::Bare => false,
        });
        match first {
            Some(first) => self.open.truncate(first + 1),
            None => drop(self.open.pop()),
        }
        if let Some(Open::Heredoc { line_start, .. }) = self.open.last_mut() {
            *line_start = true;
        }
        self.emit(TokenKind::StringBreak, len);
    }

    /// Whether the number of quotes is odd on the next line, from an offset on, that has any; and where that line begins.
    fn look_for_quote(&self, from: usize) -> (usize, bool) {
        let mut at = from;
        for line in self.text.get(from..).unwrap_or_default().split_inclusive('\n') {
            let mut quotes = 0;
            let mut escaped = false;
            for byte in line.bytes() {
                quotes += usize::from(byte == b'"' && !escaped);
                escaped = byte == b'\\' && !escaped;
            }
            if quotes > 0 {
                return (at, quotes % 2 == 1);
            }
            at += line.len();
        }
        (at, false)
    }

    fn quoted_literal_len(&self) -> usize {
        let rest = self.bytes.get(self.pos..).unwrap_or_default();
        let mut len = 0;
        while let Some(tail @ [first, ..]) = rest.get(len..) {
            match (first, tail) {
                (b'"' | b'\n' | b'\r', _) | (b'$' | b'%', [_, b'{', ..]) => return len,
                (b'$' | b'%', [a, b, b'{', ..]) if a == b => len += 3,
                // A backslash takes the next character with it, whatever it is, unless that ends the line.
                (b'\\', [_, b'\n', ..] | [_, b'\r', ..] | [_]) => len += 1,
                (b'\\', _) => len += 2,
                _ => len += 1,
            }
        }
        rest.len()
    }

    fn heredoc(&mut self, marker: (u32, u32), line_start: bool) {
        let len = self.line_literal_len();
        let line = self.text.get(self.pos..self.pos + len).unwrap_or_default();
        let ends_line = line.ends_with('\n');
        if ends_line
            && line_start
            && line.trim() == self.text.get(marker.0 as usize..marker.1 as usize).unwrap_or_default()
        {
            self.open.pop();
            let newline = if line.ends_with("\r\n") { 2 } else { 1 };
            return self.emit(TokenKind::CHeredoc, len - newline);
        }
        if let Some(Open::Heredoc { line_start, .. }) = self.open.last_mut() {
            *line_start = ends_line;
        }
        if len > 0 { self.emit(TokenKind::StringLit, len) } else { self.open_sequence() }
    }

    fn bare(&mut self) {
        let len = self.line_literal_len();
        if len > 0 { self.emit(TokenKind::StringLit, len) } else { self.open_sequence() }
    }
}

/// How many bytes at the start of `text` are an identifier.
pub(super) fn identifier_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let ascii =
        bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    match bytes.first() {
        Some(b'0'..=b'9' | b'-') | None => return 0,
        Some(_) if bytes.get(ascii).is_none_or(u8::is_ascii) => return ascii,
        Some(_) => {}
    }
    let mut chars = text.char_indices();
    match chars.next() {
        Some((_, first)) if first == '_' || unicode_ident::is_xid_start(first) => {}
        _ => return 0,
    }
    let part = |c: char| c == '-' || unicode_ident::is_xid_continue(c);
    chars.find(|&(_, c)| !part(c)).map_or(text.len(), |(at, _)| at)
}
