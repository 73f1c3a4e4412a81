//! The context in which a component works: it tells, waits, starts programs, makes things and says how they are undone. What
//! happens after a failure, when to pause and when to stop is decided here, never in a component.

use std::ffi::OsString;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tintype_event::{EventKind, EventSink, ProgressId, Secrets, Target, Unit};
use tokio_util::task::TaskTracker;

use crate::cleanup::{CleanupStack, Deferred, Outcome, Scope, When};
use crate::policy::OnError;
use crate::resource::{Found, Intent, Ledger, NoLedger, Reaped, Reaper};
use crate::{Asker, Cancel, Command, Error, NoAnswer, Policy, Result, Step, World};

/// The context in which a component works. Clones are the same context.
#[derive(Clone)]
pub struct Cx {
    shared: Arc<Shared>,
    target: Option<Target>,
    cancel: Cancel,
}

struct Shared {
    world: Arc<World>,
    events: EventSink,
    asker: Arc<dyn Asker>,
    policy: Policy,
    ledger: Arc<dyn Ledger>,
    stack: CleanupStack,
    background: Mutex<Vec<(String, tokio::task::JoinHandle<Result<()>>)>>,
    creating: TaskTracker,
}

impl Cx {
    /// A context with an undo list of its own. `target` is the build of which it tells, nothing for the run as a whole.
    pub fn new(
        world: Arc<World>,
        events: EventSink,
        asker: Arc<dyn Asker>,
        policy: Policy,
        cancel: Cancel,
        target: Option<Target>,
    ) -> Self {
        Self {
            shared: Arc::new(Shared {
                world,
                events,
                asker,
                policy,
                ledger: Arc::new(NoLedger),
                stack: CleanupStack::default(),
                background: Mutex::default(),
                creating: TaskTracker::new(),
            }),
            target,
            cancel,
        }
    }

    /// The same context speaking as a part of the build: a post-processor.
    pub fn with_part(&self, part: &str) -> Self {
        Self { target: self.target.as_ref().map(|target| target.part(part)), ..self.clone() }
    }

    /// The same context under other tokens: a part that can be stopped alone.
    pub fn with_cancel(&self, cancel: Cancel) -> Self {
        Self { cancel, ..self.clone() }
    }

    /// The surroundings.
    pub fn world(&self) -> &World {
        &self.shared.world
    }

    /// The surroundings, to keep.
    pub fn world_arc(&self) -> Arc<World> {
        self.shared.world.clone()
    }

    /// What the user decided for the run.
    pub fn policy(&self) -> Policy {
        self.shared.policy
    }

    /// The tokens.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// What is hidden in every output; components add what they learn.
    pub fn secrets(&self) -> &Secrets {
        self.shared.events.secrets()
    }

    /// Of whom this context tells.
    pub fn target(&self) -> Option<&Target> {
        self.target.as_ref()
    }

    /// Tells.
    pub fn send(&self, kind: EventKind) {
        self.shared.events.send(self.target.as_ref(), kind);
    }

    /// Tells the user something.
    pub fn say(&self, text: impl Into<String>) {
        self.send(EventKind::Say(text.into()));
    }

    /// Tells the user that something went wrong. To fail, return the error instead.
    pub fn error(&self, text: impl Into<String>) {
        self.send(EventKind::Error(text.into()));
    }

    /// Tells `-machine-readable` readers alone.
    pub fn machine(&self, category: impl Into<String>, data: Vec<String>) {
        self.send(EventKind::Machine { category: category.into(), data });
    }

    /// Shows that work goes on. Ends when what is returned is dropped.
    pub fn progress(&self, label: impl Into<Arc<str>>, total: Option<u64>, unit: Unit) -> Progress {
        let id = self.shared.events.progress_id();
        let state = Mutex::new(ProgressState { done: 0, total, told: None });
        Progress { cx: self.clone(), id, label: label.into(), unit, state }
    }

    /// Asks the person at the terminal.
    pub async fn ask(&self, question: &str) -> Result<String, NoAnswer> {
        tokio::select! {
            answer = self.shared.asker.ask(self.target.as_ref(), question) => answer,
            () = self.cancel.cancelled() => Err(NoAnswer::Interrupted),
        }
    }

    /// Waits for the person at the terminal; without one, goes on at once.
    pub async fn pause(&self, question: &str) {
        // Without a terminal there is nobody to wait for.
        let _ = self.ask(question).await;
    }

