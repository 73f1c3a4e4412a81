//! What stands in brackets: tuples, objects, `for` expressions, calls.

use std::sync::Arc;

use super::Parser;
use crate::ast::{Call, Expr, ExprKind, For, Ident, ObjectItem, ObjectKey};
use crate::lexer::{Token, TokenKind};

impl Parser<'_> {
    pub(super) fn tuple(&mut self) -> Expr {
        let open = self.next();
        let (kind, height) = self.with_newlines(false, |parser| {
            if parser.at_word("for") {
                return parser.for_expression(TokenKind::CBracket);
            }
            let (items, height, _) = parser.list(TokenKind::CBracket);
            (ExprKind::Tuple(items), height)
        });
        self.built(kind, open.start, height)
    }

    /// Expressions separated by commas, and the closing bracket; whether `...` stood before it; how high the highest is.
    fn list(&mut self, closer: TokenKind) -> (Vec<Expr>, u32, bool) {
        let call = closer == TokenKind::CParen;
        let mut items = Vec::new();
        let mut height = 0;
        let mut expand = false;
        while self.take(closer).is_none() {
            items.push(self.expression());
            height = height.max(self.height);
            let token = self.peek();
            if self.failed {
                self.skip_behind(closer);
                break;
            }
            match token.kind {
                kind if kind == closer => {}
                TokenKind::Comma => {
                    self.next();
                }
                TokenKind::Ellipsis if call => {
                    self.next();
                    expand = true;
                    let token = self.peek();
                    if token.kind != closer {
                        let detail =
                            "After an argument with ... the closing parenthesis must follow at once.";
                        self.fail(token, "Missing closing parenthesis", detail);
                    }
                }
                TokenKind::Eof if call => {
                    let detail =
                        "The closing parenthesis of this call is missing before the end of the text.";
                    self.fail(token, "Unterminated function call", detail);
                }
                TokenKind::Eof => {
                    let detail = "The closing bracket of this list is missing before the end of the text.";
                    self.fail(token, "Unterminated tuple constructor expression", detail);
                }
                _ if call => {
                    self.fail(token, "Missing argument separator", "Arguments are separated by commas.");
                }
                _ => {
                    self.fail(token, "Missing item separator", "The items of a list are separated by commas.")
                }
            }
            if self.failed {
                self.skip_behind(closer);
                break;
            }
        }
        (items, height, expand)
    }

    /// A call, of which the first part of the name was taken.
    pub(super) fn call(&mut self, first: Token) -> Expr {
        let mut name = first.text(self.text).to_owned();
        while self.take(TokenKind::DoubleColon).is_some() {
            let part = self.peek();
            if part.kind != TokenKind::Ident {
                let detail = "After :: the name of a function must follow.";
                self.fail(part, "Missing function name", detail);
                return self.invalid();
            }
            self.next();
            name.push_str("::");
            name.push_str(part.text(self.text));
        }
        let name = Ident { name: Arc::from(name), span: self.span_from(first.start) };
        let open = self.peek();
        if self.take(TokenKind::OParen).is_none() {
            let detail = "After the name of a function its arguments in parentheses must follow.";
            self.fail(open, "Missing open parenthesis", detail);
            return self.invalid();
        }
        let (args, height, expand) = self.with_newlines(false, |parser| parser.list(TokenKind::CParen));
        let call = Call { name, args, expand, parens: self.span_from(open.start) };
        self.built(ExprKind::Call(Box::new(call)), first.start, height)
    }

    pub(super) fn object(&mut self) -> Expr {
        let open = self.next();
        // Newlines separate items, but before `for` they mean nothing, nor in what follows it.
        let is_for = self.with_newlines(false, |parser| parser.at_word("for"));
        let (kind, height) = if is_for {
            self.with_newlines(false, |parser| parser.for_expression(TokenKind::CBrace))
        } else {
            self.with_newlines(true, |parser| {
                let (items, height) = parser.object_items();
                (ExprKind::Object(items), height)
            })
        };
        self.built(kind, open.start, height)
    }

    fn object_items(&mut self) -> (Vec<ObjectItem>, u32) {
        let mut items = Vec::new();
        let mut height = 0;
        loop {
            while self.take(TokenKind::Newline).is_some() {}
            if self.take(TokenKind::CBrace).is_some() {
                break;
            }
            items.extend(self.object_item(&mut height));
            if self.failed {
                self.skip_item();
                if self.failed {
                    self.skip_behind(TokenKind::CBrace);
                    break;
                }
            }
        }
        (items, height)
    }

    /// `key = value` and the comma or newline behind it.
    fn object_item(&mut self, height: &mut u32) -> Option<ObjectItem> {
        let key = self.object_key();
        *height = self.height.max(*height);
        let token = self.peek();
        if self.failed {
            return None;
        }
        match token.kind {
            TokenKind::Assign | TokenKind::Colon => {
                self.next();
            }
            TokenKind::Newline | TokenKind::Comma => {
                let detail = "After the key an equals sign and a value must follow.";
                self.fail(token, "Missing attribute value", detail);
                return None;
            }
            TokenKind::Eof => {
                self.unterminated_object(token);
                return None;
            }
            _ => {
                let detail = "Between key and value there must be an equals sign or a colon.";
                self.fail(token, "Missing key/value separator", detail);
                return None;
            }
        }
        let value = self.expression();
        *height = self.height.max(*height);
        let token = self.peek();
        match token.kind {
            _ if self.failed => {}
            TokenKind::CBrace => {}
            TokenKind::Comma | TokenKind::Newline => {
                self.next();
            }
            TokenKind::Eof => self.unterminated_object(token),
            _ => {
                let detail = "The items of an object are separated by commas or line ends.";
                self.fail(token, "Missing attribute separator", detail);
            }
        }
        Some(ObjectItem { key, value })
    }

    fn unterminated_object(&mut self, token: Token) {
        let detail = "The closing brace of this object is missing before the end of the text.";
        self.fail(token, "Unterminated object constructor expression", detail);
    }

    /// A key: a bare name means itself, even if it is a keyword.
    fn object_key(&mut self) -> ObjectKey {
        let token = self.peek();
        let expr = self.expression();
        if token.kind == TokenKind::Ident && self.last_end == token.end && !self.failed {
            return ObjectKey::Literal(self.ident(token));
        }
        ObjectKey::Expr(expr)
    }

    /// From `for` to the closing bracket, which says what is made.
    fn for_expression(&mut self, closer: TokenKind) -> (ExprKind, u32) {
        self.next();
        let mut height = 0;
        let result = self.for_clauses(closer, &mut height);
        if self.failed {
            self.skip_behind(closer);
        }
        match result {
            Some(result) => (ExprKind::For(Box::new(result)), height),
            None => (ExprKind::Invalid, 0),
        }
    }

    fn for_clauses(&mut self, closer: TokenKind, height: &mut u32) -> Option<For> {
        let makes_object = closer == TokenKind::CBrace;
        let (key_var, value_var) = self.for_names("Invalid 'for' expression")?;
        let collection = self.for_part(height)?;
        if self.take(TokenKind::Colon).is_none() {
            return self.bad_for("After the collection a colon and the result must follow.");
        }
        let first = self.for_part(height)?;
        let (key, value) = match (self.take(TokenKind::FatArrow).is_some(), makes_object) {
            (true, true) => (Some(first), self.for_part(height)?),
            (false, false) => (None, first),
            (true, false) => {
                self.pos -= 1;
                return self.bad_for("With => an object is made: it is written in braces, not in brackets.");
            }
            (false, true) => {
                return self.bad_for(
                    "To make an object each item needs a key: key => value. In brackets a tuple is made.",
                );
            }
        };
        let ellipsis = self.take(TokenKind::Ellipsis);
        if ellipsis.is_some() && !makes_object {
            self.pos -= 1;
            return self.bad_for("Only values of an object can be grouped with three dots.");
        }
        let condition = if self.at_word("if") {
            self.next();
            Some(self.for_part(height)?)
        } else {
            None
        };
        if self.take(closer).is_none() {
            return self.bad_for("Here the for expression must end with its closing bracket.");
        }
        let group = ellipsis.is_some();
        Some(For { key_var, value_var, collection, key, value, condition, group })
    }

    /// `k, v in`, of an expression or a directive; errors have this title.
    pub(super) fn for_names(&mut self, title: &str) -> Option<(Option<Ident>, Ident)> {
        let first = self.for_name(title)?;
        let second = match self.take(TokenKind::Comma) {
            Some(_) => Some(self.for_name(title)?),
            None => None,
        };
        if !self.at_word("in") {
            let token = self.peek();
            self.fail(token, title, "After the names the word \"in\" and the collection must follow.");
            return None;
        }
        self.next();
        Some(match second {
            Some(second) => (Some(first), second),
            None => (None, first),
        })
    }

    fn for_name(&mut self, title: &str) -> Option<Ident> {
        let token = self.peek();
        if token.kind != TokenKind::Ident {
            self.fail(token, title, "Here a name for the elements must follow.");
            return None;
        }
        self.next();
        Some(self.ident(token))
    }

    fn for_part(&mut self, height: &mut u32) -> Option<Expr> {
        let part = self.expression();
        *height = self.height.max(*height);
        (!self.failed).then_some(part)
    }

    fn bad_for<T>(&mut self, detail: &str) -> Option<T> {
        let token = self.peek();
        self.fail(token, "Invalid 'for' expression", detail);
        None
    }
}
