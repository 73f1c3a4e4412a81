//! What a run tells: events, the one door they go through, and the secrets that door hides. How an event looks on a screen is
//! `tintype-ui`'s part.

mod event;
mod secret;
mod sink;

pub use event::{ArtifactSummary, Event, EventKind, ProgressId, Report, Stream, Target, Unit};
pub use secret::Secrets;
pub use sink::{EventSink, Observer};

#[cfg(test)]
mod tests;
