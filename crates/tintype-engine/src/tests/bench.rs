//! Components that do what a test says, and an observer that writes down what was told.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use diag::{Diagnostic, Diagnostics};
use tintype_event::{Event, EventKind, EventSink, Observer, Secrets, Target};
use tintype_plan::{BuildPlan, Component, Fixed, Plan, PostProcessStep, ProvisionStep, StepPolicy};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::*;

use crate::{RunOptions, Summary};

#[derive(Default)]
pub struct Machines {
    now: AtomicUsize,
    pub most: AtomicUsize,
}

pub struct Bench {
    policy: Policy,
    world: Arc<World>,
    pub cancel: Cancel,
    pub parallel: Option<usize>,
    pub machines: Arc<Machines>,
    answers: Arc<Mutex<VecDeque<String>>>,
    told: Told,
}

#[derive(Clone, Default)]
struct Told {
    lines: Arc<Mutex<Vec<String>>>,
    artifacts: Arc<Mutex<Vec<String>>>,
}

impl Observer for Told {
    fn notice(&mut self, event: &Event) {
        let who = event.target.as_ref().map_or("", |target| &*target.build);
        let line = match &event.kind {
            EventKind::Say(text) => format!("{who}: {text}"),
            EventKind::Error(text) => format!("!{who}: {text}"),
            EventKind::CleanupFailed { what, error } => format!("!{who}: {what}: {error}"),
            EventKind::BuildFinished { error: None, .. } => format!("{who} done"),
            EventKind::BuildFinished { error: Some(error), .. } => format!("{who} failed: {error}"),
            EventKind::RunFinished { artifacts, .. } => {
                let all = artifacts.iter().flat_map(|(build, list)| {
                    list.iter().flatten().map(move |artifact| format!("{build}: {}", artifact.text))
                });
                self.artifacts.lock().unwrap().extend(all);
                return;
            }
            _ => return,
        };
        self.lines.lock().unwrap().push(line);
    }
}

struct Answers(Arc<Mutex<VecDeque<String>>>);

#[async_trait]
impl Asker for Answers {
    async fn ask(&self, _: Option<&Target>, _: &str) -> Result<String, NoAnswer> {
        self.0.lock().unwrap().pop_front().ok_or(NoAnswer::NoTerminal)
    }
}

impl Bench {
    pub fn new(policy: Policy) -> Self {
        let here = PathBuf::from(".");
        let world = World {
            env: Default::default(),
            cwd: here.clone(),
            home: None,
            tmp: here.clone(),
            cache_dir: here.clone(),
            config_dir: here.clone(),
            state_dir: here,
            run_uuid: "run".into(),
            core_version: "1.16.0".into(),
        };
        Self {
            policy,
            world: Arc::new(world),
            cancel: Cancel::new(),
            parallel: None,
            machines: Arc::default(),
            answers: Arc::default(),
            told: Told::default(),
        }
    }

    pub fn answers(&self, answers: &[&str]) {
        self.answers.lock().unwrap().extend(answers.iter().map(|answer| answer.to_string()));
    }

    pub fn artifacts(&self) -> Vec<String> {
        self.told.artifacts.lock().unwrap().clone()
    }

    pub async fn run(&self, builds: Vec<BuildPlan>) -> (Summary, Vec<String>) {
        let (ready, findings) = crate::prepare(Plan { builds, sources: Arc::default() }).await;
        assert!(!findings.has_errors(), "{findings}");
        let options = RunOptions {
            parallel: self.parallel,
            policy: self.policy,
            world: self.world.clone(),
            events: EventSink::new(Secrets::default(), vec![Box::new(self.told.clone())]),
            asker: Arc::new(Answers(self.answers.clone())),
            cancel: self.cancel.clone(),
        };
        let summary = crate::run(ready, options).await;
        let lines = self.told.lines.lock().unwrap().clone();
        (summary, lines)
    }
}

fn nothing() -> ConfigValue {
    ConfigValue::new(cty::Value::empty_object())
}

static NO_OPTIONS: std::sync::LazyLock<Schema> = std::sync::LazyLock::new(Schema::default);

fn prepared<T: ?Sized>(component: Box<T>) -> Prepared<T> {
    Prepared { component, warnings: Diagnostics::new(), generated: Vec::new() }
}

