//! Words to a tree, with Go's rules of what may stand where and Go's words when it may not.

use std::collections::BTreeMap;

use crate::ast::is_blank;
use crate::lex::{Keyword, Kind, Token};
use crate::quote::{quote, unquote};
use crate::{Branch, Command, Error, Expr, ExprKind, Node, NodeList, Pipe, Tree, number};

/// Deeper templates are refused: the stack is finite.
const MAX_DEPTH: usize = 100;

pub(crate) fn parse(
    name: &str,
    text: &str,
    tokens: &[Token],
    known: &dyn Fn(&str) -> bool,
) -> Result<Tree, Error> {
    let mut parser = Parser {
        name,
        text,
        tokens,
        at: 0,
        known,
        variables: vec!["$".to_owned()],
        defines: BTreeMap::new(),
        range_depth: 0,
        depth: 0,
        action_line: None,
    };
    let root = parser.root()?;
    let defines = parser.defines;
    Ok(Tree { name: name.to_owned(), text: text.to_owned(), root, defines })
}

struct Parser<'t> {
    name: &'t str,
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    known: &'t dyn Fn(&str) -> bool,
    variables: Vec<String>,
    defines: BTreeMap<String, NodeList>,
    range_depth: usize,
    depth: usize,
    /// Line of the action being parsed, for mistakes lines later.
    action_line: Option<usize>,
}

/// What ended a list of nodes.
#[derive(Clone, Copy, PartialEq)]
enum Stop {
    End,
    Else,
}

impl Stop {
    fn text(self) -> &'static str {
        match self {
            Self::End => "{{end}}",
            Self::Else => "{{else}}",
        }
    }
}

enum Item {
    Node(Node),
    Stop(Stop),
}

static AFTER_THE_LAST: Token = Token { kind: Kind::Eof, offset: 0, text: String::new() };

