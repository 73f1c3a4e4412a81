//! The parsed template. Displays in Go's canonical form, which error texts quote and `hcl2_upgrade` puts back.

use std::collections::BTreeMap;
use std::fmt;

use crate::quote::quote;
use crate::{Error, lex, parse};

/// A whole template with those defined in it.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The name in error texts.
    pub name: String,
    /// The text that offsets point into.
    pub text: String,
    /// What it renders.
    pub root: NodeList,
    /// The templates that `define` and `block` made, by name.
    pub defines: BTreeMap<String, NodeList>,
}

/// A sequence of nodes.
pub type NodeList = Vec<Node>;

/// Text or an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Text outside braces, blanks already trimmed; the offset is its start.
    Text(usize, String),
    /// `{{pipe}}`
    Action(Pipe),
    /// `{{if}}`
    If(Branch),
    /// `{{range}}`
    Range(Branch),
    /// `{{with}}`
    With(Branch),
    /// `{{template "name" pipe}}`, with its offset. A `block` is one, too.
    Template(usize, String, Option<Pipe>),
    /// `{{break}}`
    Break(usize),
    /// `{{continue}}`
    Continue(usize),
}

/// The parts of `if`, `range` and `with`.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Offset of the first word after the keyword.
    pub offset: usize,
    /// What decides, or what is gone through.
    pub pipe: Pipe,
    /// What is rendered then.
    pub body: NodeList,
    /// What is rendered otherwise. `else if` is an `If` alone in it.
    pub otherwise: Option<NodeList>,
}

/// Commands, each given the result of the one before as its last argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Pipe {
    /// Where it begins.
    pub offset: usize,
    /// Variables that it sets, with their `$`.
    pub declared: Vec<String>,
    /// `=` rather than `:=`.
    pub assigns: bool,
    /// The commands, at least one.
    pub commands: Vec<Command>,
}

/// A value, or a function with arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// Where it begins.
    pub offset: usize,
    /// The words, at least one.
    pub args: Vec<Expr>,
}

/// One word of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it begins.
    pub offset: usize,
    /// What it is.
    pub kind: ExprKind,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `.`
    Dot,
    /// `nil`
    Nil,
    /// `.A.B`
    Field(Vec<String>),
    /// `$x` with fields behind it
    Variable(String, Vec<String>),
    /// A function's name.
    Identifier(String),
    /// `true`, `false`
    Bool(bool),
    /// A number or character as written, and its value.
    Number(String, NumberLiteral),
    /// A text as written, with its quotes, and its value.
    Text(String, String),
    /// `(pipe)`
    Pipe(Pipe),
    /// Fields behind something in parentheses or a function.
    Chain(Box<Expr>, Vec<String>),
}

/// The value of a number literal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum NumberLiteral {
    /// A whole number or a character.
    Int(i64),
    /// A number with a point or an exponent.
    Float(f64),
    /// A whole number that only an unsigned one could hold.
    Overflow,
}

impl Tree {
    /// Parses a text. `known` says which functions there are.
    ///
    /// # Errors
    /// Go's words, place by line.
    pub fn parse(name: &str, text: &str, known: impl Fn(&str) -> bool) -> Result<Self, Error> {
        let tokens = lex::tokens(text);
        parse::parse(name, text, &tokens, &known)
    }
}

fn list(nodes: &[Node], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    nodes.iter().try_for_each(|node| fmt::Display::fmt(node, f))
}

fn branch(word: &str, branch: &Branch, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{{{{{word} {}}}}}", branch.pipe)?;
    list(&branch.body, f)?;
    if let Some(otherwise) = &branch.otherwise {
        f.write_str("{{else}}")?;
        list(otherwise, f)?;
    }
    f.write_str("{{end}}")
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(_, text) => f.write_str(text),
            Self::Action(pipe) => write!(f, "{{{{{pipe}}}}}"),
            Self::If(parts) => branch("if", parts, f),
            Self::Range(parts) => branch("range", parts, f),
            Self::With(parts) => branch("with", parts, f),
            Self::Template(_, name, None) => write!(f, "{{{{template {}}}}}", quote(name)),
            Self::Template(_, name, Some(pipe)) => write!(f, "{{{{template {} {pipe}}}}}", quote(name)),
            Self::Break(_) => f.write_str("{{break}}"),
            Self::Continue(_) => f.write_str("{{continue}}"),
        }
    }
}

impl fmt::Display for Pipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.declared.is_empty() {
            write!(f, "{} {} ", self.declared.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        for (index, command) in self.commands.iter().enumerate() {
            if index > 0 {
                f.write_str(" | ")?;
            }
            command.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, arg) in self.args.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            arg.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = |names: &[String], f: &mut fmt::Formatter<'_>| {
            names.iter().try_for_each(|name| write!(f, ".{name}"))
        };
        match &self.kind {
            ExprKind::Dot => f.write_str("."),
            ExprKind::Nil => f.write_str("nil"),
            ExprKind::Field(names) => fields(names, f),
            ExprKind::Variable(name, names) => {
                f.write_str(name)?;
                fields(names, f)
            }
            ExprKind::Identifier(name) => f.write_str(name),
            ExprKind::Bool(yes) => write!(f, "{yes}"),
            ExprKind::Number(written, _) | ExprKind::Text(written, _) => f.write_str(written),
            ExprKind::Pipe(pipe) => write!(f, "({pipe})"),
            ExprKind::Chain(inner, names) => {
                inner.fmt(f)?;
                fields(names, f)
            }
        }
    }
}

/// Whether it renders nothing but blanks.
pub(crate) fn is_blank(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text(_, text) if text.trim().is_empty()))
}
