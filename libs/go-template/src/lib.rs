//! Go's text/template over our values: parse, check, render, with Go's words for what is wrong. Functions beyond the built-in
//! ones are closures of the caller; what they mean, and which data there are, is the caller's part. An engine of its own, because
//! the words and places of errors are part of what users see; only number and text formatting (`printf`) is the gotmpl crate's.

mod ast;
mod builtin;
mod compare;
mod error;
mod exec;
mod functions;
mod lex;
mod number;
mod parse;
mod quote;
pub mod time;
mod value;

pub use ast::{Branch, Command, Expr, ExprKind, Node, NodeList, NumberLiteral, Pipe, Tree};
pub use error::Error;
pub use functions::{Args, Functions, Param};
pub use quote::quote;
pub use value::Value;

use std::borrow::Cow;

/// A parsed template with the functions it may call.
#[derive(Debug)]
pub struct Template<'f> {
    tree: Tree,
    functions: &'f Functions<'f>,
}

impl<'f> Template<'f> {
    /// Parses a text. `name` stands in error texts.
    ///
    /// # Errors
    /// Go's words: `template: root:1: function "nope" not defined`.
    pub fn parse(name: &str, text: &str, functions: &'f Functions<'f>) -> Result<Self, Error> {
        let tree = Tree::parse(name, text, |function| functions.knows(function))?;
        Ok(Self { tree, functions })
    }

    /// A tree that was parsed before, and perhaps changed. A function that is not there is an error of rendering then.
    pub fn of(tree: Tree, functions: &'f Functions<'f>) -> Self {
        Self { tree, functions }
    }

    /// The parsed text.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Renders with this value as the dot.
    ///
    /// # Errors
    /// Go's words: `template: root:1:3: executing "root" at <f "x">: error calling f: …`. Nothing is given back then.
    pub fn render(&self, data: &Value) -> Result<String, Error> {
        exec::render(&self.tree, self.functions, data)
    }
}

/// Parses and renders in one go. Text without `{{` is given back as it is, at the price of looking for it.
///
/// # Errors
/// As [`Template::parse`] and [`Template::render`].
pub fn render<'t>(
    name: &str,
    text: &'t str,
    functions: &Functions<'_>,
    data: &Value,
) -> Result<Cow<'t, str>, Error> {
    if !text.contains("{{") {
        return Ok(Cow::Borrowed(text));
    }
    let tree = Tree::parse(name, text, |function| functions.knows(function))?;
    exec::render(&tree, functions, data).map(Cow::Owned)
}

#[cfg(test)]
mod tests;
