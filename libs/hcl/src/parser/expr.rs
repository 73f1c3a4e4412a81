//! Expressions: operators by precedence, terms, and the steps behind a term.

use cty::Number;

use super::Parser;
use crate::ast::{BinaryOp, Expr, ExprKind, Ident, Link, UnaryOp};
use crate::lexer::{Token, TokenKind};

impl Parser<'_> {
    /// An expression. When there is none it says so, takes nothing, and we are failed.
    pub(super) fn expression(&mut self) -> Expr {
        if !self.enter() {
            return self.invalid();
        }
        let expr = self.with_room(Self::conditional);
        self.leave();
        expr.unwrap_or_else(|| self.invalid())
    }

    /// `a ? b : c`, right-associative. What follows the colon may be a conditional again, and so on: a chain.
    fn conditional(&mut self) -> Expr {
        let mut chain = Vec::new();
        let mut last = loop {
            let start = self.peek().start;
            let condition = self.binary(0);
            if self.failed || self.take(TokenKind::Question).is_none() {
                break condition;
            }
            let height = self.height;
            let yes = self.expression();
            chain.push((start, height.max(self.height), [condition, yes]));
            let token = self.peek();
            if !self.failed && self.take(TokenKind::Colon).is_none() {
                let detail =
                    "A conditional needs a colon and a second value, for when the condition is false.";
                self.fail(token, "Missing false expression in conditional", detail);
            }
            if self.failed {
                break self.invalid();
            }
        };
        for (start, height, parts) in chain.into_iter().rev() {
            let rest = self.height_of(is_conditional, &last);
            let kind = ExprKind::Conditional(Box::new(parts), Link::new(last));
            last = self.built(kind, start, height.max(rest));
        }
        last
    }

    /// Operators that bind more tightly than `floor`, left-associative.
    fn binary(&mut self, floor: u8) -> Expr {
        let start = self.peek().start;
        let mut left = self.unary();
        while !self.failed {
            let Some((op, precedence)) = binary_op(self.peek().kind) else { break };
            if precedence <= floor {
                break;
            }
            self.next();
            let height = self.height_of(is_binary, &left);
            let right = self.binary(precedence);
            let height = height.max(self.height);
            left = self.built(ExprKind::Binary(op, Link::new(left), Box::new(right)), start, height);
        }
        left
    }

    /// The height below the expression that was built last, as part of a chain of this kind: the whole chain is one level.
    fn height_of(&self, kind: fn(&ExprKind) -> bool, last: &Expr) -> u32 {
        self.height - u32::from(kind(&last.kind) && self.height > 0)
    }

    fn unary(&mut self) -> Expr {
        let mut ops = Vec::new();
        loop {
            let token = self.peek();
            let op = match token.kind {
                TokenKind::Minus => UnaryOp::Negate,
                TokenKind::Bang => UnaryOp::Not,
                _ => break,
            };
            self.next();
            ops.push((op, token.start));
        }
        let mut expr = self.term_with_steps();
        for (op, start) in ops.into_iter().rev() {
            let height = self.height;
            expr = self.built(ExprKind::Unary(op, Box::new(expr)), start, height);
        }
        expr
    }

    fn term_with_steps(&mut self) -> Expr {
        let start = self.peek().start;
        let term = self.term();
        self.steps(term, start)
    }

    fn term(&mut self) -> Expr {
        let token = self.peek();
        match token.kind {
            TokenKind::Ident => self.name(),
            TokenKind::Number => self.number(),
            TokenKind::OQuote | TokenKind::OHeredoc => self.template_expression(),
            TokenKind::OBracket => self.tuple(),
            TokenKind::OBrace => self.object(),
            TokenKind::OParen => self.parens(),
            TokenKind::Eof => {
                let detail = "Here an expression must begin, but the text ends.";
                self.fail(token, "Missing expression", detail);
                self.invalid()
            }
            TokenKind::Newline => {
                let detail = "The line ends, but an expression must follow. It goes on over a line end only inside brackets.";
                self.fail(token, "Invalid expression", detail);
                if !self.value_on_next_line() {
                    return self.invalid();
                }
                self.failed = false;
                self.expression()
            }
            TokenKind::Less if self.raw(self.pos + 1).kind == TokenKind::Less => {
                let detail = "To begin a heredoc, a marker must follow at once, and nothing may stand behind it on the line.";
                self.fail(token, "Invalid expression", detail);
                self.skip_misspelt_heredoc();
                self.invalid()
            }
            _ => {
                self.fail(token, "Invalid expression", "Here an expression must begin.");
                self.invalid()
            }
        }
    }

    /// `true`, `false`, `null`, a call, or a variable.
    fn name(&mut self) -> Expr {
        let token = self.next();
        if matches!(self.peek().kind, TokenKind::OParen | TokenKind::DoubleColon) {
            return self.call(token);
        }
        let kind = match token.text(self.text) {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            _ => ExprKind::Variable(self.name_of(token)),
        };
        self.built(kind, token.start, 0)
    }

    fn number(&mut self) -> Expr {
        let token = self.next();
        let kind = match self.number_value(token) {
            Some(number) => ExprKind::Number(number),
            None => ExprKind::Invalid,
        };
        self.built(kind, token.start, 0)
    }

    /// The number a token stands for. A wrong one is reported, and does not unsettle the parser.
    fn number_value(&mut self, token: Token) -> Option<Number> {
        let number = Number::parse(token.text(self.text));
        if number.is_none() && !self.failed {
            self.fail(
                token,
                "Invalid number literal",
                "This is not a number: there is a dot too many in it.",
            );
            self.failed = false;
        }
        number
    }

    fn parens(&mut self) -> Expr {
        let open = self.next();
        let inner = self.with_newlines(false, |parser| {
            let inner = parser.expression();
            let token = parser.peek();
            if !parser.failed && parser.take(TokenKind::CParen).is_none() {
                let detail = "The closing parenthesis must follow here.";
                parser.fail(token, "Unbalanced parentheses", detail);
            }
            if parser.failed {
                parser.skip_behind(TokenKind::CParen);
            }
            inner
        });
        let height = self.height;
        self.built(ExprKind::Parens(Box::new(inner)), open.start, height)
    }

    /// `.name`, `.0`, `.*`, `[key]`, `[*]`, as many as there are.
    fn steps(&mut self, mut expr: Expr, start: u32) -> Expr {
        while !self.failed {
            expr = match self.peek().kind {
                TokenKind::Dot => self.dot_step(expr, start),
                TokenKind::OBracket => self.bracket_step(expr, start),
                _ => break,
            };
        }
        expr
    }

    fn dot_step(&mut self, target: Expr, start: u32) -> Expr {
        self.next();
        match self.peek().kind {
            TokenKind::Star => {
                self.next();
                let height = self.height_of(is_step, &target);
                let each = self.attribute_splat();
                let height = height.max(self.height);
                let kind = ExprKind::Splat { target: Link::new(target), each: Box::new(each), full: false };
                self.built(kind, start, height)
            }
            _ => self.plain_step(target, start),
        }
    }

    /// What follows `.*`: `.name` and `.0` only.
    fn attribute_splat(&mut self) -> Expr {
        let start = self.last_end;
        let mut each = self.built(ExprKind::SplatItem, start, 0);
        while !self.failed && self.take(TokenKind::Dot).is_some() {
            let token = self.peek();
            if token.kind == TokenKind::Star {
                let detail = "A splat cannot stand behind another one. A for expression can do this.";
                self.fail(token, "Nested splat expression not allowed", detail);
                break;
            }
            each = self.plain_step(each, start);
        }
        each
    }

    /// The name or number behind a dot.
    fn plain_step(&mut self, target: Expr, start: u32) -> Expr {
        let token = self.peek();
        let height = self.height_of(is_step, &target);
        match token.kind {
            TokenKind::Ident => {
                self.next();
                let name: Ident = self.ident(token);
                self.built(ExprKind::GetAttr(Link::new(target), name), start, height)
            }
            TokenKind::Number => {
                self.next();
                let text = token.text(self.text);
                if text.contains('.') {
                    let detail =
                        format!("The number {text} is no index. Write the indexes in brackets: [0][1].");
                    self.fail(token, "Invalid legacy index syntax", detail);
                    self.failed = false;
                    return self.built(ExprKind::Invalid, start, 0);
                }
                let Some(number) = self.number_value(token) else {
                    return self.built(ExprKind::Invalid, start, 0);
                };
                let key = self.built(ExprKind::Number(number), token.start, 0);
                let height = height.max(self.height);
                let kind = ExprKind::Index { target: Link::new(target), key: Box::new(key), legacy: true };
                self.built(kind, start, height)
            }
            _ => {
                self.fail(
                    token,
                    "Invalid attribute name",
                    "After a dot the name of an attribute must follow.",
                );
                target
            }
        }
    }

    fn bracket_step(&mut self, target: Expr, start: u32) -> Expr {
        let height = self.height_of(is_step, &target);
        let open = self.next();
        let star = self.with_newlines(false, |parser| parser.splat_star());
        if star {
            let item_start = self.last_end;
            let item = self.built(ExprKind::SplatItem, item_start, 0);
            if !self.enter() {
                return self.invalid();
            }
            let each = self.steps(item, item_start);
            self.leave();
            let height = height.max(self.height);
            let kind = ExprKind::Splat { target: Link::new(target), each: Box::new(each), full: true };
            return self.built(kind, start, height);
        }
        if self.failed {
            return self.built(ExprKind::Invalid, open.start, 0);
        }
        let key = self.with_newlines(false, |parser| {
            let key = parser.expression();
            let token = parser.peek();
            if !parser.failed && parser.take(TokenKind::CBracket).is_none() {
                let detail = "After the key of an index the closing bracket must follow.";
                parser.fail(token, "Missing close bracket on index", detail);
            }
            if parser.failed {
                parser.skip_behind(TokenKind::CBracket);
            }
            key
        });
        let height = height.max(self.height);
        let kind = ExprKind::Index { target: Link::new(target), key: Box::new(key), legacy: false };
        self.built(kind, start, height)
    }

    /// `*]`, and whether it was there.
    fn splat_star(&mut self) -> bool {
        if self.take(TokenKind::Star).is_none() {
            return false;
        }
        let token = self.peek();
        if self.take(TokenKind::CBracket).is_none() {
            let detail = "After the star of a splat the closing bracket must follow.";
            self.fail(token, "Missing close bracket on splat index", detail);
            self.skip_behind(TokenKind::CBracket);
        }
        !self.failed
    }
}

