//! JSON texts of values. Objects and tuples come out of it, anything known goes into it; numbers are exact both ways.

mod decode;
mod encode;

pub use decode::{JsonError, from_json};
pub use encode::{JsonEncodeError, quote, to_json};