impl<'t> Parser<'t> {
    fn peek(&self) -> &'t Token {
        self.tokens.get(self.at).or(self.tokens.last()).unwrap_or(&AFTER_THE_LAST)
    }

    fn next(&mut self) -> &'t Token {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn peek_word(&mut self) -> &'t Token {
        while self.peek().kind == Kind::Space {
            self.at += 1;
        }
        self.peek()
    }

    fn next_word(&mut self) -> &'t Token {
        self.peek_word();
        self.next()
    }

    fn error(&self, offset: usize, message: impl std::fmt::Display) -> Error {
        Error::parsing(self.name, self.text, offset, message)
    }

    /// An error at the word just taken.
    fn here<T>(&self, message: impl std::fmt::Display) -> Result<T, Error> {
        let last = self.at.checked_sub(1).and_then(|at| self.tokens.get(at)).unwrap_or_else(|| self.peek());
        Err(self.error(last.offset, message))
    }

    fn unexpected<T>(&self, token: &Token, context: &str) -> Result<T, Error> {
        if token.kind == Kind::Error {
            let line = crate::error::position(self.text, token.offset).0;
            let extra = match self.action_line {
                Some(started) if started != line => {
                    let at = format!(" started at {}:{started}", self.name);
                    if token.text.ends_with(" action") { at } else { format!(" in action{at}") }
                }
                _ => String::new(),
            };
            return Err(self.error(token.offset, format!("{}{extra}", token.text)));
        }
        Err(self.error(token.offset, format!("unexpected {} in {context}", describe(token))))
    }

    fn enter<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        if self.depth >= MAX_DEPTH {
            return self.here("nested too deeply");
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn root(&mut self) -> Result<NodeList, Error> {
        let mut nodes = Vec::new();
        while self.peek().kind != Kind::Eof {
            if self.peek().kind == Kind::Open {
                let before = self.at;
                self.next();
                if self.next_word().kind == Kind::Keyword(Keyword::Define) {
                    self.define()?;
                    continue;
                }
                self.at = before;
            }
            match self.item()? {
                Item::Node(node) => nodes.push(node),
                Item::Stop(stop) => return self.here(format!("unexpected {}", stop.text())),
            }
        }
        Ok(nodes)
    }

    fn define(&mut self) -> Result<(), Error> {
        const CONTEXT: &str = "define clause";
        let name = self.template_name(CONTEXT)?;
        self.expect_close(CONTEXT)?;
        // A definition sees none of the variables around it.
        let outer = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
        let (body, stop) = self.list()?;
        self.variables = outer;
        if stop != Stop::End {
            return self.here(format!("unexpected {} in {CONTEXT}", stop.text()));
        }
        self.add(name, body)
    }

    /// Of two templates with a name one must be blank; the other one counts.
    fn add(&mut self, name: String, body: NodeList) -> Result<(), Error> {
        match self.defines.get(&name) {
            Some(old) if !is_blank(old) && !is_blank(&body) => {
                return self.here(format!("template: multiple definition of template {}", quote(&name)));
            }
            Some(_) if is_blank(&body) => {}
            _ => _ = self.defines.insert(name, body),
        }
        Ok(())
    }

    fn template_name(&mut self, context: &str) -> Result<String, Error> {
        let token = self.next_word();
        match (token.kind, unquote(&token.text)) {
            (Kind::Quoted, Some(name)) => Ok(name),
            (Kind::Quoted, None) => self.here("invalid syntax"),
            _ => self.unexpected(token, context),
        }
    }

    fn expect_close(&mut self, context: &str) -> Result<(), Error> {
        let token = self.next_word();
        if token.kind == Kind::Close { Ok(()) } else { self.unexpected(token, context) }
    }

    /// Nodes up to an `end` or `else`, which is taken.
    fn list(&mut self) -> Result<(NodeList, Stop), Error> {
        self.enter(|parser| {
            let mut nodes = Vec::new();
            while parser.peek_word().kind != Kind::Eof {
                match parser.item()? {
                    Item::Node(node) => nodes.push(node),
                    Item::Stop(stop) => return Ok((nodes, stop)),
                }
            }
            Err(parser.error(parser.peek().offset, "unexpected EOF"))
        })
    }

    fn item(&mut self) -> Result<Item, Error> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text(token.offset, token.text.clone()))),
            Kind::Open => {
                self.action_line = Some(crate::error::position(self.text, token.offset).0);
                let item = self.action()?;
                self.action_line = None;
                Ok(item)
            }
            _ => self.unexpected(token, "input"),
        }
    }

    fn action(&mut self) -> Result<Item, Error> {
        let before = self.at;
        let token = self.next_word();
        let Kind::Keyword(keyword) = token.kind else {
            self.at = before;
            return self.pipe("command", Kind::Close).map(|pipe| Item::Node(Node::Action(pipe)));
        };
        Ok(Item::Node(match keyword {
            Keyword::If => Node::If(self.branch("if")?),
            Keyword::Range => Node::Range(self.branch("range")?),
            Keyword::With => Node::With(self.branch("with")?),
            Keyword::End => {
                self.expect_close("end")?;
                return Ok(Item::Stop(Stop::End));
            }
            Keyword::Else => {
                // `else if` and `else with` are left for the branch to take.
                let follows = self.peek_word().kind;
                if follows != Kind::Keyword(Keyword::If) && follows != Kind::Keyword(Keyword::With) {
                    self.expect_close("else")?;
                }
                return Ok(Item::Stop(Stop::Else));
            }
            Keyword::Template => {
                const CONTEXT: &str = "template clause";
                let offset = self.peek_word().offset;
                let name = self.template_name(CONTEXT)?;
                let pipe = if self.peek_word().kind == Kind::Close {
                    self.next();
                    None
                } else {
                    Some(self.pipe(CONTEXT, Kind::Close)?)
                };
                Node::Template(offset, name, pipe)
            }
            Keyword::Block => {
                const CONTEXT: &str = "block clause";
                let offset = self.peek_word().offset;
                let name = self.template_name(CONTEXT)?;
                let pipe = self.pipe(CONTEXT, Kind::Close)?;
                let outer = std::mem::replace(&mut self.variables, vec!["$".to_owned()]);
                let (body, stop) = self.list()?;
                self.variables = outer;
                if stop != Stop::End {
                    return self.here(format!("unexpected {} in {CONTEXT}", stop.text()));
                }
                self.add(name.clone(), body)?;
                Node::Template(offset, name, Some(pipe))
            }
            Keyword::Break => Node::Break(self.leave("{{break}}", token.offset)?),
            Keyword::Continue => Node::Continue(self.leave("{{continue}}", token.offset)?),
            Keyword::Define => return self.unexpected(token, "command"),
        }))
    }

    fn leave(&mut self, word: &str, offset: usize) -> Result<usize, Error> {
        self.expect_close(word)?;
        if self.range_depth == 0 {
            return self.here(format!("{word} outside {{{{range}}}}"));
        }
        Ok(offset)
    }

    fn branch(&mut self, context: &str) -> Result<Branch, Error> {
        let visible = self.variables.len();
        let offset = self.peek_word().offset;
        let pipe = self.pipe(context, Kind::Close)?;
        self.range_depth += usize::from(context == "range");
        let (body, stop) = self.list()?;
        self.range_depth -= usize::from(context == "range");
        let otherwise = match stop {
            Stop::End => None,
            Stop::Else => Some(self.otherwise(context)?),
        };
        self.variables.truncate(visible);
        Ok(Branch { offset, pipe, body, otherwise })
    }

    fn otherwise(&mut self, context: &str) -> Result<NodeList, Error> {
        match (context, self.peek().kind) {
            // One `end` closes the whole chain.
            ("if", Kind::Keyword(Keyword::If)) => {
                self.next();
                self.enter(|parser| Ok(vec![Node::If(parser.branch("if")?)]))
            }
            ("with", Kind::Keyword(Keyword::With)) => {
                self.next();
                self.enter(|parser| Ok(vec![Node::With(parser.branch("with")?)]))
            }
            _ => {
                let (nodes, stop) = self.list()?;
                if stop != Stop::End {
                    return self.here(format!("expected end; found {}", stop.text()));
                }
                Ok(nodes)
            }
        }
    }

    fn pipe(&mut self, context: &str, end: Kind) -> Result<Pipe, Error> {
        let offset = self.peek_word().offset;
        let mut pipe = Pipe { offset, declared: Vec::new(), assigns: false, commands: Vec::new() };
        self.declarations(&mut pipe, context)?;
        loop {
            let token = self.next_word();
            match token.kind {
                kind if kind == end => break,
                Kind::Bool
                | Kind::CharConstant
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::Quoted
                | Kind::Variable
                | Kind::LeftParen => {
                    self.at -= 1;
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return self.unexpected(token, context),
            }
        }
        if pipe.commands.is_empty() {
            return self.here(format!("missing value for {context}"));
        }
        for (index, command) in pipe.commands.iter().enumerate().skip(1) {
            if let Some(Expr {
                kind:
                    ExprKind::Bool(_) | ExprKind::Dot | ExprKind::Nil | ExprKind::Number(..) | ExprKind::Text(..),
                ..
            }) = command.args.first()
            {
                return self.here(format!("non executable command in pipeline stage {}", index + 1));
            }
        }
        Ok(pipe)
    }

    /// `$x :=`, `$x =` and, of a range, `$i, $x :=`.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Result<(), Error> {
        loop {
            let before = self.at;
            let variable = self.peek_word();
            if variable.kind != Kind::Variable {
                return Ok(());
            }
            self.next();
            let follows = self.peek_word();
            match follows.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = follows.kind == Kind::Assign;
                    self.next();
                    pipe.declared.push(variable.text.clone());
                    self.variables.push(variable.text.clone());
                    return Ok(());
                }
                Kind::Char if follows.text == "," => {
                    self.next();
                    pipe.declared.push(variable.text.clone());
                    self.variables.push(variable.text.clone());
                    if context != "range" || pipe.declared.len() >= 2 {
                        return self.here(format!("too many declarations in {context}"));
                    }
                    if !matches!(self.peek_word().kind, Kind::Variable | Kind::Close | Kind::RightParen) {
                        return self.here("range can only initialize variables");
                    }
                }
                _ => {
                    self.at = before;
                    return Ok(());
                }
            }
        }
    }

    fn command(&mut self) -> Result<Command, Error> {
        let offset = self.peek_word().offset;
        let mut args = Vec::new();
        loop {
            self.peek_word();
            if let Some(operand) = self.operand()? {
                args.push(operand);
            }
            let token = self.next();
            match token.kind {
                Kind::Space => {}
                Kind::Close | Kind::RightParen => {
                    self.at -= 1;
                    break;
                }
                Kind::Pipe => break,
                _ => return self.unexpected(token, "operand"),
            }
        }
        if args.is_empty() {
            return self.here("empty command");
        }
        Ok(Command { offset, args })
    }

    /// A term with the fields behind it.
    fn operand(&mut self) -> Result<Option<Expr>, Error> {
        let Some(mut term) = self.term()? else { return Ok(None) };
        let mut fields = Vec::new();
        // Go shows the first field behind a term as its place.
        let offset = self.peek().offset;
        while self.peek().kind == Kind::Field {
            let token = self.next();
            fields.push(token.text.trim_start_matches('.').to_owned());
        }
        if fields.is_empty() {
            return Ok(Some(term));
        }
        match &mut term.kind {
            ExprKind::Field(names) | ExprKind::Variable(_, names) => {
                names.append(&mut fields);
                term.offset = offset;
            }
            ExprKind::Bool(_) | ExprKind::Text(..) | ExprKind::Number(..) | ExprKind::Nil | ExprKind::Dot => {
                return self.here(format!("unexpected . after term {}", quote(&term.to_string())));
            }
            _ => {
                term = Expr { offset, kind: ExprKind::Chain(Box::new(term), fields) };
            }
        }
        Ok(Some(term))
    }

    fn term(&mut self) -> Result<Option<Expr>, Error> {
        let token = self.next_word();
        let kind = match token.kind {
            Kind::Identifier => {
                if !(self.known)(&token.text) {
                    return self.here(format!("function {} not defined", quote(&token.text)));
                }
                ExprKind::Identifier(token.text.clone())
            }
            Kind::Dot => ExprKind::Dot,
            Kind::Nil => ExprKind::Nil,
            Kind::Bool => ExprKind::Bool(token.text == "true"),
            Kind::Variable => {
                if !self.variables.contains(&token.text) {
                    return self.here(format!("undefined variable {}", quote(&token.text)));
                }
                ExprKind::Variable(token.text.clone(), Vec::new())
            }
            Kind::Field => ExprKind::Field(vec![token.text.trim_start_matches('.').to_owned()]),
            Kind::CharConstant | Kind::Number => match number::parse(&token.text) {
                Ok(value) => ExprKind::Number(token.text.clone(), value),
                Err(message) => return self.here(message),
            },
            Kind::Quoted => match unquote(&token.text) {
                Some(text) => ExprKind::Text(token.text.clone(), text),
                None => return self.here("invalid syntax"),
            },
            Kind::LeftParen => {
                ExprKind::Pipe(self.enter(|parser| parser.pipe("parenthesized pipeline", Kind::RightParen))?)
            }
            _ => {
                self.at -= 1;
                return Ok(None);
            }
        };
        Ok(Some(Expr { offset: token.offset, kind }))
    }
}

/// A word in an error text.
fn describe(token: &Token) -> String {
    match token.kind {
        Kind::Eof => "EOF".to_owned(),
        Kind::Error => token.text.clone(),
        Kind::Keyword(_) | Kind::Nil => format!("<{}>", token.text),
        _ if token.text.chars().count() > 10 => {
            format!("{}...", quote(&token.text.chars().take(10).collect::<String>()))
        }
        _ => quote(&token.text),
    }
}
