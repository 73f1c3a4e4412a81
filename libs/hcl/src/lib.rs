//! The HCL configuration language: lexer, recovering parser, JSON form, evaluator, decoder.

pub mod ast;
pub mod content;
pub mod json;
pub mod lexer;
mod parser;
pub mod statics;
pub mod walk;

pub use content::{AnyBody, AttrSchema, BlockSchema, BodySchema, Content, ContentBlock};
pub use parser::{parse_body, parse_expr, parse_template};