fn is_conditional(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::Conditional(..))
}

fn is_binary(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::Binary(..))
}

fn is_step(kind: &ExprKind) -> bool {
    matches!(kind, ExprKind::GetAttr(..) | ExprKind::Index { .. } | ExprKind::Splat { .. })
}

/// The operator a token is, and how tightly it binds.
fn binary_op(kind: TokenKind) -> Option<(BinaryOp, u8)> {
    Some(match kind {
        TokenKind::Or => (BinaryOp::Or, 1),
        TokenKind::And => (BinaryOp::And, 2),
        TokenKind::Equal => (BinaryOp::Equal, 3),
        TokenKind::NotEqual => (BinaryOp::NotEqual, 3),
        TokenKind::Less => (BinaryOp::Less, 4),
        TokenKind::LessOrEqual => (BinaryOp::LessOrEqual, 4),
        TokenKind::Greater => (BinaryOp::Greater, 4),
        TokenKind::GreaterOrEqual => (BinaryOp::GreaterOrEqual, 4),
        TokenKind::Plus => (BinaryOp::Add, 5),
        TokenKind::Minus => (BinaryOp::Subtract, 5),
        TokenKind::Star => (BinaryOp::Multiply, 6),
        TokenKind::Slash => (BinaryOp::Divide, 6),
        TokenKind::Percent => (BinaryOp::Modulo, 6),
        _ => return None,
    })
}
