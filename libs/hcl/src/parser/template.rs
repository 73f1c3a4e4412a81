//! Templates, first half: from tokens to a row of pieces, with trim markers and heredoc indents applied. How the pieces nest
//! is the second half's part ([`structure`](super::structure)).

use std::borrow::Cow;

use diag::Span;
use unicode_segmentation::UnicodeSegmentation;

use super::Parser;
use crate::ast::{Expr, ExprKind, Ident, Template};
use crate::lexer::{Token, TokenKind};

/// A piece of a template, before directives are matched with their ends.
pub(super) enum Piece<'a> {
    /// One literal token: a trim marker beside it trims this and no more.
    Literal(Cow<'a, str>, Span),
    Interpolation(Expr),
    If(Expr, Span),
    Else(Span),
    EndIf(Span),
    For(Box<ForHeader>, Span),
    EndFor(Span),
    /// A directive that could not be read, with whether it opens something: then its end is not missed.
    Broken,
}

/// What stands in `%{ for … }`.
pub(super) struct ForHeader {
    pub(super) key_var: Option<Ident>,
    pub(super) value_var: Ident,
    pub(super) collection: Expr,
}

impl<'a> Parser<'a> {
    /// A quoted template or a heredoc.
    pub(super) fn template_expression(&mut self) -> Expr {
        let open = self.next();
        let heredoc = open.kind == TokenKind::OHeredoc;
        if !heredoc {
            self.quotes.push(open.start);
        }
        let closer = if heredoc { TokenKind::CHeredoc } else { TokenKind::CQuote };
        let (mut pieces, height) = self.pieces(open, closer);
        if heredoc && open.text(self.text).starts_with("<<-") {
            cut_indent(&mut pieces);
        }
        let (parts, height) = self.structure(pieces, height);
        if !heredoc {
            self.quotes.pop();
        }
        self.built(ExprKind::Template(Template { parts, heredoc }), open.start, height)
    }

    /// The whole text as a template.
    pub(super) fn bare_template(&mut self) -> Expr {
        let open = Token { kind: TokenKind::Eof, start: 0, end: 0 };
        let (pieces, height) = self.pieces(open, TokenKind::Eof);
        let (parts, height) = self.structure(pieces, height);
        self.last_end = self.text.len() as u32;
        self.built(ExprKind::Template(Template { parts, heredoc: false }), 0, height)
    }

    /// All pieces, and the closing token; how high the highest expression is.
    fn pieces(&mut self, open: Token, closer: TokenKind) -> (Vec<Piece<'a>>, u32) {
        let mut pieces = Vec::new();
        let mut height = 0;
        let mut trim = false;
        loop {
            let token = self.raw(self.pos);
            let trim_this = std::mem::take(&mut trim);
            match token.kind {
                kind if kind == closer => {
                    self.pos += usize::from(kind != TokenKind::Eof);
                    self.last_end = token.end;
                    self.failed = false;
                    break;
                }
                _ if self.failed => break,
                TokenKind::QuotedLit | TokenKind::StringLit => {
                    self.pos += 1;
                    self.last_end = token.end;
                    let mut text = self.literal(token, closer == TokenKind::CQuote);
                    if trim_this {
                        trim_start(&mut text);
                    }
                    pieces.push(Piece::Literal(text, self.span(token)));
                }
                TokenKind::TemplateInterp | TokenKind::TemplateControl => {
                    if token.text(self.text).ends_with('~')
                        && let Some(Piece::Literal(text, _)) = pieces.last_mut()
                    {
                        trim_end(text);
                    }
                    self.pos += 1;
                    self.last_end = token.end;
                    let piece = self.with_newlines(false, |parser| parser.sequence(token, closer));
                    height = height.max(self.height);
                    trim = !self.failed && self.raw(self.pos - 1).text(self.text).starts_with('~');
                    pieces.push(piece);
                }
                // Reported by the scanner.
                TokenKind::QuotedNewline => self.pos += 1,
                _ => {
                    let what = if closer == TokenKind::CHeredoc {
                        "line with the end marker"
                    } else {
                        "closing quote"
                    };
                    let detail = format!("The {what} of this string is missing.");
                    let marker = open.text(self.text).trim_end().len() as u32;
                    self.fail(
                        Token { end: open.start + marker, ..open },
                        "Unterminated template string",
                        detail,
                    );
                    self.unbalanced = true;
                    break;
                }
            }
        }
        (pieces, height)
    }

