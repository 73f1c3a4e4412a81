//! The HCL configuration language: lexer, recovering parser, JSON form, evaluator, decoder.

pub mod ast;
pub mod content;
pub mod decode;
pub mod dynblock;
pub mod eval;
pub mod fmt;
pub mod function;
pub mod json;
pub mod lexer;
mod parser;
pub mod spec;
mod stack;
pub mod statics;
pub mod walk;

pub use content::{AnyBody, AttrSchema, BlockSchema, BodySchema, Content, ContentBlock};
pub use decode::{SpanMap, decode, variables};
pub use dynblock::expand;
pub use eval::{Optional, Scope, type_expr};
pub use function::{Function, FunctionError, FunctionTable};
pub use lexer::is_identifier;
pub use parser::{MAX_DEPTH, parse_body, parse_expr, parse_template};
pub use spec::Spec;
