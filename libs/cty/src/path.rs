//! Where inside a value: the steps from its root.

use std::fmt;
use std::sync::Arc;

use crate::Value;

/// One step down.
#[derive(Clone, PartialEq, Debug)]
pub enum Step {
    /// To an attribute of an object.
    Attr(Arc<str>),
    /// To an element by its index (a number) or key (a string).
    Index(Value),
}

/// Steps from the root; empty for the root itself.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Path(pub Vec<Step>);

impl Path {
    /// The value these steps lead to, if there is one and it is known.
    pub fn find<'a>(&self, root: &'a Value) -> Option<&'a Value> {
        self.0.iter().try_fold(root, |value, step| match step {
            Step::Attr(name) => value.get_attr(name),
            Step::Index(key) => match (key.as_str(), key.as_number()) {
                (Some(key), _) => value.entries()?.get(key),
                (_, Some(index)) => value.elements()?.get(index.to_usize()?),
                _ => None,
            },
        })
    }
}

/// As it would be written: `.attr[0]["key"]`.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.0 {
            match step {
                Step::Attr(name) => write!(f, ".{name}")?,
                Step::Index(key) => match (key.as_str(), key.as_number()) {
                    (Some(key), _) => write!(f, "[{}]", crate::print::quoted(key))?,
                    (_, Some(index)) => write!(f, "[{index}]")?,
                    _ => f.write_str("[…]")?,
                },
            }
        }
        Ok(())
    }
}
