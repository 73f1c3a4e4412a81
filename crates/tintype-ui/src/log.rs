//! The log that `PACKER_LOG` asks for: a dated line for what happens beside what the screen shows.

use std::time::SystemTime;

use tintype_event::{Event, EventKind, Observer};

use crate::sentence::sentences;
use crate::writer::Out;

/// Writes a log.
pub struct Log {
    out: Out,
    /// Whether lines that repeat the screen are written, too: to a file they are.
    echo: bool,
}

impl Log {
    /// Logs to a stream that a person watches beside the screen.
    pub fn beside_screen(out: Out) -> Self {
        Self { out, echo: false }
    }

    /// Logs everything.
    pub fn complete(out: Out) -> Self {
        Self { out, echo: true }
    }

    /// Writes one line of its own.
    pub fn line(&self, at: SystemTime, text: &str) {
        let stamp = jiff::Timestamp::try_from(at).map_or_else(
            |_| String::new(),
            |time| time.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y/%m/%d %H:%M:%S ").to_string(),
        );
        self.out.write(format!("{stamp}{text}\n").as_bytes());
    }
}

impl Observer for Log {
    fn notice(&mut self, event: &Event) {
        let who = match &event.target {
            None => String::new(),
            Some(target) => format!("[{}] ", target.build),
        };
        let text = match &event.kind {
            EventKind::RunStarted { builds } => format!("run started: {} build(s)", builds.len()),
            EventKind::BuildStarted => "build started".into(),
            EventKind::StepStarted { step } => format!("step {step} started"),
            EventKind::StepFinished { step, ok } => {
                format!("step {step} {}", if *ok { "done" } else { "failed" })
            }
            EventKind::ResourceMade { kind, id } => format!("made {kind} {id}"),
            EventKind::ResourceGone { kind, id } => format!("removed {kind} {id}"),
            EventKind::CleanupFailed { what, error } => format!("cleanup of {what} failed: {error}"),
            EventKind::Asked { question } => format!("asked: {question}"),
            EventKind::RunFinished { .. } => "run finished".into(),
            EventKind::Log { source, line } => format!("{source} plugin: {line}"),
            _ if self.echo => {
                for sentence in sentences(event) {
                    let label = if sentence.error { "ui error" } else { "ui" };
                    let text = String::from_utf8_lossy(&sentence.text).into_owned();
                    self.line(event.at, &format!("{label}: {who}{text}"));
                }
                return;
            }
            _ => return,
        };
        self.line(event.at, &format!("{who}{text}"));
    }
}
