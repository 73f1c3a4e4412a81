//! Which renderers watch a run, and who can be asked: decided once from flags and environment.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use diag::{Diagnostic, Diagnostics, SourceMap};
use tintype_event::{EventKind, EventSink, Observer, Report, Secrets, Target};
use tintype_sdk::{Asker, NoAnswer, World};
use tintype_ui::{Human, HumanStyle, Json, Log, Machine, Out, Progress, Terminal};

/// The form of the output.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// For people.
    Human(HumanStyle),
    /// `-machine-readable`.
    Machine,
    /// `-json`.
    Json,
}

/// The screen of a run.
pub struct Screen {
    /// Where events go.
    pub events: EventSink,
    /// Who can be asked.
    pub asker: Arc<dyn Asker>,
    /// Whether the few lines that Packer has in colour without being asked for it are so.
    tinted: bool,
}

/// More findings at once are not shown: nobody reads them, and a file of rubbish has millions.
const MOST_FINDINGS: usize = 1000;

/// Bold cyan.
const TINT: &str = "\x1b[1;36m";

impl Screen {
    /// Standard output in this form, with the log that the environment asks for. `live` shows progress if both output streams are
    /// terminals.
    pub fn new(form: Form, live: bool, world: &World) -> Self {
        let out = Out::stdout();
        let mut observers: Vec<Box<dyn Observer>> = logs(world);
        let asker: Arc<dyn Asker> = match form {
            Form::Human(style) => {
                let style = HumanStyle { findings: style.findings && in_color(world), ..style };
                observers.push(Box::new(Human::new(out.clone(), style)));
                if live && std::io::stdout().is_terminal() && std::io::stderr().is_terminal() {
                    observers.push(Box::new(Progress::new(&out)));
                }
                Arc::new(AtTerminal { out, one_at_a_time: Arc::new(Mutex::new(())) })
            }
            Form::Machine => {
                observers.push(Box::new(Machine::new(out)));
                Arc::new(Unasked)
            }
            Form::Json => {
                observers.push(Box::new(Json::new(out)));
                Arc::new(Unasked)
            }
        };
        let tinted = matches!(form, Form::Human(_)) && !set(world, "PACKER_NO_COLOR");
        Self { events: EventSink::new(Secrets::default(), observers), asker, tinted }
    }

    /// Shows a line.
    pub fn say(&self, text: impl Into<String>) {
        self.events.send(None, EventKind::Say(text.into()));
    }

    /// Shows a line that stands out, wherever the output goes.
    pub fn say_tinted(&self, text: &str) {
        self.say(if self.tinted { format!("{TINT}{text}\x1b[0m") } else { text.to_owned() });
    }

    /// Shows an error that is about no template: one line, no colour.
    pub fn fail(&self, text: impl Into<String>) {
        let text = text.into();
        let report = Report {
            error: true,
            summary: text.clone(),
            detail: String::new(),
            hint: None,
            place: None,
            text,
        };
        self.events.send(None, EventKind::Report(Box::new(report)));
    }

    /// Shows findings.
    pub fn report(&self, findings: &Diagnostics, sources: &SourceMap) {
        let show =
            |finding| self.events.send(None, EventKind::Report(Box::new(self.as_report(finding, sources))));
        findings.iter().take(MOST_FINDINGS).for_each(show);
        let rest = findings.0.get(MOST_FINDINGS..).unwrap_or_default();
        if !rest.is_empty() {
            let title = format!("{} more findings", rest.len());
            let new =
                if rest.iter().any(Diagnostic::is_error) { Diagnostic::error } else { Diagnostic::warning };
            show(&new(title).detail("They are not shown: mend some of those above first."));
        }
    }

    fn as_report(&self, finding: &Diagnostic, sources: &SourceMap) -> Report {
        let place = finding.subject.and_then(|span| {
            let source = sources.get(span.file)?;
            let (start, end) = sources.positions(span)?;
            Some((source.name.to_string(), start.line, start.column, end.line, end.column))
        });
        // Secrets are taken out of the text later on, and what stands for one is not as long as it is.
        let shown = |line: &str| {
            let mut line = line.to_owned();
            self.events.secrets().scrub(&mut line);
            line
        };
        Report {
            error: finding.is_error(),
            summary: finding.summary.clone(),
            detail: finding.detail.clone(),
            hint: finding.hint.clone(),
            place,
            text: diag::render_beside(finding, sources, &shown),
        }
    }
}

/// Whether colours that Packer does not have may be shown: to a person at a terminal who did not ask for none.
pub fn in_color(world: &World) -> bool {
    std::io::stdout().is_terminal()
        && !set(world, "NO_COLOR")
        && !set(world, "PACKER_NO_COLOR")
        && world.env("TERM") != Some("dumb")
}

fn set(world: &World, name: &str) -> bool {
    world.env(name).is_some_and(|value| !value.is_empty())
}

fn logs(world: &World) -> Vec<Box<dyn Observer>> {
    let mut logs: Vec<Box<dyn Observer>> = Vec::new();
    let begin = |log: &Log| {
        let os = std::env::consts::OS;
        log.line(std::time::SystemTime::now(), &format!("Tintype {} on {os}", env!("CARGO_PKG_VERSION")));
    };
    if let Some(path) = world.env("PACKER_LOG_PATH").filter(|path| !path.is_empty()) {
        match std::fs::File::create(world.path(path)) {
            Ok(file) => {
                let log = Log::complete(Out::new(Box::new(file)));
                begin(&log);
                logs.push(Box::new(log));
            }
            Err(error) => Out::stderr().write(format!("Couldn't open log file {path}: {error}\n").as_bytes()),
        }
    } else if world.env("PACKER_LOG").is_some_and(|value| !value.is_empty() && value != "0") {
        let log = Log::beside_screen(Out::stderr());
        begin(&log);
        logs.push(Box::new(log));
    }
    logs
}

/// Asks at the terminal of the process.
struct AtTerminal {
    out: Out,
    one_at_a_time: Arc<Mutex<()>>,
}

#[async_trait]
impl Asker for AtTerminal {
    async fn ask(&self, target: Option<&Target>, question: &str) -> Result<String, NoAnswer> {
        let (out, turn) = (self.out.clone(), self.one_at_a_time.clone());
        let (target, question) = (target.cloned(), question.to_string());
        let answer = tokio::task::spawn_blocking(move || {
            let _turn = turn.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let mut terminal = Terminal::open().ok_or(NoAnswer::NoTerminal)?;
            terminal.ask(&out, target.as_ref(), &question).map_err(|_| NoAnswer::Interrupted)
        });
        answer.await.unwrap_or(Err(NoAnswer::Interrupted))
    }
}

/// Nobody can be asked: a program reads the output.
struct Unasked;

#[async_trait]
impl Asker for Unasked {
    async fn ask(&self, _: Option<&Target>, _: &str) -> Result<String, NoAnswer> {
        Err(NoAnswer::MachineReadable)
    }
}