    /// What is between `${` or `%{`, which was taken, and the brace that ends it.
    fn sequence(&mut self, open: Token, closer: TokenKind) -> Piece<'a> {
        self.height = 0;
        let piece = if open.kind == TokenKind::TemplateInterp {
            let expr = self.expression();
            self.end_interpolation(closer);
            Piece::Interpolation(expr)
        } else {
            self.directive(open)
        };
        if self.failed {
            self.skip_behind(TokenKind::TemplateEnd);
        }
        piece
    }

    fn end_interpolation(&mut self, closer: TokenKind) {
        let token = self.peek();
        match token.kind {
            TokenKind::TemplateEnd => {
                self.next();
            }
            TokenKind::Eof => self.unclosed_interpolation(token),
            TokenKind::OQuote | TokenKind::CQuote if closer == TokenKind::CQuote => self.unclosed_interpolation(token),
            _ => self.fail(
                token,
                "Extra characters after interpolation expression",
                "The interpolation must end here with a closing brace. If it is not meant as one, but as text for another \
                 language such as the shell, write the dollar sign twice: $${ … }.",
            ),
        }
    }

    fn unclosed_interpolation(&mut self, token: Token) {
        let detail = "The closing brace of this interpolation is missing before the end of the string.";
        self.fail(token, "Unclosed template interpolation sequence", detail);
    }

    fn directive(&mut self, open: Token) -> Piece<'a> {
        let token = self.peek();
        if token.kind != TokenKind::Ident {
            let detail = "A directive begins with a word: if, else, endif, for or endfor. If it is not meant as a directive, \
                          write the percent sign twice: %%{ … }.";
            self.fail(token, "Invalid template directive", detail);
            return Piece::Broken;
        }
        self.next();
        let word = token.text(self.text);
        let make: fn(Span) -> Piece<'a> = match word {
            "if" => {
                let condition = self.expression();
                self.end_directive("if");
                return Piece::If(condition, self.span_from(open.start));
            }
            "for" => {
                let Some((key_var, value_var)) = self.for_names("Invalid 'for' directive") else {
                    return Piece::Broken;
                };
                let collection = self.expression();
                self.end_directive("for");
                let header = ForHeader { key_var, value_var, collection };
                return Piece::For(Box::new(header), self.span_from(open.start));
            }
            "else" => Piece::Else,
            "endif" => Piece::EndIf,
            "endfor" => Piece::EndFor,
            _ => {
                let detail =
                    format!("There is no directive \"{word}\". There are if, else, endif, for and endfor.");
                self.fail(token, "Invalid template control keyword", detail);
                return Piece::Broken;
            }
        };
        self.end_directive(word);
        make(self.span_from(open.start))
    }

    fn end_directive(&mut self, word: &str) {
        let token = self.peek();
        if self.failed || self.take(TokenKind::TemplateEnd).is_some() {
            return;
        }
        let title = format!("Extra characters in {word} marker");
        self.fail(token, &title, "The directive must end here with a closing brace.");
    }
}

fn trim_start(text: &mut Cow<'_, str>) {
    let cut = text.len() - text.trim_start().len();
    cut_start(text, cut);
}

fn cut_start(text: &mut Cow<'_, str>, bytes: usize) {
    match text {
        Cow::Borrowed(text) => *text = text.get(bytes..).unwrap_or_default(),
        Cow::Owned(text) => drop(text.drain(..bytes)),
    }
}

fn trim_end(text: &mut Cow<'_, str>) {
    match text {
        Cow::Borrowed(text) => *text = text.trim_end(),
        Cow::Owned(text) => text.truncate(text.trim_end().len()),
    }
}

/// Takes the common indent off the lines of a `<<-` heredoc. A line is what follows a line end in the text as trimmed: a line
/// end that a trim marker took does not count, and a line that a marker left empty, or that begins with an interpolation,
/// has no indent. Lines of blanks are left alone.
fn cut_indent(pieces: &mut [Piece<'_>]) {
    let mut lines = Vec::new();
    let mut line_start = true;
    for (index, piece) in pieces.iter().enumerate() {
        let starts = std::mem::take(&mut line_start);
        let indent = match piece {
            Piece::Literal(text, _) => {
                line_start = text.ends_with('\n');
                if line_start && text.trim().is_empty() {
                    continue;
                }
                indent_of(text)
            }
            _ => 0,
        };
        if starts {
            lines.push((index, indent));
        }
    }
    let common = lines.iter().map(|&(_, indent)| indent).min().unwrap_or(0);
    for (index, _) in lines {
        if let Some(Piece::Literal(text, _)) = pieces.get_mut(index) {
            let bytes = text.graphemes(true).take(common).map(str::len).sum();
            cut_start(text, bytes);
        }
    }
}

/// How many characters of blanks a line begins with.
fn indent_of(line: &str) -> usize {
    line.graphemes(true).take_while(|grapheme| grapheme.trim().is_empty()).count()
}
