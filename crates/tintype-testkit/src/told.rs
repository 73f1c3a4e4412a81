//! What a run told, kept for a test to look at.

use std::sync::{Arc, Mutex};

use tintype_event::{Event, EventKind, Observer, Stream};

/// Keeps every event. Clones share them.
#[derive(Clone, Default, Debug)]
pub struct Told(Arc<Mutex<Vec<Event>>>);

impl Observer for Told {
    fn notice(&mut self, event: &Event) {
        self.0.lock().expect("no test thread panicked").push(event.clone());
    }
}

impl Told {
    /// All events so far.
    pub fn events(&self) -> Vec<Event> {
        self.0.lock().expect("no test thread panicked").clone()
    }

    /// What a screen would show, one text an event: what is said as it is, errors after `error: `, a command's output after `out: `
    /// or `err: `.
    pub fn lines(&self) -> Vec<String> {
        self.events()
            .into_iter()
            .filter_map(|event| match event.kind {
                EventKind::Say(text) => Some(text),
                EventKind::Error(text) => Some(format!("error: {text}")),
                EventKind::Output { stream, line } => {
                    let from = if stream == Stream::Stdout { "out" } else { "err" };
                    Some(format!("{from}: {}", String::from_utf8_lossy(&line)))
                }
                EventKind::CleanupFailed { what, error } => Some(format!("cleanup failed: {what}: {error}")),
                _ => None,
            })
            .collect()
    }

    /// The names of the steps that were started, in order.
    pub fn steps(&self) -> Vec<String> {
        self.events()
            .into_iter()
            .filter_map(|event| match event.kind {
                EventKind::StepStarted { step } => Some(step.to_string()),
                _ => None,
            })
            .collect()
    }
}
