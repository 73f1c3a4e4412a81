//! The compiler: a template and its variables in, a [`Plan`](tintype_plan::Plan) out. Starts nothing itself: what it must know in the
//! middle of its work, a schema or the answer of a data source, it asks of a [`Catalog`](tintype_sdk::Catalog).
//!
//! [`kind_of`] tells which language a template is written in. [`AnyTemplate::load`] reads a template and assigns its variables,
//! [`AnyTemplate::initialise`] evaluates it, [`AnyTemplate::plan`] makes the plan. [`hcl`] and [`json`] have the languages, thing by
//! thing, and [`function_help`] says what its functions do; [`glob`] is what it says.

mod any;
mod fix;
mod glob;
mod hcl;
mod json;
mod kind;
mod os;
mod outside;
mod upgrade;
mod used;

pub use any::AnyTemplate;
pub use fix::{FIXERS, Fixer, NotATemplate, check_form, fix};
pub use glob::{Glob, Unreadable};
pub use hcl::{DataMode, FunctionHelp, LoadRequest, RequiredPlugin, Template, function_help, language_page};
pub use json::{JsonTemplate, Row};
pub use kind::{Kind, NoTemplate, kind_of};
pub use upgrade::{UpgradeRequest, Upgraded, upgrade};
pub use used::UsedComponents;
