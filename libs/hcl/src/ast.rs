//! The tree of an HCL text: native syntax and JSON syntax end in the same nodes. Every node knows its place. Says nothing of
//! what names mean: the evaluator and the decoder do.

use std::sync::Arc;

use cty::Number;
use diag::Span;

use crate::dynblock::Bound;
use crate::json::JsonString;

mod link;

pub use link::Link;

/// What a body holds, in textual order: of a file, of a block.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// Attributes in textual order (a name stands once; a second one was reported by the parser and dropped).
    pub attributes: Vec<Attribute>,
    /// Blocks in textual order.
    pub blocks: Vec<Block>,
    /// From just behind the opening brace to just before the closing one; the whole text for a file.
    pub span: Option<Span>,
    /// Where a missing item is reported: the closing brace, or the end of the file.
    pub end: Option<Span>,
}

/// `name = expr`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: Ident,
    /// Its value; shared, since the same attribute is asked for by more than one phase.
    pub expr: Arc<Expr>,
    /// Name to end of the expression.
    pub span: Span,
}

/// `type "label" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its type.
    pub kind: Ident,
    /// Its labels.
    pub labels: Vec<Label>,
    /// What it holds; shared with the [`AnyBody`](crate::AnyBody) made of it.
    pub body: Arc<Body>,
    /// The header: type to last label.
    pub header: Span,
    /// Header to closing brace.
    pub span: Span,
    /// The comment lines directly above the block, without comment signs. Trivia, but some words in it are for us
    /// (`# tintype: no_cache`).
    pub comments: Vec<Arc<str>>,
}

/// A name with its place.
#[derive(Clone, Debug)]
pub struct Ident {
    /// The name.
    pub name: Arc<str>,
    /// Its place.
    pub span: Span,
}

/// A label of a block: bare or quoted.
#[derive(Clone, Debug)]
pub struct Label {
    /// The text, unescaped.
    pub value: Arc<str>,
    /// Its place, quotes included.
    pub span: Span,
    /// Whether it was written in quotes.
    pub quoted: bool,
}

/// An expression with its place.
#[derive(Clone, Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A number literal.
    Number(Number),
    /// A quoted template or a heredoc.
    Template(Template),
    /// A string in JSON syntax: a template where a scope exists, plain text where none does, and the text of a native
    /// expression where the language asks for a type, a traversal or a call (see [`crate::statics`]).
    JsonString(Arc<JsonString>),
    /// `[a, b]`.
    Tuple(Vec<Expr>),
    /// `{ k = v }`.
    Object(Vec<ObjectItem>),
    /// A variable, the root of a traversal: `var`.
    Variable(Arc<str>),
    /// `x.name`.
    GetAttr(Link, Ident),
    /// `x[key]`, and the legacy form `x.0` (then `legacy`).
    Index {
        /// What is indexed.
        target: Link,
        /// The key.
        key: Box<Expr>,
        /// Written `.0`.
        legacy: bool,
    },
    /// `x.*.a` (attribute splat) or `x[*].a[0]` (full splat).
    Splat {
        /// What is iterated.
        target: Link,
        /// Evaluated for each element, which is [`ExprKind::SplatItem`] in it.
        each: Box<Expr>,
        /// Written `[*]`.
        full: bool,
    },
    /// The element of the innermost splat around.
    SplatItem,
    /// `f(a, b...)`.
    Call(Box<Call>),
    /// `[for …]`, `{for …}`.
    For(Box<For>),
    /// `cond ? a : b`: the condition and the first value, and the second one.
    Conditional(Box<[Expr; 2]>, Link),
    /// `a + b`.
    Binary(BinaryOp, Link, Box<Expr>),
    /// `-a`, `!a`.
    Unary(UnaryOp, Box<Expr>),
    /// `(a)`.
    Parens(Box<Expr>),
    /// An expression in the content of a dynamic block, with the names that the block has bound for it. The parser makes none.
    Bound(Arc<Expr>, Arc<Bound>),
    /// Stands where the parser could make nothing of the text; it has said why. Evaluates to an unknown value.
    Invalid,
}

/// `key = value` in an object constructor.
#[derive(Clone, Debug)]
pub struct ObjectItem {
    /// The key. A bare identifier is [`ObjectKey::Literal`].
    pub key: ObjectKey,
    /// The value.
    pub value: Expr,
}

/// A key in an object constructor.
#[derive(Clone, Debug)]
pub enum ObjectKey {
    /// A bare identifier, or a plain string in JSON syntax.
    Literal(Ident),
    /// An expression: a template, a number, a call, `(expr)`, or a traversal (which is ambiguous, reported at evaluation).
    Expr(Expr),
}

/// A function call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Name, with `::` in it when it has a namespace.
    pub name: Ident,
    /// Arguments.
    pub args: Vec<Expr>,
    /// Whether `...` follows the last argument.
    pub expand: bool,
    /// Both parentheses and what is between.
    pub parens: Span,
}

/// A `for` expression.
#[derive(Clone, Debug)]
pub struct For {
    /// The name for the key or index, if one was given.
    pub key_var: Option<Ident>,
    /// The name for the value.
    pub value_var: Ident,
    /// What is iterated.
    pub collection: Expr,
    /// The key of each item of an object; none makes a tuple.
    pub key: Option<Expr>,
    /// The value of each item.
    pub value: Expr,
    /// `if` …
    pub condition: Option<Expr>,
    /// `...`: values of one key are gathered.
    pub group: bool,
}

/// Operators with two operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum BinaryOp {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// Operators with one operand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryOp {
    /// `-`
    Negate,
    /// `!`
    Not,
}

/// A string with interpolations and directives, trims and heredoc indents already applied.
#[derive(Clone, Debug)]
pub struct Template {
    /// Its parts. None: the empty string.
    pub parts: Vec<TemplatePart>,
    /// Whether it was a heredoc. A heredoc that is one interpolation and a line end never unwraps.
    pub heredoc: bool,
}

/// A part of a template.
#[derive(Clone, Debug)]
pub enum TemplatePart {
    /// Text, unescaped.
    Literal(Arc<str>, Span),
    /// `${ expr }`. Alone in a template it yields its value unconverted.
    Interpolation(Expr),
    /// `%{ if }` … `%{ else }` … `%{ endif }`.
    If {
        /// The condition.
        condition: Box<Expr>,
        /// Rendered when true.
        then: Template,
        /// Rendered when false.
        otherwise: Template,
        /// The whole directive.
        span: Span,
    },
    /// `%{ for v in c }` … `%{ endfor }`.
    For {
        /// The name for the key or index, if one was given.
        key_var: Option<Ident>,
        /// The name for the value.
        value_var: Ident,
        /// What is iterated.
        collection: Box<Expr>,
        /// Rendered for each element.
        body: Box<Template>,
        /// The whole directive.
        span: Span,
    },
}
