//! Runs a plan: prepares components, runs builds in parallel, provisions, post-processes, undoes. Cannot tell a built-in component from
//! a plugin, and knows no template language.

mod build;
mod post;
mod prepare;
mod provision;
mod run;
mod vars;

pub use prepare::{Ready, ReadyBuild, prepare};
pub use run::{RunOptions, Summary, run};

#[cfg(test)]
mod tests;
