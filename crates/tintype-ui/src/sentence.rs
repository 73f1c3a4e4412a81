//! What an event says in words, the same for people and for scripts that read the words. Layout, colour and columns are the
//! renderers' affair.

use std::sync::Arc;

use tintype_event::{ArtifactSummary, Event, EventKind, Stream, Target};

use crate::spell;

/// One message.
pub(crate) struct Sentence {
    /// Whether it is about something that went wrong.
    pub error: bool,
    /// The build whose colour it has, and whether it begins with that build's name.
    pub voice: Voice,
    /// The text, without prefix, without a line end behind it.
    pub text: Vec<u8>,
}

/// Who speaks.
pub(crate) enum Voice {
    /// A build or its post-processor, every line behind its name.
    Named(Target),
    /// A build, without a prefix.
    Bare(Arc<str>),
    /// The run: no colour, no time stamp.
    Run,
}

impl Sentence {
    fn run(error: bool, text: String) -> Self {
        Self { error, voice: Voice::Run, text: text.into_bytes() }
    }
}

/// The messages of an event. `RunFinished` is not among them: its parts are asked for one by one.
pub(crate) fn sentences(event: &Event) -> Vec<Sentence> {
    let speak = |error: bool, text: &[u8]| {
        let voice = event.target.clone().map_or(Voice::Run, Voice::Named);
        vec![Sentence { error, voice, text: text.to_vec() }]
    };
    match &event.kind {
        EventKind::Say(text) => speak(false, text.as_bytes()),
        EventKind::Error(text) => speak(true, text.as_bytes()),
        EventKind::Output { stream, line } => speak(*stream == Stream::Stderr, line),
        EventKind::Report(report) => vec![Sentence::run(report.error, report.text.clone())],
        EventKind::CleanupFailed { what, error } => {
            speak(true, format!("Error cleaning up {what}: {error}").as_bytes())
        }
        EventKind::BuildFinished { duration, error, .. } => {
            let Some(target) = &event.target else { return Vec::new() };
            let (name, time) = (&target.build, spell(*duration));
            let text = match error {
                None => format!("Build '{name}' finished after {time}."),
                Some(error) => format!("Build '{name}' errored after {time}: {error}"),
            };
            let voice = Voice::Bare(name.clone());
            vec![Sentence { error: error.is_some(), voice, text: text.into_bytes() }]
        }
        EventKind::RunStarted { .. }
        | EventKind::BuildStarted
        | EventKind::StepStarted { .. }
        | EventKind::StepFinished { .. }
        | EventKind::Progress { .. }
        | EventKind::ProgressEnded { .. }
        | EventKind::Machine { .. }
        | EventKind::Log { .. }
        | EventKind::Asked { .. }
        | EventKind::StepCached { .. }
        | EventKind::StepMissed { .. }
        | EventKind::CheckpointSaved { .. }
        | EventKind::Restored { .. }
        | EventKind::ResourceMade { .. }
        | EventKind::ResourceGone { .. }
        | EventKind::RunFinished { .. } => Vec::new(),
    }
}

pub(crate) fn waited(duration: std::time::Duration) -> String {
    format!("\n==> Wait completed after {}", spell(duration))
}

pub(crate) const INTERRUPTED: &str = "Cleanly cancelled builds after being interrupted.";
pub(crate) const ERRORS: &str = "\n==> Some builds didn't complete successfully and had errors:";
pub(crate) const ARTIFACTS: &str = "\n==> Builds finished. The artifacts of successful builds are:";
pub(crate) const NO_ARTIFACTS: &str = "\n==> Builds finished but no artifacts were created.";

pub(crate) fn artifact_line(build: &str, artifact: Option<&ArtifactSummary>) -> String {
    format!("--> {build}: {}", artifact.map_or("<nothing>", |artifact| artifact.text.as_str()))
}
