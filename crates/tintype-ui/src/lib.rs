//! Renders events: human, machine-readable, JSON lines, live progress. The only crate that prints.
