//! Helpers for tests of components: a directory with surroundings of its own, a machine that records and answers from a script,
//! what was told, a registry. For `[dev-dependencies]` only: it panics where a test should fail.

mod answers;
mod artifact;
mod hook;
mod machine;
mod options;
mod reach;
mod registry;
mod sandbox;
mod told;

pub use answers::Answers;
pub use artifact::FakeArtifact;
pub use hook::FakeHook;
pub use machine::{Answer, FakeMachine};
pub use options::{errors, findings, options};
pub use reach::Reach;
pub use registry::Registry;
pub use sandbox::Sandbox;
pub use told::Told;
