//! `-json`: every event as a JSON object on a line of its own. The form is versioned; `docs/events.schema.json` describes it.

use std::time::Duration;

use serde_json::{Map, Value, json};
use tintype_event::{Event, EventKind, Observer, Stream, Unit};

use crate::writer::Out;

/// The schema of a line, for `docs/events.schema.json`.
pub const SCHEMA: &str = include_str!("events.schema.json");

/// Version of the form. Raised when a field changes its meaning or goes; new fields and types do not count.
const VERSION: u32 = 1;

/// Renders as JSON lines.
pub struct Json {
    out: Out,
}

impl Json {
    /// Renders to `out`.
    pub fn new(out: Out) -> Self {
        Self { out }
    }
}

impl Observer for Json {
    fn notice(&mut self, event: &Event) {
        let mut line = Map::new();
        line.insert("v".into(), VERSION.into());
        line.insert("seq".into(), event.seq.into());
        if let Ok(time) = jiff::Timestamp::try_from(event.at) {
            line.insert("time".into(), format!("{time:.6}").into());
        }
        if let Some(target) = &event.target {
            line.insert("build".into(), (*target.build).into());
            if let Some(part) = &target.part {
                line.insert("part".into(), (**part).into());
            }
        }
        let (kind, fields) = fields(&event.kind);
        line.insert("type".into(), kind.into());
        if let Value::Object(fields) = fields {
            line.extend(fields);
        }
        self.out.write(format!("{}\n", Value::Object(line)).as_bytes());
    }
}

fn seconds(duration: &Duration) -> f64 {
    duration.as_secs_f64()
}

fn fields(kind: &EventKind) -> (&'static str, Value) {
    match kind {
        EventKind::RunStarted { builds } => {
            ("run_started", json!({"builds": builds.iter().map(|b| &**b).collect::<Vec<_>>()}))
        }
        EventKind::BuildStarted => ("build_started", json!({})),
        EventKind::StepStarted { step } => ("step_started", json!({"step": &**step})),
        EventKind::StepFinished { step, ok } => ("step_finished", json!({"step": &**step, "ok": ok})),
        EventKind::Say(text) => ("say", json!({"text": text})),
        EventKind::Error(text) => ("error", json!({"text": text})),
        EventKind::Output { stream, line } => (
            "output",
            json!({
                "stream": if *stream == Stream::Stdout { "stdout" } else { "stderr" },
                "line": String::from_utf8_lossy(line),
            }),
        ),
        EventKind::Progress { id, label, done, total, unit } => (
            "progress",
            json!({
                "id": id.0, "label": &**label, "done": done, "total": total,
                "unit": if *unit == Unit::Bytes { "bytes" } else { "items" },
            }),
        ),
        EventKind::ProgressEnded { id } => ("progress_ended", json!({"id": id.0})),
        EventKind::Machine { category, data } => ("machine", json!({"category": category, "data": data})),
        EventKind::Report(report) => (
            "diagnostic",
            json!({
                "severity": if report.error { "error" } else { "warning" },
                "summary": report.summary, "detail": report.detail, "hint": report.hint,
                "range": report.place.as_ref().map(|(file, line, column, end_line, end_column)| json!({
                    "file": file, "line": line, "column": column, "end_line": end_line, "end_column": end_column,
                })),
            }),
        ),
        EventKind::Log { source, line } => ("log", json!({"source": &**source, "line": line})),
        EventKind::Asked { question } => ("asked", json!({"question": question})),
        EventKind::StepCached { step } => ("step_cached", json!({"step": step})),
        EventKind::StepMissed { step, why } => ("step_missed", json!({"step": step, "why": why})),
        EventKind::CheckpointSaved { step } => ("checkpoint_saved", json!({"step": step})),
        EventKind::Restored { step } => ("restored", json!({"step": step})),
        EventKind::ResourceMade { kind, id } => ("resource_made", json!({"kind": kind, "id": id})),
        EventKind::ResourceGone { kind, id } => ("resource_gone", json!({"kind": kind, "id": id})),
        EventKind::CleanupFailed { what, error } => ("cleanup_failed", json!({"what": what, "error": error})),
        EventKind::BuildFinished { duration, error, hints } => {
            ("build_finished", json!({"seconds": seconds(duration), "error": error, "hints": hints}))
        }
        EventKind::RunFinished { duration, interrupted, errors, artifacts } => (
            "run_finished",
            json!({
                "seconds": seconds(duration),
                "interrupted": interrupted,
                "errors": errors.iter().map(|(build, error)| json!({"build": &**build, "error": error})).collect::<Vec<_>>(),
                "artifacts": artifacts.iter().flat_map(|(build, list)| list.iter().flatten().map(move |artifact| json!({
                    "build": &**build, "builder_id": artifact.builder_id, "id": artifact.id,
                    "text": artifact.text, "files": artifact.files,
                }))).collect::<Vec<_>>(),
            }),
        ),
    }
}
