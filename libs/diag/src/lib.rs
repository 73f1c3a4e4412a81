//! Spans, sources and diagnostics: what went wrong, where, and the way out. How it looks is [`render`]'s part;
//! what is wrong is for the callers to say. Knows nothing of HCL or of Packer.

mod diagnostic;
mod paint;
mod render;
mod source;
mod span;
mod suggest;

pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use paint::paint;
pub use render::{render, render_all, render_beside};
pub use source::{SourceMap, SourceText};
pub use span::{FileId, Pos, Span};
pub use suggest::did_you_mean;

#[cfg(test)]
mod tests;
