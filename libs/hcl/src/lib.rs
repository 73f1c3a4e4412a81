//! The HCL configuration language: lexer, recovering parser, JSON form, evaluator, decoder.
//!
//! ```
//! use cty::{Type, Value};
//! use diag::{SourceMap, render_all};
//! use hcl::{Function, Scope, Spec, decode, parse_body};
//!
//! let text = "name = upper(\"${who}\")\nport { number = \"80\" }";
//! let sources = SourceMap::new();
//! let (body, mut findings) = parse_body(text, sources.add("a.hcl", text));
//!
//! let spec = Spec::object([
//!     ("name", Spec::required("name", Type::String)),
//!     ("ports", Spec::block_list("port", Spec::attr("number", Type::Number))),
//! ]);
//! let upper = Function::new("upper", Type::String, |args, _| {
//!     Ok(Value::string(args[0].as_str().unwrap_or_default().to_uppercase()))
//! });
//! let scope = Scope::new()
//!     .with_variable("who", Value::string("me"))
//!     .with_functions([upper.param("text", Type::String)].into_iter().collect());
//!
//! let (value, places, more) = decode(&body.into(), &spec, &scope);
//! findings.extend(more);
//! assert!(findings.is_empty(), "{}", render_all(&findings, &sources));
//! assert_eq!(cty::to_json(&value).unwrap(), r#"{"name":"ME","ports":[80]}"#);
//! ```
//!
//! A single expression: [`parse_expr`], then [`evaluate`](ast::Expr::evaluate). The program in `examples/hcldec` uses nearly everything.

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
pub use parser::{MAX_DEPTH, parse_body, parse_body_with, parse_expr, parse_template};
pub use spec::Spec;