    /// Waits for something, unless told to stop. Never put a call that *makes* something in here: it must run to its end, so that
    /// what it made is known.
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(Error::cancelled()),
            result = work => Ok(result),
        }
    }

    /// Waits for some time, unless told to stop.
    pub async fn sleep(&self, time: Duration) -> Result<()> {
        self.wait(tokio::time::sleep(time)).await
    }

    /// Fails when told to stop.
    pub fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// A program on this host.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        Command::new(self.clone(), program.into())
    }

    /// A file in the temporary directory that is gone when what is returned is dropped. `prefix` and a number make its name.
    pub fn temp_file(&self, prefix: &str, suffix: &str) -> Result<tempfile::NamedTempFile> {
        // A number of nine or ten digits, as in the names that Packer's users know from its output.
        for _ in 0..100 {
            let number = uuid::Uuid::new_v4().as_u64_pair().0 % 9_000_000_000 + 100_000_000;
            let path = self.world().tmp.join(format!("{prefix}{number}{suffix}"));
            match crate::os::create_private(&path) {
                Ok(file) => {
                    let path = tempfile::TempPath::try_from_path(&path)?;
                    return Ok(tempfile::NamedTempFile::from_parts(file, path));
                }
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Error::from(error).context(path.display())),
            }
        }
        Err(Error::environment(format!(
            "no free name for a temporary file in {}",
            self.world().tmp.display()
        )))
    }

    /// Says how something is undone at the end of the build. `undo` gets a context that is not cancelled.
    pub fn defer<F>(
        &self,
        scope: Scope,
        when: When,
        what: impl Into<String>,
        undo: impl FnOnce(Cx) -> F + Send + 'static,
    ) -> Deferred
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        self.shared.stack.push(scope, when, what.into(), move |cx| -> BoxFuture<'static, Result<()>> {
            Box::pin(undo(cx))
        })
    }

    /// Makes something that outlives this process. The intent is written down first; `make` gets it, attaches its token and returns
    /// the id. At the end of the build the reaper removes it. When `make` fails the reaper looks whether the thing came to be all the same.
    ///
    /// `make` runs in a task of its own: giving up the future that this returns does not give up the call, whose outcome would then be
    /// unknown. The end of the build waits for it.
    pub async fn create<F>(
        &self,
        scope: Scope,
        intent: Intent,
        reaper: Arc<dyn Reaper>,
        make: impl FnOnce(Intent) -> F + Send + 'static,
    ) -> Result<String>
    where
        F: Future<Output = Result<String>> + Send + 'static,
    {
        self.check()?;
        self.shared.ledger.intend(&intent)?;
        let cx = self.clone();
        let task = self.shared.creating.spawn(async move {
            match make(intent.clone()).await {
                Ok(id) => cx.made(scope, intent, reaper, id),
                Err(error) => {
                    cx.not_made(intent, reaper).await;
                    Err(error)
                }
            }
        });
        match task.await {
            Ok(result) => result,
            Err(panic) => Err(Error::bug(panic.to_string())),
        }
    }

    /// Something was made: it is removed at the end.
    fn made(&self, scope: Scope, intent: Intent, reaper: Arc<dyn Reaper>, id: String) -> Result<String> {
        let (what, recorded) = (intent.what.clone(), self.shared.ledger.made(&intent, &id));
        self.send(EventKind::ResourceMade { kind: intent.kind.into(), id: id.clone() });
        let made = id.clone();
        let undo = move |cx: Cx| async move { cx.remove(intent, reaper, made).await };
        // The build's end takes care of it.
        let _undone_at_the_end = self.defer(scope, When::Always, what, undo);
        recorded.map(|()| id)
    }

    /// The call that should have made something failed: it may be there all the same.
    async fn not_made(&self, intent: Intent, reaper: Arc<dyn Reaper>) {
        let calm = self.with_cancel(Cancel::new());
        let what = intent.what.clone();
        let removed = match reaper.find(&intent, &calm).await {
            Ok(Found::Is(id)) => calm.remove(intent, reaper, id).await,
            Ok(Found::Not) => self.shared.ledger.gone(&intent),
            // Stays in the ledger: a later look may find it.
            Ok(Found::Unsettled) | Err(_) => return,
        };
        if let Err(error) = removed {
            self.send(EventKind::CleanupFailed { what, error: error.to_string() });
        }
    }

    /// Removes what was made. That it is gone is written down and told when it is, which may be after this returns: what takes long
    /// goes on beside the build, whose end waits for it.
    async fn remove(&self, intent: Intent, reaper: Arc<dyn Reaper>, id: String) -> Result<()> {
        match reaper.reap(&intent, &id, self).await? {
            Reaped::Gone => self.removed(&intent, id),
            Reaped::Going(removal) => {
                let (what, cx) = (format!("{} {id}", intent.what), self.clone());
                self.background(what, async move {
                    removal.await?;
                    cx.removed(&intent, id)
                });
                Ok(())
            }
        }
    }

    fn removed(&self, intent: &Intent, id: String) -> Result<()> {
        self.shared.ledger.gone(intent)?;
        self.send(EventKind::ResourceGone { kind: intent.kind.into(), id });
        Ok(())
    }

    /// Waits until no call that makes something is under way. No further one can begin after the build's own work has ended.
    pub(crate) async fn finish_creating(&self) {
        self.shared.creating.close();
        self.shared.creating.wait().await;
        // What comes after the machine, such as a post-processor, makes things, too.
        self.shared.creating.reopen();
    }

    /// Lets work go on beside the build; the build's end waits for it. A failure is told as a failed cleanup of `what`.
    pub fn background(
        &self,
        what: impl Into<String>,
        work: impl Future<Output = Result<()>> + Send + 'static,
    ) {
        let handle = tokio::spawn(work);
        self.shared
            .background
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .push((what.into(), handle));
    }

    /// Waits for all work that goes on beside the build.
    pub async fn finish_background(&self) {
        loop {
            let next = self.shared.background.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
            let Some((what, handle)) = next else { return };
            let error = match handle.await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(error) => error.to_string(),
            };
            self.send(EventKind::CleanupFailed { what, error });
        }
    }

    /// Undoes everything that was deferred, and gives how the build ended after that.
    pub async fn unwind(&self, outcome: Outcome) -> Outcome {
        self.shared.stack.unwind(self, outcome).await
    }

    /// Does one stage of the work, as the policy says: not when told to stop, with a pause after it under `-debug`, with the
    /// question what to do when it fails under `-on-error=ask`.
    pub async fn step<S: Step>(&self, step: S) -> Result<S::Out> {
        let name: Arc<str> = step.name().into();
        let depth = self.shared.stack.depth();
        loop {
            self.check()?;
            self.shared.stack.push_frame(name.clone());
            self.send(EventKind::StepStarted { step: name.clone() });
            let result = step.run(self).await;
            self.send(EventKind::StepFinished { step: name.clone(), ok: result.is_ok() });
            let error = match result {
                Ok(out) => {
                    if self.policy().debug {
                        self.pause(&format!("Pausing after run of step '{name}'. Press enter to continue."))
                            .await;
                    }
                    return Ok(out);
                }
                Err(error) => error,
            };
            if self.policy().on_error != OnError::Ask || error.is_cancelled() {
                return Err(error);
            }
            match self.ask_what_next(&name, &error).await {
                Next::CleanUp => return Err(error),
                Next::Abort => {
                    self.shared.stack.abort();
                    return Err(error);
                }
                Next::Retry => self.shared.stack.unwind_to(depth, self).await,
            }
        }
    }

    async fn ask_what_next(&self, step: &str, error: &Error) -> Next {
        self.error(error.to_string());
        self.error(format!("Step \"{step}\" failed"));
        loop {
            let question = "[c] Clean up and exit, [a] abort without cleanup, or [r] retry step (build may fail even if retry succeeds)?";
            let Ok(answer) = self.ask(question).await else { return Next::CleanUp };
            match answer.trim_start().chars().next().map(|c| c.to_ascii_lowercase()) {
                None | Some('c') => return Next::CleanUp,
                Some('a') => return Next::Abort,
                Some('r') => return Next::Retry,
                Some(_) => self.say(format!("Incorrect input: \"{answer}\"")),
            }
        }
    }
}

