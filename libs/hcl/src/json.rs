//! The JSON syntax: the same bodies and expressions, carried by JSON. [`parse`] reads a text into [`Node`]s that know their
//! place; what a property is, an argument or a block, only a schema can say, so [`JsonBody`] decides that when it is asked.

mod body;
mod expr;
mod reader;
mod string;

use std::sync::Arc;

use cty::Number;
use diag::{Diagnostics, FileId, Span};

pub use body::JsonBody;
pub use string::JsonString;

use crate::content::AnyBody;

/// A JSON value with its place.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// Its place, quotes and brackets included.
    pub span: Span,
}

/// The kinds of JSON values.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A number, exact.
    Number(Number),
    /// A string.
    String(Arc<JsonString>),
    /// `[…]`
    Array(Arc<[Node]>),
    /// `{…}`: properties in textual order, a name as often as it was written.
    Object(Arc<[Property]>),
    /// Stands where the reader could make nothing of the text; it has said why.
    Invalid,
}

/// `"name": value`.
#[derive(Clone, Debug)]
pub struct Property {
    /// Its name.
    pub name: Arc<JsonString>,
    /// Its value.
    pub value: Node,
}

/// Reads a JSON text.
pub fn parse(text: &str, file: FileId) -> (Node, Diagnostics) {
    reader::read(text, file)
}

/// Reads a JSON text whose root is a body: an object, or an array of objects taken as one.
pub fn parse_body(text: &str, file: FileId) -> (AnyBody, Diagnostics) {
    let (node, diagnostics) = parse(text, file);
    JsonBody::root(node, diagnostics)
}
