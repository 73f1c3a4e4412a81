//! What must be undone, and in which order. Steps push frames, `Cx::defer` and `Cx::create` fill them; at the end of a build the
//! frames are unwound last first. There is no destructor that could wait for a cloud, hence a list.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use tintype_event::EventKind;

use crate::policy::OnError;
use crate::{Cancel, Cx, Error, Result};

/// How long one undo may take.
const DEADLINE: Duration = Duration::from_secs(300);
/// How long one undo may take after the user has said stop twice.
const HASTY_DEADLINE: Duration = Duration::from_secs(10);

/// In which case an undo runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Whatever comes.
    Always,
    /// When the build failed or was cancelled.
    OnFailure,
    /// When the build failed, but not when it was cancelled; also under `-on-error=run-cleanup-provisioner`. When it fails itself
    /// its error joins the build's.
    ErrorCleanup,
}

/// What an undo is about: keeping the machine means skipping one scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Files, servers, keys that only this run needs.
    Temp,
    /// The machine and what it needs to live.
    Machine,
}

type Undo = Box<dyn FnOnce(Cx) -> BoxFuture<'static, Result<()>> + Send>;

struct Entry {
    id: u64,
    scope: Scope,
    when: When,
    what: String,
    undo: Undo,
}

struct Frame {
    step: Arc<str>,
    entries: Vec<Entry>,
}

#[derive(Default)]
struct Frames {
    next: u64,
    aborted: bool,
    list: Vec<Frame>,
}

/// The undo list of one build. Clones are the same list.
#[derive(Clone, Default)]
pub struct CleanupStack {
    frames: Arc<Mutex<Frames>>,
}

/// Names one undo, so that it can be taken back.
#[must_use = "drop it explicitly when the undo is never taken back"]
pub struct Deferred {
    stack: CleanupStack,
    id: u64,
}

impl Deferred {
    /// Takes the undo back: somebody else owns the thing now.
    pub fn disarm(self) {
        let mut frames = self.stack.lock();
        for frame in &mut frames.list {
            frame.entries.retain(|entry| entry.id != self.id);
        }
    }
}

/// How a build ended, as far as undoing cares.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It did what it should.
    Done,
    /// It failed, or was cancelled.
    Failed(Error),
}

impl CleanupStack {
    fn lock(&self) -> std::sync::MutexGuard<'_, Frames> {
        self.frames.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(crate) fn push_frame(&self, step: Arc<str>) {
        self.lock().list.push(Frame { step, entries: Vec::new() });
    }

    pub(crate) fn depth(&self) -> usize {
        self.lock().list.len()
    }

    /// From now on nothing is undone: the user chose so when asked.
    pub(crate) fn abort(&self) {
        self.lock().aborted = true;
    }

    pub(crate) fn push(
        &self,
        scope: Scope,
        when: When,
        what: String,
        undo: impl FnOnce(Cx) -> BoxFuture<'static, Result<()>> + Send + 'static,
    ) -> Deferred {
        let mut frames = self.lock();
        let id = frames.next;
        frames.next += 1;
        let entry = Entry { id, scope, when, what, undo: Box::new(undo) };
        match frames.list.last_mut() {
            Some(frame) => frame.entries.push(entry),
            // Work outside of any step, such as a post-processor's.
            None => frames.list.push(Frame { step: Arc::from(""), entries: vec![entry] }),
        }
        Deferred { stack: self.clone(), id }
    }

    /// Undoes quietly what has been made since the stack was `depth` frames high; a retried step begins from there.
    pub(crate) async fn unwind_to(&self, depth: usize, cx: &Cx) {
        while let Some(frame) = self.pop_above(depth) {
            for entry in frame.entries.into_iter().rev() {
                if entry.when != When::ErrorCleanup {
                    run(entry, cx).await;
                }
            }
        }
    }

    fn pop_above(&self, depth: usize) -> Option<Frame> {
        let mut frames = self.lock();
        if frames.list.len() > depth { frames.list.pop() } else { None }
    }