enum Next {
    CleanUp,
    Abort,
    Retry,
}

/// Shows that work goes on until it is dropped.
pub struct Progress {
    cx: Cx,
    id: ProgressId,
    label: Arc<str>,
    unit: Unit,
    state: Mutex<ProgressState>,
}

struct ProgressState {
    done: u64,
    total: Option<u64>,
    told: Option<Instant>,
}

/// Renderers draw some times a second; more would only cost.
const TELL_EVERY: Duration = Duration::from_millis(100);

impl Progress {
    /// So much more is done.
    pub fn add(&self, more: u64) {
        self.update(|state| state.done += more);
    }

    /// So much is done, of so much.
    pub fn set(&self, done: u64, total: Option<u64>) {
        self.update(|state| {
            state.done = done;
            state.total = total.or(state.total);
        });
    }

    fn update(&self, change: impl FnOnce(&mut ProgressState)) {
        let mut state = self.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        change(&mut state);
        if state.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
            return;
        }
        state.told = Some(Instant::now());
        let (done, total) = (state.done, state.total);
        drop(state);
        self.cx.send(EventKind::Progress {
            id: self.id,
            label: self.label.clone(),
            done,
            total,
            unit: self.unit,
        });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.cx.send(EventKind::ProgressEnded { id: self.id });
    }
}
