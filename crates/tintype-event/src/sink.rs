//! The one door through which events leave: numbers them, hides secrets, hands them to every observer.
//!
//! Observers are called at once, by whoever sends. A queue with a consumer task was the road not taken: it either grows without
//! bound while a command floods, or makes `say` something to await; a slow terminal slowing the sender is what a pipe does, too.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use crate::{Event, EventKind, ProgressId, Secrets, Target};

/// Somebody who is told every event, in order.
pub trait Observer: Send {
    /// Takes notice of an event. Must not send events itself.
    fn notice(&mut self, event: &Event);
}

/// Where events go. Clones share observers, secrets and numbers.
#[derive(Clone)]
pub struct EventSink {
    inner: Arc<Inner>,
}

struct Inner {
    secrets: Secrets,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seq: u64,
    progress: u64,
    observers: Vec<Box<dyn Observer>>,
}

impl std::fmt::Debug for EventSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EventSink")
    }
}

impl EventSink {
    /// A sink with these observers, hiding these secrets.
    pub fn new(secrets: Secrets, observers: Vec<Box<dyn Observer>>) -> Self {
        Self {
            inner: Arc::new(Inner { secrets, state: Mutex::new(State { observers, ..State::default() }) }),
        }
    }

    /// A sink that nobody watches.
    pub fn silent() -> Self {
        Self::new(Secrets::default(), Vec::new())
    }

    /// What is hidden.
    pub fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// Tells every observer, secrets hidden.
    pub fn send(&self, target: Option<&Target>, mut kind: EventKind) {
        let mut target = target.cloned();
        if !self.inner.secrets.is_empty() {
            scrub(&mut kind, &self.inner.secrets);
            if let Some(target) = &mut target {
                scrub_name(&mut target.build, &self.inner.secrets);
            }
        }
        let mut state = self.inner.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let event = Event { seq: state.seq, at: SystemTime::now(), target, kind };
        state.seq += 1;
        for observer in &mut state.observers {
            observer.notice(&event);
        }
    }

    /// A fresh name for a progress.
    pub fn progress_id(&self) -> ProgressId {
        let mut state = self.inner.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        state.progress += 1;
        ProgressId(state.progress)
    }
}

/// The same for a name that many share: it is copied only if something in it is hidden.
fn scrub_name(name: &mut Arc<str>, secrets: &Secrets) {
    let mut text = name.to_string();
    secrets.scrub(&mut text);
    if *text != **name {
        *name = text.into();
    }
}

fn scrub(kind: &mut EventKind, secrets: &Secrets) {
    match kind {
        EventKind::Say(text)
        | EventKind::Error(text)
        | EventKind::Asked { question: text }
        | EventKind::StepCached { step: text }
        | EventKind::CheckpointSaved { step: text }
        | EventKind::Restored { step: text } => secrets.scrub(text),
        EventKind::Output { line, .. } => secrets.scrub_bytes(line),
        EventKind::Progress { label, .. } => {
            scrub_name(label, secrets);
        }
        EventKind::Machine { data, .. } => data.iter_mut().for_each(|text| secrets.scrub(text)),
        EventKind::Report(report) => {
            secrets.scrub(&mut report.summary);
            secrets.scrub(&mut report.detail);
            secrets.scrub(&mut report.text);
            if let Some(hint) = &mut report.hint {
                secrets.scrub(hint);
            }
        }
        EventKind::Log { line, .. } => secrets.scrub(line),
        EventKind::StepMissed { step, why } => {
            secrets.scrub(step);
            secrets.scrub(why);
        }
        EventKind::ResourceMade { id, .. } | EventKind::ResourceGone { id, .. } => secrets.scrub(id),
        EventKind::CleanupFailed { what, error } => {
            secrets.scrub(what);
            secrets.scrub(error);
        }
        EventKind::BuildFinished { error, hints, .. } => {
            error.iter_mut().chain(hints).for_each(|text| secrets.scrub(text));
        }
        EventKind::RunFinished { errors, artifacts, .. } => {
            for (build, error) in errors {
                scrub_name(build, secrets);
                secrets.scrub(error);
            }
            artifacts.iter_mut().for_each(|(build, _)| scrub_name(build, secrets));
            for artifact in artifacts.iter_mut().flat_map(|(_, list)| list).flatten() {
                secrets.scrub(&mut artifact.id);
                secrets.scrub(&mut artifact.text);
                artifact.files.iter_mut().for_each(|file| secrets.scrub(file));
            }
        }
        // A legacy template may name a build after a variable.
        EventKind::RunStarted { builds } => builds.iter_mut().for_each(|build| scrub_name(build, secrets)),
        EventKind::BuildStarted
        | EventKind::StepStarted { .. }
        | EventKind::StepFinished { .. }
        | EventKind::ProgressEnded { .. } => {}
    }
}