struct Builds(Arc<Machines>);

#[async_trait]
impl BuilderKind for Builds {
    fn schema(&self) -> &Schema {
        &NO_OPTIONS
    }
    async fn prepare(&self, _: &ConfigValue, _: &PrepareCx) -> Result<Prepared<dyn Builder>, Diagnostics> {
        Ok(prepared::<dyn Builder>(Box::new(Builds(self.0.clone()))))
    }
}

struct StepMachine(Arc<Machines>);

impl Step for StepMachine {
    type Out = ();
    fn name(&self) -> std::borrow::Cow<'static, str> {
        "StepMachine".into()
    }
    async fn run(&self, cx: &Cx) -> Result<()> {
        let machines = self.0.clone();
        let now = machines.now.fetch_add(1, Ordering::SeqCst) + 1;
        machines.most.fetch_max(now, Ordering::SeqCst);
        let _at_the_end = cx.defer(Scope::Machine, When::Always, "machine", move |cx| async move {
            machines.now.fetch_sub(1, Ordering::SeqCst);
            cx.say("machine removed");
            Ok(())
        });
        Ok(())
    }
}

#[async_trait]
impl Builder for Builds {
    async fn run(self: Box<Self>, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        cx.step(StepMachine(self.0.clone())).await?;
        cx.provision(&Machine::new(Arc::new(NoComm), BuildVars::new())).await?;
        Ok(Some(Arc::new(Made("machine".into()))))
    }
}

struct Made(String);

#[async_trait]
impl Artifact for Made {
    fn builder_id(&self) -> &str {
        "test"
    }
    fn id(&self) -> String {
        self.0.clone()
    }
    fn describe(&self) -> String {
        self.0.clone()
    }
    async fn destroy(&self, _: &Cx) -> Result<()> {
        Ok(())
    }
}

struct NoComm;

#[async_trait]
impl Communicator for NoComm {
    fn kind(&self) -> &'static str {
        "none"
    }
    async fn start(&self, _: RemoteCommand) -> Result<Running> {
        Err(Error::bug("no commands here"))
    }
    async fn upload(&self, _: &str, _: BoxRead, _: FileMeta, _: OnBytes<'_>) -> Result<()> {
        Err(Error::bug("no files here"))
    }
    async fn upload_dir(&self, _: &str, _: &std::path::Path, _: OnBytes<'_>) -> Result<()> {
        Err(Error::bug("no files here"))
    }
    async fn download(
        &self,
        _: &str,
        _: &mut (dyn tokio::io::AsyncWrite + Send + Unpin),
        _: OnBytes<'_>,
    ) -> Result<()> {
        Err(Error::bug("no files here"))
    }
    async fn download_dir(&self, _: &str, _: &std::path::Path, _: OnBytes<'_>) -> Result<()> {
        Err(Error::bug("no files here"))
    }
}

/// What a provisioner does each time it runs.
#[derive(Clone)]
pub struct Script {
    acts: Arc<Mutex<VecDeque<Act>>>,
}

#[derive(Clone)]
enum Act {
    Say(String),
    Fail(String),
    Sleep(Duration),
    Panic(String),
    Deaf,
}

impl Script {
    fn of(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { acts: Arc::new(Mutex::new(acts.into_iter().collect())) }
    }
    pub fn says(text: &str) -> Self {
        Self::of([Act::Say(text.into())])
    }
    pub fn fails_each(errors: &[&str]) -> Self {
        Self::of(errors.iter().map(|error| Act::Fail(error.to_string())))
    }
    pub fn sleeps(time: Duration) -> Self {
        Self::of([Act::Sleep(time)])
    }
    pub fn panics(text: &str) -> Self {
        Self::of([Act::Panic(text.into())])
    }
    /// Never ends, whatever it is told.
    pub fn deaf() -> Self {
        Self::of([Act::Deaf])
    }
}

#[async_trait]
impl ProvisionerKind for Script {
    fn schema(&self) -> &Schema {
        &NO_OPTIONS
    }
    async fn prepare(
        &self,
        _: &ConfigValue,
        _: &PrepareCx,
    ) -> Result<Prepared<dyn Provisioner>, Diagnostics> {
        Ok(prepared::<dyn Provisioner>(Box::new(self.clone())))
    }
}

