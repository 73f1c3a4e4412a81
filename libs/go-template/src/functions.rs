//! The functions that a template may call beyond the built-in ones: closures with the kinds of arguments they take.

use std::collections::BTreeMap;
use std::fmt;

use crate::Value;
use crate::builtin;

/// What a function takes in one place. Other arguments are refused in Go's words before the function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// Anything.
    Any,
}

/// The arguments of one call, already of the right number and kinds.
#[derive(Clone, Copy, Debug)]
pub struct Args<'a>(pub &'a [Value]);

impl<'a> Args<'a> {
    /// The text in this place; empty where there is none.
    pub fn text(self, index: usize) -> &'a str {
        self.0.get(index).and_then(Value::as_text).unwrap_or_default()
    }

    /// The whole number in this place; 0 where there is none.
    pub fn int(self, index: usize) -> i64 {
        match self.0.get(index) {
            Some(Value::Int(value)) => *value,
            _ => 0,
        }
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

type Call<'f> = Box<dyn Fn(Args<'_>) -> Result<Value, String> + Send + Sync + 'f>;

pub(crate) struct Function<'f> {
    pub params: Vec<Param>,
    /// The kind of any number of further arguments.
    pub rest: Option<Param>,
    pub call: Call<'f>,
}

/// Functions by name.
#[derive(Default)]
pub struct Functions<'f> {
    named: BTreeMap<String, Function<'f>>,
}

impl<'f> Functions<'f> {
    /// None but the built-in ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function of fixed arguments. A second one with the name replaces the first; built-in names can be replaced, too.
    pub fn with<R: Into<Value>>(
        self,
        name: &str,
        params: &[Param],
        call: impl Fn(Args<'_>) -> Result<R, String> + Send + Sync + 'f,
    ) -> Self {
        self.add(name, params, None, call)
    }

    /// Adds a function that takes any number of further arguments after the fixed ones.
    pub fn with_rest<R: Into<Value>>(
        self,
        name: &str,
        params: &[Param],
        rest: Param,
        call: impl Fn(Args<'_>) -> Result<R, String> + Send + Sync + 'f,
    ) -> Self {
        self.add(name, params, Some(rest), call)
    }

    fn add<R: Into<Value>>(
        mut self,
        name: &str,
        params: &[Param],
        rest: Option<Param>,
        call: impl Fn(Args<'_>) -> Result<R, String> + Send + Sync + 'f,
    ) -> Self {
        let call: Call<'f> = Box::new(move |args| call(args).map(Into::into));
        self.named.insert(name.to_owned(), Function { params: params.to_vec(), rest, call });
        self
    }

    /// Whether a call of this name parses.
    pub fn knows(&self, name: &str) -> bool {
        self.named.contains_key(name) || builtin::knows(name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Function<'f>> {
        self.named.get(name)
    }
}

impl fmt::Debug for Functions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.named.keys()).finish()
    }
}
