//! Bodies: attributes and blocks.

use std::collections::HashSet;
use std::sync::Arc;

use diag::{Diagnostic, Span};

use super::Parser;
use crate::ast::{Attribute, Block, Body, Expr, ExprKind, Ident, Label};
use crate::lexer::{Token, TokenKind};

/// Whether a block stays in the tree.
pub(super) type Keep<'k> = dyn FnMut(&Block) -> bool + Send + 'k;

/// A body in the making.
#[derive(Default)]
struct Items<'k> {
    body: Body,
    /// The names of its attributes, once they are many: a few are looked through.
    names: HashSet<Arc<str>>,
    /// Who is asked about each block; by default all stay.
    keep: Option<&'k mut Keep<'k>>,
}

/// So many names are looked through faster than a set of them is made.
const FEW: usize = 8;

impl Items<'_> {
    /// Keeps a name; false when the body has it already.
    fn name(&mut self, name: &Arc<str>) -> bool {
        let attributes = &self.body.attributes;
        if attributes.len() < FEW {
            return attributes.iter().all(|known| known.name.name != *name);
        }
        if self.names.is_empty() {
            self.names.extend(attributes.iter().map(|known| known.name.name.clone()));
        }
        self.names.insert(name.clone())
    }

    fn block(&mut self, block: Block) {
        if self.keep.as_mut().is_none_or(|keep| keep(&block)) {
            self.body.blocks.push(block);
        }
    }

    /// The body, with no more room than it needs: a tree lives long.
    fn finish(mut self) -> Body {
        self.body.attributes.shrink_to_fit();
        self.body.blocks.shrink_to_fit();
        self.body
    }
}