#[async_trait]
impl Provisioner for Script {
    async fn provision(&self, _: &Machine, cx: &Cx) -> Result<()> {
        let act = self.acts.lock().unwrap().pop_front();
        match act {
            None => Ok(()),
            Some(Act::Say(text)) => {
                cx.say(text);
                Ok(())
            }
            Some(Act::Fail(text)) => Err(Error::user(text)),
            Some(Act::Sleep(time)) => cx.sleep(time).await,
            Some(Act::Panic(text)) => panic!("{text}"),
            Some(Act::Deaf) => std::future::pending().await,
        }
    }
}

struct Never;

#[async_trait]
impl ProvisionerKind for Never {
    fn schema(&self) -> &Schema {
        &NO_OPTIONS
    }
    async fn prepare(
        &self,
        _: &ConfigValue,
        _: &PrepareCx,
    ) -> Result<Prepared<dyn Provisioner>, Diagnostics> {
        Err(Diagnostic::error("never good").into())
    }
}

fn step(kind: Arc<dyn ProvisionerKind>) -> ProvisionStep {
    ProvisionStep {
        address: String::new(),
        name: String::new(),
        refusal: String::new(),
        component: Component {
            type_name: "script".into(),
            kind,
            config: Arc::new(Fixed(nothing())),
            span: None,
        },
        pause_before: Duration::ZERO,
        timeout: Duration::ZERO,
        max_retries: 0,
        continue_on_error: false,
        policy: StepPolicy::default(),
    }
}

pub fn provisioner(script: Script) -> ProvisionStep {
    step(Arc::new(script))
}

pub fn unprepared() -> ProvisionStep {
    step(Arc::new(Never))
}

pub fn build(name: &str, bench: &Bench) -> BuildPlan {
    let prepare = PrepareCx {
        build_name: name.into(),
        builder_type: "test".into(),
        policy: bench.policy,
        world: bench.world.clone(),
        interpolation: Arc::new(Interpolation::new(&bench.world, jiff::Timestamp::UNIX_EPOCH)),
        sensitive_variables: Vec::new(),
        generated: Vec::new(),
    };
    BuildPlan {
        name: name.into(),
        prepare,
        refusal: String::new(),
        builder: Component {
            type_name: "test".into(),
            kind: Arc::new(Builds(bench.machines.clone())),
            config: nothing(),
            span: None,
        },
        provisioners: Vec::new(),
        error_cleanup: None,
        post_processors: Vec::new(),
    }
}

#[derive(Clone)]
struct Maker(Result<Keep, String>);

#[async_trait]
impl PostProcessorKind for Maker {
    fn schema(&self) -> &Schema {
        &NO_OPTIONS
    }
    async fn prepare(
        &self,
        _: &ConfigValue,
        _: &PrepareCx,
    ) -> Result<Prepared<dyn PostProcessor>, Diagnostics> {
        Ok(prepared::<dyn PostProcessor>(Box::new(self.clone())))
    }
}

#[async_trait]
impl PostProcessor for Maker {
    async fn post_process(&self, from: Arc<dyn Artifact>, _: &Cx) -> Result<PostProcessed> {
        match &self.0 {
            Ok(keep) => {
                let made: Arc<dyn Artifact> = Arc::new(Made(format!("made of {}", from.describe())));
                Ok(PostProcessed { artifact: Some(made), keep: *keep })
            }
            Err(text) => Err(Error::user(text)),
        }
    }
}

fn post_step(type_name: &str, kind: Maker) -> PostProcessStep {
    PostProcessStep {
        address: String::new(),
        name: String::new(),
        refusal: String::new(),
        component: Component {
            type_name: type_name.into(),
            kind: Arc::new(kind),
            config: Arc::new(Fixed(nothing())),
            span: None,
        },
        keep_input: None,
    }
}

pub fn post(keep: Keep) -> PostProcessStep {
    post_step("maker", Maker(Ok(keep)))
}

pub fn failing_post(text: &str) -> PostProcessStep {
    post_step("failing", Maker(Err(text.into())))
}
