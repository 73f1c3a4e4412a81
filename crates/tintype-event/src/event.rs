//! The things that can happen in a run. Data only: an event can be kept, sent and replayed.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Event {
    /// Position in the run, from 0, without gaps.
    pub seq: u64,
    /// When.
    pub at: SystemTime,
    /// Of whom it tells; nothing for the run as a whole.
    pub target: Option<Target>,
    /// What.
    pub kind: EventKind,
}

/// Of whom an event tells.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Target {
    /// The build's name, `docker.web`.
    pub build: Arc<str>,
    /// The post-processor's type, while one is at work: it is shown as `docker.web (docker-tag)`.
    pub part: Option<Arc<str>>,
}

impl Target {
    /// A build.
    pub fn build(name: impl Into<Arc<str>>) -> Self {
        Self { build: name.into(), part: None }
    }

    /// A post-processor of this build.
    pub fn part(&self, part: impl Into<Arc<str>>) -> Self {
        Self { build: self.build.clone(), part: Some(part.into()) }
    }
}

/// Which of the two streams a command wrote to.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What a progress counts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things: files, layers.
    Items,
}

/// Names one progress among those of a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ProgressId(pub u64);

/// A finding about a template, rendered and in parts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    /// Whether it is an error; else a warning.
    pub error: bool,
    /// Title.
    pub summary: String,
    /// Explanation.
    pub detail: String,
    /// The way out, when there is one.
    pub hint: Option<String>,
    /// File, line, column, end line, end column, all from 1.
    pub place: Option<(String, u32, u32, u32, u32)>,
    /// The whole as text for a terminal, with its excerpt.
    pub text: String,
}

/// What the end of a run shows of an artifact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ArtifactSummary {
    /// Id of what made it: `packer.file`.
    pub builder_id: String,
    /// Its own id.
    pub id: String,
    /// Its description; may have several lines.
    pub text: String,
    /// Its files.
    pub files: Vec<String>,
}

/// What happened.
#[derive(Clone, Debug)]
pub enum EventKind {
    /// Builds are about to start: their names, in order.
    RunStarted {
        /// Names of all builds.
        builds: Vec<Arc<str>>,
    },
    /// A build has started.
    BuildStarted,
    /// A step has started. Transparent builders tell their steps; a plugin's are unknown.
    StepStarted {
        /// The step's name.
        step: Arc<str>,
    },
    /// A step has ended.
    StepFinished {
        /// The step's name.
        step: Arc<str>,
        /// Whether it did what it should.
        ok: bool,
    },
    /// Text for the user.
    Say(String),
    /// Text about something that went wrong.
    Error(String),
    /// One line of a command's output, as bytes: commands need not speak UTF-8. Without the line end.
    Output {
        /// Where it was written.
        stream: Stream,
        /// The line.
        line: Vec<u8>,
    },
    /// Work of known or unknown size goes on. Sent often; renderers thin it out.
    Progress {
        /// Which one.
        id: ProgressId,
        /// What is being done, for people.
        label: Arc<str>,
        /// How much is done.
        done: u64,
        /// Of how much, when that is known.
        total: Option<u64>,
        /// Of what.
        unit: Unit,
    },
    /// That work has ended, well or not.
    ProgressEnded {
        /// Which one.
        id: ProgressId,
    },
    /// A line for `-machine-readable` readers alone.
    Machine {
        /// Its type, the third column.
        category: String,
        /// Its data, the columns from the fourth on.
        data: Vec<String>,
    },
    /// A line for the log, of a program that works for us. Renderers for people do not show it.
    Log {
        /// Which program: `packer-plugin-amazon`.
        source: Arc<str>,
        /// The line, without its end.
        line: String,
    },
    /// A finding about the template.
    Report(Box<Report>),
    /// A question is about to be asked on the terminal.
    Asked {
        /// The question.
        question: String,
    },
    /// A step's result came from the cache.
    StepCached {
        /// The step's address.
        step: String,
    },
    /// A step had to run.
    StepMissed {
        /// The step's address.
        step: String,
        /// What differed.
        why: String,
    },
    /// The machine's state was saved.
    CheckpointSaved {
        /// The step's address.
        step: String,
    },
    /// A saved state was restored.
    Restored {
        /// The step's address.
        step: String,
    },
    /// Something that outlives us was made.
    ResourceMade {
        /// Its kind: `docker-container`.
        kind: String,
        /// Its id.
        id: String,
    },
    /// It is gone again.
    ResourceGone {
        /// Its kind.
        kind: String,
        /// Its id.
        id: String,
    },
    /// An undo failed; the others still run.
    CleanupFailed {
        /// What was to be undone.
        what: String,
        /// Why it was not.
        error: String,
    },
    /// A build has ended.
    BuildFinished {
        /// How long it took.
        duration: Duration,
        /// Why it failed, when it did.
        error: Option<String>,
        /// Ways out of the error, a sentence each.
        hints: Vec<String>,
    },
    /// All builds have ended.
    RunFinished {
        /// How long the run took.
        duration: Duration,
        /// Whether the user interrupted it.
        interrupted: bool,
        /// The builds that failed, with their errors.
        errors: Vec<(Arc<str>, String)>,
        /// The artifacts of the builds that did not, `None` for a builder that made nothing.
        artifacts: Vec<(Arc<str>, Vec<Option<ArtifactSummary>>)>,
    },
}
