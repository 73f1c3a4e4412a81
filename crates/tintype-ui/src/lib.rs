//! Renders events: for people, for scripts (`-machine-readable`), as JSON lines, as live progress, as a log. The only crate that
//! prints. Depends on events alone, so that a recorded run looks like a live one.

mod duration;
mod human;
mod json;
mod log;
mod machine;
mod progress;
mod prompt;
mod sentence;
mod terminal;
mod writer;

pub use duration::spell;
pub use human::{Human, HumanStyle};
pub use json::{Json, SCHEMA as JSON_SCHEMA};
pub use log::Log;
pub use machine::Machine;
pub use progress::Progress;
pub use prompt::Prompt;
pub use terminal::{Terminal, TerminalError};
pub use writer::{Out, Sink};

#[cfg(test)]
mod tests;
