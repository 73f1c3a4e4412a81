//! Values and types of configuration languages: unknowns, marks, conversion, 512-bit numbers. Knows no syntax.
//!
//! [`Value`] is what an expression yields, [`Type`] what it is or shall be, [`Number`] the arithmetic. Everything else is a
//! function over them: [`convert`](convert()), [`unify`](unify()), the operators in [`ops`], texts in [`json`] and [`print`].

pub mod convert;
pub mod json;
mod marks;
pub mod number;
pub mod ops;
mod path;
pub mod print;
mod set;
mod ty;
mod unify;
mod value;

pub use convert::{ConvertError, convert};
pub use json::{JsonError, from_json, to_json};
pub use marks::{Mark, Marks};
pub use number::{NotANumber, Number};
pub use ops::OpError;
pub use path::{Path, Step};
pub use print::print;
pub use set::compare;
pub use ty::{ObjectType, Type};
pub use unify::unify;
pub use value::{Capsule, Value};

/// How deep texts that become values ([`from_json`] and its like) may nest. Every walk over a value is recursive; at this depth
/// the walk stays well within the stack of a worker thread.
pub const MAX_DEPTH: usize = 200;

#[cfg(test)]
mod tests;
