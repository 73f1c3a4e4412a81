//! The Rust types that an option may have, and what each asks of a template.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cty::{Number, Value};

use crate::node::Node;
use crate::reader::Nested;
use crate::{Config, FieldKind, GoDuration};

/// A converted value that the Rust type cannot hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// Which part: empty for the whole, `[3]`, `.key`.
    pub path: String,
    /// Why, as the end of a sentence.
    pub why: String,
}

/// A type of a field that is no block.
pub trait Setting: Sized {
    /// What may be written.
    fn kind() -> FieldKind;

    /// The value of an option that is absent and has no default.
    fn empty() -> Self;

    /// Reads a value that was converted to [`kind`](Self::kind).
    ///
    /// # Errors
    /// When it is out of the type's range.
    fn read(node: Node) -> Result<Self, Misfit>;
}

/// A type of a `#[config(block)]` field: a [`Config`], `Option` or `Vec` of it.
pub trait BlockSetting: Sized {
    /// [`FieldKind::Block`] or [`FieldKind::Blocks`].
    fn kind() -> FieldKind;

    /// Reads the block, or what stands for an absent one.
    fn read(node: Option<Node>, nested: &mut Nested<'_, '_>) -> Self;
}

fn misfit(why: impl Into<String>) -> Misfit {
    Misfit { path: String::new(), why: why.into() }
}

/// The conversion before has seen to it that this does not happen.
fn other(node: &Node) -> Misfit {
    misfit(format!("{node:?} was not converted"))
}

macro_rules! setting {
    ($type:ty, $kind:expr, $empty:expr, $pattern:pat => $value:expr) => {
        impl Setting for $type {
            fn kind() -> FieldKind {
                $kind
            }

            fn empty() -> Self {
                $empty
            }

            fn read(node: Node) -> Result<Self, Misfit> {
                match node {
                    $pattern => $value,
                    node => Err(other(&node)),
                }
            }
        }
    };
}

setting!(String, FieldKind::String, String::new(), Node::Text(text) => Ok(text));
setting!(PathBuf, FieldKind::String, PathBuf::new(), Node::Text(text) => Ok(text.into()));
setting!(bool, FieldKind::Bool, false, Node::Bool(yes) => Ok(yes));
setting!(i64, FieldKind::Integer, 0, Node::Integer(value) => Ok(value));
setting!(f64, FieldKind::Number, 0.0, Node::Number(value) => Ok(value.to_f64()));
setting!(Number, FieldKind::Number, Number::from(0i64), Node::Number(value) => Ok(value));
setting!(GoDuration, FieldKind::Duration, GoDuration::ZERO, Node::Duration(value) => Ok(value));
setting!(Value, FieldKind::Any, Value::null(cty::Type::Dynamic), Node::Any(value) => Ok(value));

macro_rules! integer {
    ($($type:ty),*) => {$(
        setting!($type, FieldKind::Integer, 0, Node::Integer(value) => <$type>::try_from(value).map_err(|_| {
            // The upper bound of 64-bit types cannot be exceeded by an i64.
            misfit(if value < 0 && <$type>::MIN == 0 {
                format!("{value} is negative")
            } else {
                format!("{value} is not between {} and {}", <$type>::MIN, <$type>::MAX)
            })
        }));
    )*};
}

integer!(i32, u64, u32, u16, u8, usize);

impl<T: Setting> Setting for Option<T> {
    fn kind() -> FieldKind {
        T::kind()
    }

    fn empty() -> Self {
        None
    }

    fn read(node: Node) -> Result<Self, Misfit> {
        T::read(node).map(Some)
    }
}

impl<T: Setting> Setting for Vec<T> {
    fn kind() -> FieldKind {
        FieldKind::List(Box::new(T::kind()))
    }

    fn empty() -> Self {
        Vec::new()
    }

    fn read(node: Node) -> Result<Self, Misfit> {
        let Node::List(nodes) = node else { return Err(other(&node)) };
        nodes
            .into_iter()
            .enumerate()
            .map(|(index, node)| {
                T::read(node).map_err(|misfit| Misfit { path: format!("[{index}]{}", misfit.path), ..misfit })
            })
            .collect()
    }
}

impl<T: Setting> Setting for BTreeMap<String, T> {
    fn kind() -> FieldKind {
        FieldKind::Map(Box::new(T::kind()))
    }

    fn empty() -> Self {
        BTreeMap::new()
    }

    fn read(node: Node) -> Result<Self, Misfit> {
        let Node::Map(nodes) = node else { return Err(other(&node)) };
        nodes
            .into_iter()
            .map(|(key, node)| match T::read(node) {
                Ok(value) => Ok((key, value)),
                Err(misfit) => Err(Misfit { path: format!(".{key}{}", misfit.path), ..misfit }),
            })
            .collect()
    }
}

impl<C: Config> BlockSetting for C {
    fn kind() -> FieldKind {
        FieldKind::Block(C::schema().clone())
    }

    fn read(node: Option<Node>, nested: &mut Nested<'_, '_>) -> Self {
        nested.read(node, None)
    }
}

impl<C: Config> BlockSetting for Option<C> {
    fn kind() -> FieldKind {
        FieldKind::Block(C::schema().clone())
    }

    fn read(node: Option<Node>, nested: &mut Nested<'_, '_>) -> Self {
        node.map(|node| nested.read(Some(node), None))
    }
}

impl<C: Config> BlockSetting for Vec<C> {
    fn kind() -> FieldKind {
        FieldKind::Blocks(C::schema().clone())
    }

    fn read(node: Option<Node>, nested: &mut Nested<'_, '_>) -> Self {
        let Some(Node::List(nodes)) = node else { return Vec::new() };
        nodes.into_iter().enumerate().map(|(index, node)| nested.read(Some(node), Some(index))).collect()
    }
}
