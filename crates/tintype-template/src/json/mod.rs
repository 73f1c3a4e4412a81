//! Legacy JSON templates. [`template`] takes one from its text to a plan; each other file knows one kind of thing in it. The language of
//! `{{ }}` and its functions are `tintype_sdk::Interpolation`'s.

pub(crate) mod check;
mod deferred;
pub(crate) mod document;
pub(crate) mod file;
mod inspect;
mod lower;
mod options;
mod part;
pub(crate) mod reader;
mod template;
pub(crate) mod variables;

pub use inspect::Row;
pub use template::JsonTemplate;
