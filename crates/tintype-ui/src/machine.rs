//! `-machine-readable`: a line for each message, `seconds,target,type,data…`. Bytes are Packer's.

use std::time::{SystemTime, UNIX_EPOCH};

use tintype_event::{ArtifactSummary, Event, EventKind, Observer};

use crate::human::prefixed;
use crate::sentence::{self, Voice, sentences};
use crate::writer::Out;

/// Renders for scripts.
pub struct Machine {
    out: Out,
}

impl Machine {
    /// Renders to `out`.
    pub fn new(out: Out) -> Self {
        Self { out }
    }

    fn row(&self, at: SystemTime, target: &str, category: &str, data: &[&[u8]]) {
        let seconds = at.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let mut bytes = format!("{seconds},{target},{category}").into_bytes();
        for datum in data {
            bytes.push(b',');
            escape(datum, &mut bytes);
        }
        bytes.push(b'\n');
        self.out.write(&bytes);
    }

    fn ui(&self, at: SystemTime, error: bool, text: &[u8]) {
        self.row(at, "", "ui", &[if error { b"error" } else { b"say" }, text]);
    }

    fn artifact(&self, at: SystemTime, build: &str, index: usize, artifact: Option<&ArtifactSummary>) {
        let number = index.to_string();
        let row = |data: &[&[u8]]| {
            let mut all = vec![number.as_bytes()];
            all.extend_from_slice(data);
            self.row(at, build, "artifact", &all);
        };
        match artifact {
            None => row(&[b"nil"]),
            Some(artifact) => {
                row(&[b"builder-id", artifact.builder_id.as_bytes()]);
                row(&[b"id", artifact.id.as_bytes()]);
                row(&[b"string", artifact.text.as_bytes()]);
                row(&[b"files-count", artifact.files.len().to_string().as_bytes()]);
                for (position, file) in artifact.files.iter().enumerate() {
                    row(&[b"file", position.to_string().as_bytes(), file.as_bytes()]);
                }
            }
        }
        row(&[b"end"]);
    }
}

impl Observer for Machine {
    fn notice(&mut self, event: &Event) {
        let at = event.at;
        match &event.kind {
            EventKind::Machine { category, data } => {
                let target = event.target.as_ref().map_or("", |target| &*target.build);
                let data: Vec<&[u8]> = data.iter().map(|datum| datum.as_bytes()).collect();
                self.row(at, target, category, &data);
            }
            EventKind::RunFinished { duration, interrupted, errors, artifacts } => {
                self.ui(at, false, sentence::waited(*duration).as_bytes());
                if *interrupted {
                    self.ui(at, false, sentence::INTERRUPTED.as_bytes());
                    return;
                }
                if !errors.is_empty() {
                    self.row(at, "", "error-count", &[errors.len().to_string().as_bytes()]);
                    self.ui(at, true, sentence::ERRORS.as_bytes());
                    for (build, error) in errors {
                        self.row(at, build, "error", &[error.as_bytes()]);
                        self.ui(at, true, format!("--> {build}: {error}").as_bytes());
                    }
                }
                if artifacts.is_empty() {
                    self.ui(at, false, sentence::NO_ARTIFACTS.as_bytes());
                } else {
                    self.ui(at, false, sentence::ARTIFACTS.as_bytes());
                    for (build, list) in artifacts {
                        self.row(at, build, "artifact-count", &[list.len().to_string().as_bytes()]);
                        for (index, artifact) in list.iter().enumerate() {
                            self.artifact(at, build, index, artifact.as_ref());
                            let line = sentence::artifact_line(build, artifact.as_ref());
                            self.ui(at, false, line.as_bytes());
                        }
                    }
                }
            }
            _ => {
                for sentence in sentences(event) {
                    match &sentence.voice {
                        Voice::Named(target) => {
                            self.ui(at, sentence.error, &prefixed(target, &sentence.text))
                        }
                        Voice::Bare(_) | Voice::Run => self.ui(at, sentence.error, &sentence.text),
                    }
                }
            }
        }
    }
}

/// Commas and line ends would break the columns; nothing else is touched.
fn escape(datum: &[u8], to: &mut Vec<u8>) {
    for &byte in datum {
        match byte {
            b',' => to.extend_from_slice(b"%!(PACKER_COMMA)"),
            b'\r' => to.extend_from_slice(b"\\r"),
            b'\n' => to.extend_from_slice(b"\\n"),
            byte => to.push(byte),
        }
    }
}
