//! One struct is the whole truth about a component's options: `#[derive(Config)]` gives its [`Schema`], its decoder and its
//! reference page. Here is what the derived code calls and what is a function over `Schema`: lenient conversions, checks with
//! every mistake at once, Markdown, JSON Schema, `describe`. Where values come from (HCL, JSON, a wire) and how `{{ … }}` is
//! rendered is left to others: values arrive as [`ConfigValue`], rendering as [`Interpolate`].

mod check;
mod config;
mod describe;
mod duration;
mod json_schema;
mod markdown;
mod node;
mod places;
mod reader;
mod schema;
mod setting;
mod shape;

pub use check::{At, Check, Noted};
pub use config::{Config, ConfigValue, Decoded, Interpolate, Verbatim};
pub use describe::describe_option;
pub use duration::{GoDuration, ParseDurationError};
pub use json_schema::to_json_schema;
pub use markdown::to_markdown;
pub use places::Places;
pub use reader::Reader;
pub use schema::{Field, FieldKind, KeyRole, Schema};
pub use setting::{BlockSetting, Misfit, Setting};
pub use tintype_macros::Config;

pub use node::Node;

// The derived code names this crate; its tests live inside it.
#[cfg(test)]
extern crate self as tintype_schema;

#[cfg(test)]
mod tests;
