//! The screen. Lines are told in the order in which they arrive, before the next call is read; questions and everything else wait beside.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use gorpc::{Answer, Call, Value};
use tintype_event::{EventKind, Stream, Unit};
use tintype_sdk::{Cx, Progress};

/// How much may be in progress at a time; more is not shown.
const MOST_PROGRESS: usize = 256;

/// Shows what the other side tells.
pub(crate) struct UiServer {
    cx: Cx,
    progress: Mutex<HashMap<String, Progress>>,
    count: AtomicU64,
}

impl UiServer {
    pub(crate) fn new(cx: Cx) -> Self {
        Self { cx, progress: Mutex::default(), count: AtomicU64::new(0) }
    }

    /// Whether a call is for the screen.
    pub(crate) fn takes(&self, call: &Call) -> bool {
        call.service.starts_with("Ui")
    }

    /// Answers at once what needs no waiting.
    pub(crate) fn at_once(&self, call: &Call) -> Option<Answer> {
        Some(
            match (&*call.service, &*call.method) {
                ("Ui", "Say" | "Message") => self.text(call).map(|text| self.say(text)),
                ("Ui", "Error") => {
                    self.text(call).map(|text| self.cx.error(String::from_utf8_lossy(&text).into_owned()))
                }
                ("Ui", "Machine") => self.machine(call),
                ("Ui", "NewTrackProgress") => return Some(self.track(call).map(Value::from)),
                ("Ui", "Ask") => return None,
                ("Ui", _) => Err(call.no_method()),
                (service, "Add") if self.progress().contains_key(service) => call.number().map(|more| {
                    if let (Some(progress), Ok(more)) = (self.progress().get(service), u64::try_from(more)) {
                        progress.add(more);
                    }
                }),
                (service, "Close") => {
                    self.progress().remove(service);
                    Ok(())
                }
                _ => Err(call.no_service()),
            }
            .map(|()| Value::Nil),
        )
    }

    /// Answers a question.
    pub(crate) async fn answer(&self, call: &Call) -> Answer {
        let question = call.text()?;
        self.cx.ask(&question).await.map(Value::from).map_err(|none| none.to_string())
    }

    fn text(&self, call: &Call) -> Result<bytes::Bytes, String> {
        match call.value()? {
            Value::Str(text) | Value::Bin(text) => Ok(text),
            Value::Nil => Ok(bytes::Bytes::new()),
            _ => Err(format!("{call}: the argument is no text")),
        }
    }

    /// Output of commands comes this way, too, and need not be UTF-8.
    fn say(&self, text: bytes::Bytes) {
        match String::from_utf8(text.into()) {
            Ok(text) => self.cx.say(text),
            Err(bytes) => {
                let line = bytes.into_bytes();
                self.cx.send(EventKind::Output { stream: Stream::Stdout, line });
            }
        }
    }

    fn machine(&self, call: &Call) -> Result<(), String> {
        let fields = call.fields()?;
        let wrong = |error| call.wrong(&error);
        let category = fields.text("Category").map_err(wrong)?;
        self.cx.machine(category, fields.texts("Args").map_err(wrong)?);
        Ok(())
    }

    /// The name by which more is told.
    fn track(&self, call: &Call) -> Result<String, String> {
        let fields = call.fields()?;
        let wrong = |error| call.wrong(&error);
        let label = fields.text("Src").map_err(wrong)?;
        let total = fields.number("TotalSize").map_err(wrong)?;
        let done = fields.number("CurrentSize").map_err(wrong)?;
        let id = format!("{label}-{}", self.count.fetch_add(1, Ordering::Relaxed));
        let mut progress = self.progress();
        if progress.len() >= MOST_PROGRESS {
            return Err("too much is in progress".into());
        }
        let total = u64::try_from(total).ok().filter(|total| *total > 0);
        let shown = self.cx.progress(label, total, Unit::Bytes);
        shown.set(u64::try_from(done).unwrap_or(0), total);
        progress.insert(format!("Ui{id}"), shown);
        Ok(id)
    }

    fn progress(&self) -> MutexGuard<'_, HashMap<String, Progress>> {
        self.progress.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}
