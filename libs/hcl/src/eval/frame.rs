//! Where an evaluation stands: the scope it began in, the names bound on the way (by `for`, by dynamic blocks), the element of
//! the splat around, and how much of stack and memory it has used.

use std::cell::Cell;

use cty::{Marks, Value};
use diag::{Diagnostic, Span};

use super::scope::Scope;
use super::show;
use crate::ast::Expr;

/// How much stack an evaluation may take, in bytes. A thread has two megabytes, some of which others need. That is enough for
/// whatever the parser lets through, except in an unoptimised build.
const MAX_STACK: usize = 1280 << 10;

/// How many bytes one evaluation may produce. What is dropped again counts, too: knowing what is still held would cost more
/// than it is worth, and going on and on without holding anything is a mistake as well.
const MAX_PRODUCED: u64 = 96 << 20;

/// How often a text is in memory while it is made: it grows into twice its room, and is copied when it becomes a value.
const TEXT_COST: u64 = 3;

/// What a turn of a loop counts that makes nothing.
const TURN_COST: u64 = 32;

/// So many bytes of a text that is read take the time of making one: a digest reads some hundred megabytes in a second.
const READ_SHARE: u64 = 4;

/// The same for values with parts, whose weight is rather more than what is read of it.
const WALK_SHARE: u64 = 32;

/// What an element of a tuple takes, in bytes, by rule of thumb: value and type.
const ELEMENT_COST: u64 = 128;

/// What an attribute of an object takes: name, value and type, in trees whose leaves have room for eleven.
const ATTRIBUTE_COST: u64 = 256;

/// What an object takes at least: two such leaves.
const OBJECT_COST: u64 = 1536;

/// What one evaluation has used so far; shared by all of its frames.
pub(crate) struct State {
    /// Where the stack was when the evaluation began.
    stack: usize,
    produced: Cell<u64>,
}

impl State {
    /// An evaluation that begins here.
    pub(crate) fn new() -> Self {
        Self { stack: stack_address(), produced: Cell::new(0) }
    }
}

/// About where the stack of this thread ends, as an address. Good for differences only.
fn stack_address() -> usize {
    let here = 0_u8;
    std::hint::black_box(std::ptr::from_ref(&here)).addr()
}

/// A place in an evaluation.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) scope: &'a Scope,
    pub(crate) state: &'a State,
    bindings: Option<&'a Binding<'a>>,
    pub(super) splat_item: Option<&'a Value>,
}

/// A name bound by the expression itself.
pub(crate) struct Binding<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Value,
    pub(crate) outer: Option<&'a Binding<'a>>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(scope: &'a Scope, state: &'a State) -> Self {
        Self { scope, state, bindings: None, splat_item: None }
    }

    /// The bindings as they are here, to put another one on top.
    pub(crate) fn bindings(&self) -> Option<&'a Binding<'a>> {
        self.bindings
    }

    /// The same place with other bindings.
    pub(crate) fn bind<'b>(&self, bindings: Option<&'b Binding<'b>>) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame { scope: self.scope, state: self.state, bindings, splat_item: self.splat_item }
    }

    /// The same place inside a splat.
    pub(super) fn with_splat_item<'b>(&self, item: &'b Value) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame { scope: self.scope, state: self.state, bindings: self.bindings, splat_item: Some(item) }
    }

    /// The same evaluation going on in another scope, which sees nothing of what is bound here.
    pub(crate) fn in_scope<'b>(&self, scope: &'b Scope) -> Frame<'b>
    where
        'a: 'b,
    {
        Frame { scope, state: self.state, bindings: None, splat_item: None }
    }

    /// What a name means here.
    pub(crate) fn variable(&self, name: &str) -> Option<&'a Value> {
        let bound = std::iter::successors(self.bindings, |binding| binding.outer);
        bound
            .into_iter()
            .find(|binding| binding.name == name)
            .map(|b| &b.value)
            .or_else(|| self.scope.variable(name))
    }

    /// Whether names can mean anything here.
    pub(super) fn has_variables(&self) -> bool {
        self.bindings.is_some() || self.scope.has_variables()
    }

    /// The name that comes nearest to `name`.
    pub(super) fn near_variable(&self, name: &str) -> Option<&'a str> {
        let bound = std::iter::successors(self.bindings, |binding| binding.outer).map(|binding| binding.name);
        diag::did_you_mean(name, bound).or_else(|| self.scope.near_variable(name))
    }

    /// Whether there is stack enough to go one level deeper.
    pub(super) fn can_go_deeper(&self) -> bool {
        self.state.stack.abs_diff(stack_address()) < MAX_STACK
    }

    /// Counts a text of so many bytes. Loops and templates look whether it [is too much](Self::made_too_much).
    pub(super) fn made_text(&self, len: usize) {
        self.made((len as u64).saturating_mul(TEXT_COST));
    }

    /// Counts an argument of a function, which is going to be read: that takes time, however little is made of it.
    pub(super) fn gave(&self, value: &Value) {
        self.made(match value.as_str() {
            Some(text) => text.len() as u64 / READ_SHARE,
            None => value.weight(MAX_PRODUCED as usize) as u64 / WALK_SHARE,
        });
    }

    /// Counts a turn of a loop.
    pub(super) fn made_turn(&self) {
        self.made(TURN_COST);
    }

    /// Counts the result of a function. Of elements that are collections the first stands for all.
    pub(super) fn made_value(&self, value: &Value) {
        let parts = |value: &Value| value.elements().map_or(0, <[Value]>::len);
        if let Some(text) = value.as_str() {
            self.made_text(text.len());
        } else if let Some(elements) = value.elements() {
            let inside = elements.first().map_or(0, parts);
            self.made_elements(elements.len().saturating_mul(1 + inside));
        } else if let Some(entries) = value.entries() {
            self.made_object(entries.len());
        }
    }

    /// Counts a tuple of so many elements, or elements that are added to one.
    pub(super) fn made_elements(&self, count: usize) {
        self.made((count as u64).saturating_mul(ELEMENT_COST));
    }

    /// Counts an object of so many attributes.
    pub(super) fn made_object(&self, count: usize) {
        self.made((count as u64).saturating_mul(ATTRIBUTE_COST).max(OBJECT_COST));
    }

    fn made(&self, bytes: u64) {
        self.state.produced.set(self.state.produced.get().saturating_add(bytes));
    }

    /// Whether the evaluation has produced more than it may.
    pub(super) fn made_too_much(&self) -> bool {
        self.state.produced.get() > MAX_PRODUCED
    }

    /// An error about an expression: with its place, and the values of what it refers to.
    pub(super) fn error(&self, summary: &str, detail: impl Into<String>, expr: &Expr) -> Diagnostic {
        self.error_at(summary, detail, expr.span, [expr])
    }

    /// An error at a place, with the values of what some expressions refer to.
    pub(super) fn error_at<'e>(
        &self,
        summary: &str,
        detail: impl Into<String>,
        span: Span,
        about: impl IntoIterator<Item = &'e Expr>,
    ) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(summary).detail(detail).at(span);
        diagnostic.values = show::values(about, self);
        diagnostic
    }
}

/// The error for a result that is too large.
pub(super) fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error("Result too large")
        .detail("This expression would fill the memory: what it makes on its way, all together, is more than any template needs.")
        .at(span)
}

/// An unknown value in place of one that could not be had, with the marks that led to it.
pub(super) fn unknown(marks: &Marks) -> Value {
    Value::dynamic().with_marks(marks)
}