impl Parser<'_> {
    /// The whole text as a body, with the blocks that are to be kept.
    pub(super) fn file<'k>(&mut self, keep: Option<&'k mut Keep<'k>>) -> Body {
        let mut items = Items { keep, ..Items::default() };
        self.items(&mut items, false);
        let end = self.raw(self.pos);
        items.body.span = Some(self.origin.span(0, end.end));
        items.body.end = Some(self.span(end));
        items.finish()
    }

    /// Items up to the end of the text, or up to the brace that closes the block we are in.
    fn items(&mut self, items: &mut Items<'_>, in_block: bool) {
        loop {
            let token = self.peek();
            match token.kind {
                TokenKind::Eof => return,
                TokenKind::CBrace if in_block => return,
                TokenKind::Newline => {
                    self.next();
                }
                TokenKind::Ident => self.item(items, in_block),
                // A bracket too many is what remains of brackets that did not match: that was said.
                TokenKind::CBrace | TokenKind::CBracket | TokenKind::CParen if self.unbalanced => {
                    self.skip_line(in_block);
                }
                TokenKind::OQuote => {
                    self.fail(
                        token,
                        "Invalid argument name",
                        "The name of an argument or the type of a block is written without quotes.",
                    );
                    self.skip_line(in_block);
                }
                kind => {
                    let detail = if continues_expression(kind) {
                        "An expression goes on over a line end only inside brackets: put it in parentheses."
                    } else {
                        "Here an argument or a block must begin: with its name."
                    };
                    self.fail(token, "Argument or block definition required", detail);
                    self.skip_line(in_block);
                    // What goes on for one line may go on for more.
                    while continues_expression(kind) && continues_expression(self.peek().kind) {
                        self.skip_line(in_block);
                    }
                }
            }
        }
    }

    fn item(&mut self, items: &mut Items<'_>, in_block: bool) {
        let first = self.pos;
        let name = self.next();
        match self.peek().kind {
            TokenKind::Assign => {
                let attribute = self.attribute(name);
                self.end_attribute(in_block);
                self.add_attribute(items, attribute);
            }
            TokenKind::OQuote | TokenKind::OBrace | TokenKind::Ident => {
                if let Some(block) = self.block(name, first) {
                    items.block(block);
                }
                self.end_block(in_block);
            }
            _ => {
                self.item_required(name);
                if self.brace_on_next_line() {
                    self.block_body(self.span(name));
                    self.end_block(in_block);
                } else {
                    self.skip_line(in_block);
                }
            }
        }
    }

    fn item_required(&mut self, name: Token) {
        let text = name.text(self.text);
        let next = self.peek();
        let span = self.span(name);
        if next.kind.is_never_valid() {
            self.failed = true;
        }
        self.fail_at(
            span,
            "Argument or block definition required",
            format!("An argument is set with an equals sign: {text} = …; a block has a body in braces on the same line."),
        );
    }

    fn add_attribute(&mut self, items: &mut Items<'_>, attribute: Attribute) {
        let name = &attribute.name;
        if !items.name(&name.name) {
            // With brackets that do not match it may belong to another body.
            if self.unbalanced {
                return;
            }
            self.report(
                Diagnostic::error("Attribute redefined")
                    .detail(format!(
                        "The argument \"{}\" is set already in this body. It can be set once only.",
                        name.name
                    ))
                    .at(name.span),
            );
            return;
        }
        items.body.attributes.push(attribute);
    }

    /// From the equals sign to the end of the expression.
    fn attribute(&mut self, name: Token) -> Attribute {
        self.next();
        let expr = Arc::new(self.expression());
        Attribute { name: self.ident(name), span: self.span(name).to(expr.span), expr }
    }

    /// The newline after an attribute.
    fn end_attribute(&mut self, in_block: bool) {
        let token = self.peek();
        match token.kind {
            _ if self.failed => {}
            TokenKind::Newline => {
                self.next();
                return;
            }
            TokenKind::Eof => return,
            TokenKind::Comma => self.fail(
                token,
                "Unexpected comma after argument",
                "Arguments are separated by line ends, not by commas.",
            ),
            _ => {
                self.fail(token, "Missing newline after argument", "An argument ends with its line.");
                // Whether this brace is meant to close the block cannot be known.
                self.unbalanced |= in_block && token.kind == TokenKind::CBrace;
            }
        }
        self.skip_line(in_block);
    }

    /// The newline after a block.
    fn end_block(&mut self, in_block: bool) {
        let token = self.peek();
        match token.kind {
            _ if self.failed => {}
            TokenKind::Newline => {
                self.next();
                return;
            }
            TokenKind::Eof => return,
            _ => {
                let detail = "After the closing brace of a block the line must end.";
                self.fail(token, "Missing newline after block definition", detail);
            }
        }
        self.skip_line(in_block);
    }

    /// Labels and body. `first` is the index of the token `kind`.
    fn block(&mut self, kind: Token, first: usize) -> Option<Block> {
        let mut labels = self.labels();
        labels.shrink_to_fit();
        let header = self.span_from(kind.start);
        if self.failed {
            // Though the header is wrong, where the body is can be seen.
            if self.brace_on_next_line() {
                self.block_body(header);
            } else if self.brace_in_broken_string() {
                self.failed = false;
                self.block_inside(header);
            }
            return None;
        }
        let body = self.block_body(header);
        Some(Block {
            kind: self.ident(kind),
            labels,
            header,
            span: header.to(body.end.unwrap_or(header)),
            body: Arc::new(body),
            comments: self.comments_above(first),
        })
    }

    /// Labels up to the opening brace; failed if it is not there.
    fn labels(&mut self) -> Vec<Label> {
        let mut labels = Vec::new();
        loop {
            let token = self.peek();
            let detail = match token.kind {
                TokenKind::OBrace => return labels,
                TokenKind::Ident => {
                    self.next();
                    let Ident { name, span } = self.ident(token);
                    labels.push(Label { value: name, span, quoted: false });
                    continue;
                }
                TokenKind::OQuote => {
                    labels.extend(self.quoted_label());
                    if self.failed {
                        return labels;
                    }
                    continue;
                }
                TokenKind::Assign => {
                    "A block is written without an equals sign between its header and its body."
                }
                TokenKind::Newline | TokenKind::Eof => {
                    "The opening brace of a block must stand on the line of its header."
                }
                _ => "Here a label or the opening brace of the block must follow.",
            };
            self.fail(token, "Invalid block definition", detail);
            return labels;
        }
    }

    /// After a header without brace: whether one follows on a later line. Then that is all that is wrong, and the block
    /// can be read.
    fn brace_on_next_line(&mut self) -> bool {
        if self.peek().kind != TokenKind::Newline {
            return false;
        }
        let before = self.pos;
        let found = self.with_newlines(false, |parser| parser.peek().kind == TokenKind::OBrace);
        if found {
            self.failed = false;
        } else {
            self.pos = before;
        }
        found
    }

    /// Whether a string of the header, whose closing quote is missing, took the opening brace with it.
    fn brace_in_broken_string(&self) -> bool {
        let token = self.raw(self.pos);
        let before = self.text.get(..token.start as usize).unwrap_or_default();
        token.kind == TokenKind::StringBreak && before.trim_end_matches([' ', '\t']).ends_with('{')
    }

    /// From the opening to the closing brace.
    fn block_body(&mut self, header: Span) -> Body {
        self.next();
        self.block_inside(header)
    }

    /// From behind the opening brace to the closing one.
    fn block_inside(&mut self, header: Span) -> Body {
        let open = self.last_end;
        if !self.enter() {
            self.skip_behind(TokenKind::CBrace);
            return Body::default();
        }
        let mut items = Items::default();
        match self.peek().kind {
            TokenKind::Newline | TokenKind::CBrace | TokenKind::Eof => {
                self.with_room(|parser| parser.items(&mut items, true));
            }
            _ => self.one_line(&mut items),
        }
        self.leave();
        let close = self.peek();
        items.body.span = Some(self.origin.span(open, close.start.max(open)));
        items.body.end = Some(self.span(close));
        if self.take(TokenKind::CBrace).is_none() && !self.failed {
            // When brackets did not match before, some other end is missing.
            self.failed = self.unbalanced;
            let brace = self.text.get(..open as usize).is_some_and(|before| before.ends_with('{'));
            self.fail_at(
                if brace { self.origin.span(open - 1, open) } else { header },
                "Unclosed configuration block",
                "The closing brace of this block is missing before the end of the file. A brace may be missing further down, \
                 in a block inside.",
            );
            self.unbalanced = true;
        }
        items.finish()
    }

    /// The body of a block on one line: a single attribute. Ends before the closing brace.
    fn one_line(&mut self, items: &mut Items<'_>) {
        let token = self.peek();
        if token.kind == TokenKind::Ident {
            self.next();
            match self.peek().kind {
                TokenKind::Assign => {
                    let attribute = self.attribute(token);
                    self.add_attribute(items, attribute);
                    self.end_one_line();
                }
                TokenKind::OBrace | TokenKind::OQuote | TokenKind::Ident => {
                    let next = self.peek();
                    let start = self.span(token).to(self.span(next));
                    let detail =
                        "A block on one line can hold one argument only. A block inside needs its own line.";
                    self.fail_at(start, "Argument definition required", detail);
                }
                _ => self.item_required(token),
            }
        } else {
            let detail = "Here the name of an argument must follow.";
            self.fail(token, "Argument or block definition required", detail);
        }
        if self.failed {
            self.skip_behind(TokenKind::CBrace);
            if !self.failed {
                // The caller wants to see the brace itself.
                self.pos -= 1;
            }
        }
    }

    fn end_one_line(&mut self) {
        let token = self.peek();
        let detail = match token.kind {
            TokenKind::CBrace => return,
            TokenKind::Newline => {
                "A block that begins with an argument on the line of its brace must end on that line."
            }
            TokenKind::Eof => return,
            _ => "A block on one line can hold one argument only. More of them need a line each.",
        };
        self.fail(token, "Invalid single-argument block definition", detail);
    }

    /// A label in quotes: text without interpolation.
    fn quoted_label(&mut self) -> Option<Label> {
        let open = self.next();
        self.quotes.push(open.start);
        let label = self.quoted_label_text(open);
        self.quotes.pop();
        label
    }

    fn quoted_label_text(&mut self, open: Token) -> Option<Label> {
        let mut value = String::new();
        loop {
            let token = self.raw(self.pos);
            match token.kind {
                TokenKind::QuotedLit => value.push_str(&self.literal(token, true)),
                TokenKind::CQuote => {
                    self.pos += 1;
                    self.last_end = token.end;
                    let span = self.span_from(open.start);
                    return Some(Label { value: value.into(), span, quoted: true });
                }
                // Both were reported by the scanner.
                TokenKind::QuotedNewline => {}
                TokenKind::StringBreak => {
                    self.failed = true;
                    return None;
                }
                TokenKind::Eof => {
                    self.fail(
                        open,
                        "Unterminated template string",
                        "The closing quote of this string is missing.",
                    );
                    self.unbalanced = true;
                    return None;
                }
                _ => {
                    self.fail(
                        token,
                        "Invalid string literal",
                        "Nothing can be interpolated here. Write the dollar or percent sign twice if it is meant as text.",
                    );
                    self.skip_behind(TokenKind::CQuote);
                    return None;
                }
            }
            self.pos += 1;
        }
    }

    /// The comment lines directly above the token at an index, without comment signs.
    fn comments_above(&self, first: usize) -> Vec<Arc<str>> {
        let mut lines = Vec::new();
        let mut index = first;
        while let Some(above) = index.checked_sub(1) {
            let mut at = above;
            // A block comment is followed by the newline that other comments have in them.
            if self.raw(above).kind == TokenKind::Newline {
                let Some(comment) = above.checked_sub(1) else { break };
                at = comment;
            }
            let comment = self.raw(at);
            let text = comment.text(self.text);
            let starts_line = at.checked_sub(1).is_none_or(|before| {
                let before = self.raw(before);
                before.text(self.text).ends_with('\n')
            });
            if comment.kind != TokenKind::Comment || text.ends_with('\n') != (at == above) || !starts_line {
                break;
            }
            lines.extend(comment_lines(text).into_iter().rev());
            index = at;
        }
        lines.reverse();
        lines
    }

    /// The text as one expression, with nothing behind it.
    pub(super) fn whole_expression(&mut self) -> Expr {
        self.newlines = false;
        let expr = self.expression();
        let token = self.peek();
        if !self.failed && token.kind != TokenKind::Eof {
            let detail = "Behind the expression there is more text, which does not belong to it.";
            self.fail(token, "Extra characters after expression", detail);
        }
        if self.failed { Expr { kind: ExprKind::Invalid, span: expr.span } } else { expr }
    }
}

/// Whether no item, but the rest of an expression begins with such a token.
fn continues_expression(kind: TokenKind) -> bool {
    use TokenKind as K;
    matches!(
        kind,
        K::Question
            | K::Colon
            | K::And
            | K::Or
            | K::Plus
            | K::Star
            | K::Slash
            | K::Percent
            | K::Equal
            | K::NotEqual
            | K::Dot
    )
}

/// What a comment says, line by line.
fn comment_lines(text: &str) -> Vec<Arc<str>> {
    let block = text.strip_prefix("/*").map(|inner| inner.strip_suffix("*/").unwrap_or(inner));
    match block {
        Some(inner) => inner.lines().map(|line| line.trim().trim_start_matches('*').trim().into()).collect(),
        None => vec![text.trim_start_matches(['#', '/']).trim().into()],
    }
}