    /// Undoes everything, last first, as the policy says, and returns how the build ended after that: a cleanup that failed may
    /// have changed the error. Every undo runs, whatever the others did.
    pub async fn unwind(&self, cx: &Cx, mut outcome: Outcome) -> Outcome {
        // Undoing must be able to wait although the build was cancelled.
        let calm = cx.with_cancel(Cancel::new());
        // A call that is still making something would put its undo on the list too late.
        let _late = tokio::time::timeout(DEADLINE, cx.finish_creating()).await;
        let mut refusals = 0;
        while let Some(frame) = self.pop_above(0) {
            let keep = match &outcome {
                Outcome::Done => false,
                Outcome::Failed(_) => {
                    self.lock().aborted
                        || match cx.policy().on_error {
                            OnError::Abort => true,
                            OnError::RunCleanupProvisioner => {
                                frame.entries.iter().all(|entry| entry.when != When::ErrorCleanup)
                            }
                            OnError::Cleanup | OnError::Ask => false,
                        }
                }
            };
            if keep {
                refuse(cx, &frame.step, &outcome, refusals, self.lock().aborted);
                refusals += 1;
                continue;
            }
            if cx.policy().debug && !frame.step.is_empty() {
                cx.pause(&format!(
                    "Pausing before cleanup of step '{}'. Press enter to continue.",
                    frame.step
                ))
                .await;
            }
            for entry in frame.entries.into_iter().rev() {
                let due = match (&outcome, entry.when) {
                    (_, When::Always) => true,
                    (Outcome::Done, _) => false,
                    (Outcome::Failed(_), When::OnFailure) => true,
                    (Outcome::Failed(error), When::ErrorCleanup) => !error.is_cancelled(),
                };
                if !due {
                    continue;
                }
                let joins = entry.when == When::ErrorCleanup;
                let failure = if cx.cancel().is_aborted() {
                    run_within(entry, &calm, HASTY_DEADLINE, joins).await
                } else {
                    run_within(entry, &calm, DEADLINE, joins).await
                };
                if let (true, Some(failure), Outcome::Failed(original)) = (joins, failure, &outcome) {
                    outcome = Outcome::Failed(Error::new(
                        original.kind(),
                        format!("Cleanup failed: {failure}. Original Provisioning error: {original}"),
                    ));
                }
            }
        }
        outcome
    }
}

/// Says why a step is not undone; the first time with the error that led to it.
fn refuse(cx: &Cx, step: &str, outcome: &Outcome, earlier: usize, chosen: bool) {
    if step.is_empty() {
        return;
    }
    match outcome {
        Outcome::Failed(error) if earlier == 0 && !chosen => {
            if error.is_cancelled() {
                cx.error("Interrupted, aborting...");
            } else {
                cx.error(error.to_string());
                cx.error(format!("Step \"{step}\" failed, aborting..."));
            }
        }
        _ => cx.error(format!("aborted: skipping cleanup of step \"{step}\"")),
    }
}

async fn run(entry: Entry, cx: &Cx) {
    let calm = cx.with_cancel(Cancel::new());
    run_within(entry, &calm, DEADLINE, false).await;
}

/// Runs one undo; a failure is told, unless the caller has another use for it.
async fn run_within(entry: Entry, cx: &Cx, limit: Duration, quiet: bool) -> Option<Error> {
    let result = match tokio::time::timeout(limit, (entry.undo)(cx.clone())).await {
        Ok(result) => result,
        Err(_) => Err(Error::environment(format!("no end after {} s", limit.as_secs()))),
    };
    let error = result.err()?;
    if !quiet {
        cx.send(EventKind::CleanupFailed { what: entry.what.clone(), error: error.to_string() });
    }
    Some(error)
}

impl CleanupStack {
    /// Whether something of this scope is still to be undone.
    pub fn holds(&self, scope: Scope) -> bool {
        self.lock().list.iter().flat_map(|frame| &frame.entries).any(|entry| entry.scope == scope)
    }
}
