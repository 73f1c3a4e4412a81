//! A value after lenient conversion: exactly the shape that its option's kind asks for. What the derived code reads from.

use std::collections::BTreeMap;

use cty::{Number, Value};

use crate::GoDuration;

/// A converted value.
#[derive(Clone, Debug)]
pub enum Node {
    /// Of a string option.
    Text(String),
    /// Of a bool option.
    Bool(bool),
    /// Of a whole number option.
    Integer(i64),
    /// Of a number option.
    Number(Number),
    /// Of a duration option.
    Duration(GoDuration),
    /// Of a list option or of nested blocks.
    List(Vec<Node>),
    /// Of a map option or of a nested block.
    Map(BTreeMap<String, Node>),
    /// Of an option that takes anything.
    Any(Value),
}

impl Node {
    /// Whether it is what Go calls the zero value: nothing written would mean the same to most components.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Text(text) => text.is_empty(),
            Self::Bool(value) => !value,
            Self::Integer(value) => *value == 0,
            Self::Number(value) => value.to_f64() == 0.0,
            Self::Duration(value) => value.is_zero(),
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Any(_) => false,
        }
    }

    /// Lays `other` over this value: maps and blocks key by key, lists position by position (what is longer below stays),
    /// everything else as a whole.
    pub(crate) fn lay(&mut self, other: Node) {
        match (self, other) {
            (Self::Map(below), Self::Map(above)) => lay_map(below, above),
            (Self::List(below), Self::List(above)) => {
                for (index, item) in above.into_iter().enumerate() {
                    match below.get_mut(index) {
                        Some(slot) => slot.lay(item),
                        None => below.push(item),
                    }
                }
            }
            (below, above) => *below = above,
        }
    }
}

/// Lays the entries of one map over those of another.
pub(crate) fn lay_map(below: &mut BTreeMap<String, Node>, above: BTreeMap<String, Node>) {
    for (key, node) in above {
        match below.get_mut(&key) {
            Some(slot) => slot.lay(node),
            None => {
                below.insert(key, node);
            }
        }
    }
}
