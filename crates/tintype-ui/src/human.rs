//! The screen as people know it: `==> name: text`, a colour for each build, a summary at the end. Bytes are Packer's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use tintype_event::{Event, EventKind, Observer, Target};

use crate::sentence::{self, Voice, sentences};
use crate::writer::Out;

/// Colours of builds, in turn.
const CYCLE: [u8; 5] = [32, 36, 35, 33, 34];
/// Colour of errors.
const RED: u8 = 31;

/// How the screen looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HumanStyle {
    /// Colour codes in what builds say.
    pub color: bool,
    /// Colour codes in findings. For people at a terminal: Packer has none there.
    pub findings: bool,
    /// One line a build at the start that shows its colour. Packer prints them even when colours are switched off by the
    /// environment, but not when they are by a flag.
    pub header: bool,
    /// A time stamp in front of each message.
    pub timestamps: bool,
    /// Ways out below a build's error. For people at a terminal: scripts compare these lines.
    pub hints: bool,
}

/// For commands that build nothing: findings in colour, where they can be.
impl Default for HumanStyle {
    fn default() -> Self {
        Self { color: false, findings: true, header: false, timestamps: false, hints: false }
    }
}

/// Renders for people.
pub struct Human {
    out: Out,
    style: HumanStyle,
    colors: BTreeMap<Arc<str>, u8>,
}

impl Human {
    /// Renders to `out`.
    pub fn new(out: Out, style: HumanStyle) -> Self {
        Self { out, style, colors: BTreeMap::new() }
    }

    fn color_of(&self, build: &str) -> u8 {
        self.colors.get(build).copied().unwrap_or(CYCLE[0])
    }

    fn message(&self, at: SystemTime, color: u8, text: &[u8]) {
        let mut bytes = Vec::with_capacity(text.len() + 40);
        if self.style.color {
            bytes.extend_from_slice(format!("\x1b[1;{color}m").as_bytes());
        }
        if self.style.timestamps {
            bytes.extend_from_slice(stamp(at).as_bytes());
        }
        bytes.extend_from_slice(text);
        if self.style.color {
            bytes.extend_from_slice(b"\x1b[0m");
        }
        bytes.push(b'\n');
        self.out.write(&bytes);
    }

    fn hints(&self, kind: &EventKind) {
        if let (true, EventKind::BuildFinished { hints, .. }) = (self.style.hints, kind) {
            for hint in hints {
                self.line(&format!("    hint: {hint}"));
            }
        }
    }

    fn line(&self, text: &str) {
        self.out.write(format!("{text}\n").as_bytes());
    }
}

impl Observer for Human {
    fn notice(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted { builds } => {
                for (index, build) in builds.iter().enumerate() {
                    self.colors.insert(build.clone(), CYCLE[index % CYCLE.len()]);
                }
                if self.style.header {
                    let quiet = HumanStyle { timestamps: false, ..self.style };
                    let plain = Human { out: self.out.clone(), style: quiet, colors: BTreeMap::new() };
                    for build in builds {
                        let text = format!("{build}: output will be in this color.");
                        plain.message(event.at, self.color_of(build), text.as_bytes());
                    }
                    self.line("");
                }
            }
            EventKind::RunFinished { duration, interrupted, errors, artifacts } => {
                self.line(&sentence::waited(*duration));
                if *interrupted {
                    self.line(sentence::INTERRUPTED);
                    return;
                }
                if !errors.is_empty() {
                    self.line(sentence::ERRORS);
                    for (build, error) in errors {
                        self.line(&format!("--> {build}: {error}"));
                    }
                }
                if artifacts.is_empty() {
                    self.line(sentence::NO_ARTIFACTS);
                } else {
                    self.line(sentence::ARTIFACTS);
                    for (build, list) in artifacts {
                        for artifact in list {
                            self.line(&sentence::artifact_line(build, artifact.as_ref()));
                        }
                    }
                }
            }
            _ => {
                for sentence in sentences(event) {
                    let tint = |build: &str| if sentence.error { RED } else { self.color_of(build) };
                    match &sentence.voice {
                        Voice::Named(target) => {
                            self.message(event.at, tint(&target.build), &prefixed(target, &sentence.text));
                        }
                        Voice::Bare(build) => {
                            self.message(event.at, tint(build), &sentence.text);
                            self.hints(&event.kind);
                        }
                        Voice::Run if sentence.error && !matches!(event.kind, EventKind::Report(_)) => {
                            self.message(event.at, RED, &sentence.text);
                        }
                        Voice::Run => {
                            let mut bytes = match &event.kind {
                                EventKind::Report(report) if self.style.findings => {
                                    diag::paint(&report.text).into_bytes()
                                }
                                _ => sentence.text,
                            };
                            bytes.push(b'\n');
                            self.out.write(&bytes);
                        }
                    }
                }
            }
        }
    }
}

/// Every line behind `==> name: `; blanks at the very end are cut.
pub(crate) fn prefixed(target: &Target, text: &[u8]) -> Vec<u8> {
    let prefix = match &target.part {
        None => format!("==> {}: ", target.build),
        Some(part) => format!("==> {} ({part}): ", target.build),
    };
    let mut bytes = Vec::with_capacity(prefix.len() + text.len());
    for (index, line) in text.split(|&byte| byte == b'\n').enumerate() {
        if index > 0 {
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(prefix.as_bytes());
        bytes.extend_from_slice(line);
    }
    bytes.truncate(bytes.trim_ascii_end().len());
    bytes
}

fn stamp(at: SystemTime) -> String {
    match jiff::Timestamp::try_from(at) {
        Ok(time) => {
            let zoned = time.to_zoned(jiff::tz::TimeZone::system());
            let zone = if zoned.offset().is_zero() { "Z".into() } else { zoned.strftime("%:z").to_string() };
            format!("{}{zone}: ", zoned.strftime("%Y-%m-%dT%H:%M:%S"))
        }
        Err(_) => String::new(),
    }
}
