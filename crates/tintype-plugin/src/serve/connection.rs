//! One component of ours on one connection: the calls that a host makes, until it ends the stream they come on.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use diag::{Diagnostic, Diagnostics};
use futures::FutureExt;
use gorpc::{Answer, Call, Client, Expected, Mux, Service, Value, serve};
use tintype_schema::Schema;
use tintype_sdk::{
    Asker, BuilderKind, Cancel, Catalog, Category, Cx, DataSourceKind, Error, Outcome, PostProcessorKind,
    PrepareCx, ProvisionerKind, Result, World,
};
use tokio::task::JoinSet;

use super::layers::Given;
use super::{Start, layers};
use super::{builder::ServedBuilder, data_source::ServedDataSource};
use super::{post_processor::ServedPostProcessor, provisioner::ServedProvisioner};
use crate::bridge::screen::FarScreen;
use crate::spec::{Wire, of_schema};

/// A component to serve.
pub(crate) enum Exported {
    Builder(Arc<dyn BuilderKind>),
    Provisioner(Arc<dyn ProvisionerKind>),
    PostProcessor(Arc<dyn PostProcessorKind>),
    DataSource(Arc<dyn DataSourceKind>),
}

impl Exported {
    /// The one that was asked for.
    pub(crate) fn find(start: &Start, catalog: &dyn Catalog) -> Result<Self, String> {
        let name = &start.component;
        match start.category {
            Category::Builder => catalog.builder(name).map(Self::Builder),
            Category::Provisioner => catalog.provisioner(name).map(Self::Provisioner),
            Category::PostProcessor => catalog.post_processor(name).map(Self::PostProcessor),
            Category::DataSource => catalog.data_source(name).map(Self::DataSource),
        }
        .ok_or_else(|| format!("There is no {} {name:?}.", start.category.noun()))
    }
}

/// What all categories have in common.
pub(super) struct Connection {
    pub(super) mux: Mux,
    pub(super) wire: Wire,
    pub(super) world: Arc<World>,
    /// Told to whatever runs when the host says so, or is gone.
    pub(super) cancel: Cancel,
    /// Artifacts that the host may still ask for.
    kept: Mutex<JoinSet<()>>,
}

/// Serves a component until the host has had enough. What still runs then is told to stop, and waited for: it undoes what it made.
pub(crate) async fn connection(mux: Mux, exported: Exported, wire: Wire, world: Arc<World>) {
    let Ok(stream) = mux.expect(0).accept().await else { return };
    let cancel = Cancel::new();
    let shared = Arc::new(Connection { mux, wire, world, cancel: cancel.clone(), kept: Mutex::default() });
    let service: Arc<dyn Service> = match exported {
        Exported::Builder(kind) => Arc::new(Served(ServedBuilder::new(kind, shared))),
        Exported::Provisioner(kind) => Arc::new(Served(ServedProvisioner::new(kind, shared))),
        Exported::PostProcessor(kind) => Arc::new(Served(ServedPostProcessor::new(kind, shared))),
        Exported::DataSource(kind) => Arc::new(Served(ServedDataSource::new(kind, shared))),
    };
    let (mut calls, _) = serve(stream, service.clone()).await;
    cancel.cancel();
    drop(service);
    while calls.join_next().await.is_some() {}
}

impl Connection {
    /// The answer to `ConfigSpec`.
    pub(super) fn config_spec(&self, schema: &Schema) -> Answer {
        let spec = of_schema(schema).write(self.wire)?;
        Ok(Value::record([("ConfigSpec", Value::Bin(spec.into()))]))
    }

    /// The layers of a call.
    pub(super) fn given(&self, call: &Call) -> Result<Given, String> {
        layers::read(&call.fields()?, &self.world)
    }

    /// The stream whose number is the argument of a call, as something to call.
    pub(super) async fn dial(&self, id: u32) -> Result<Client, String> {
        self.mux.dial(id).await.map(Client::new).map_err(|error| error.to_string())
    }

    /// A context that tells the host's screen.
    pub(super) fn cx(&self, screen: &FarScreen, prepare: Option<&PrepareCx>) -> Cx {
        let asker: Arc<dyn Asker> = Arc::new(screen.clone());
        let policy = prepare.map(|prepare| prepare.policy).unwrap_or_default();
        Cx::new(self.world.clone(), screen.events(), asker, policy, self.cancel.clone(), None)
    }

    /// Serves on a stream that the host opens, for as long as the connection lives.
    pub(super) fn keep_serving(&self, expected: Expected, service: Arc<dyn Service>) {
        let mut kept = self.kept.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        kept.spawn(crate::bridge::services::serve_on(expected, service, || ()));
    }
}

/// Does a component's work, undoes what it left, and waits until all that it told is shown. A panic is a failure like any other.
pub(super) async fn worked<T>(
    what: &str,
    (cx, screen): (&Cx, &FarScreen),
    work: impl Future<Output = Result<T>>,
) -> Result<T> {
    let result = AssertUnwindSafe(work).catch_unwind().await;
    let result = result.unwrap_or_else(|_| Err(Error::bug(format!("the {what} panicked"))));
    let outcome = match &result {
        Ok(_) => Outcome::Done,
        Err(error) => Outcome::Failed(error.clone()),
    };
    let outcome = cx.unwind(outcome).await;
    cx.finish_background().await;
    screen.shown().await;
    match outcome {
        Outcome::Failed(error) => Err(error),
        Outcome::Done => result,
    }
}

/// The number of a stream as a call's argument.
pub(super) fn stream(call: &Call) -> Result<u32, String> {
    u32::try_from(call.number()?).map_err(|_| format!("{call}: the argument is no stream"))
}

/// Findings as one text with a count, as plugins tell them.
pub(super) fn refusal(findings: &Diagnostics) -> String {
    let errors: Vec<String> = findings.iter().filter(|finding| finding.is_error()).map(one).collect();
    format!("{} error(s) occurred:\n\n{}", errors.len(), errors.join("\n"))
}

fn one(finding: &Diagnostic) -> String {
    match &*finding.detail {
        "" => format!("* {}", finding.summary),
        detail => format!("* {}: {detail}", finding.summary),
    }
}

/// Warnings, one text each.
pub(super) fn warnings(findings: &Diagnostics) -> Value {
    let text = |finding: &Diagnostic| match &*finding.detail {
        "" => finding.summary.clone(),
        detail => format!("{}: {detail}", finding.summary),
    };
    Value::texts(findings.iter().filter(|finding| !finding.is_error()).map(text))
}

/// An error inside a result.
pub(super) fn inside(text: &str) -> Value {
    Value::record([("Message", text.into())])
}

/// A service that answers everything beside, and only for its own name.
#[async_trait]
pub(super) trait Component: Send + Sync + 'static {
    const NAME: &'static str;

    async fn method(&self, call: &Call) -> Answer;
}

#[async_trait]
impl<C: Component> Service for Served<C> {
    fn at_once(&self, _: &Call) -> Option<Answer> {
        None
    }

    async fn answer(&self, call: Call) -> Answer {
        if call.service == C::NAME { self.0.method(&call).await } else { Err(call.no_service()) }
    }
}

/// A component as a service.
struct Served<C>(C);
