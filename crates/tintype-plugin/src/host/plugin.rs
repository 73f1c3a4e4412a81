//! One component of a plugin in a process of its own, as something that can be called.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use gorpc::{CallError, Client, Fields, Mux, Value};
use tintype_sdk::{Category, Error, Result};

use super::Origin;
use super::process::{Process, Work};
use crate::spec::Wire;

/// How long a plugin may take to answer a question that needs no network.
const SHORT: Duration = Duration::from_secs(60);

/// How long it may take to check options: some ask their cloud.
const CHECK: Duration = Duration::from_secs(600);

/// A component in a process of its own. When the last handle is dropped the process ends.
pub(crate) struct Plugin {
    // Fields are dropped in this order: first the calls end, then the connection, then the process.
    main: Client,
    pub(super) mux: Mux,
    /// Nothing for one at the other end of a pipe.
    process: Option<Arc<Process>>,
    service: &'static str,
}

impl Plugin {
    /// Starts the plugin for this component.
    pub(super) async fn start(origin: &Origin, category: Category, component: &str) -> Result<Arc<Self>> {
        let (kind, service) = words(category);
        let (process, mux) = match origin {
            Origin::Program(launch) => {
                let mut words = vec!["start", kind];
                if launch.wire == Wire::Protobuf {
                    words.push("--protobuf");
                }
                words.push(component);
                let (process, mux) = Process::start(launch, &words).await?;
                (Some(process), mux)
            }
            Origin::Here(pipe) => (None, pipe.connect(category, component)?),
        };
        match (mux.dial(0).await, process) {
            (Ok(stream), process) => Ok(Arc::new(Self { main: Client::new(stream), mux, process, service })),
            (Err(_), Some(process)) => Err(process.ended("ended before it could be called").await),
            (Err(error), None) => Err(Error::from(error)),
        }
    }

    /// The plugin's name, for people.
    pub(super) fn name(&self) -> &str {
        self.process.as_ref().map_or("here", |process| &process.name)
    }

    /// Calls a method of the component.
    pub(super) async fn call(&self, method: &str, argument: &Value) -> Result<Bytes> {
        match self.main.call(&format!("{}.{method}", self.service), argument).await {
            Ok(result) => Ok(result),
            Err(CallError::Refused(text)) => Err(Error::user(text)),
            Err(CallError::Lost(why)) => Err(self.lost(&why).await),
        }
    }

    /// Says why the plugin cannot be called any more.
    pub(super) async fn lost(&self, why: &str) -> Error {
        let Some(process) = &self.process else { return Error::environment(why) };
        if self.mux.has_ended() || why.starts_with("the connection has ended") {
            process.ended("ended unexpectedly").await
        } else {
            // It goes on, but what it says makes no sense.
            process.ended(&format!("cannot be understood ({why})")).await
        }
    }

    /// The same for a question that is quickly answered.
    pub(super) async fn ask(&self, method: &str) -> Result<Fields> {
        let answer = self.within(SHORT, method, &Value::Nil).await?;
        self.fields(method, &answer)
    }

    /// The same for the check of options.
    pub(super) async fn check(&self, method: &str, configs: &Value) -> Result<Fields> {
        let argument = Value::record([("Configs", configs.clone())]);
        let answer = self.within(CHECK, method, &argument).await?;
        self.fields(method, &answer)
    }

    async fn within(&self, limit: Duration, method: &str, argument: &Value) -> Result<Bytes> {
        match tokio::time::timeout(limit, self.call(method, argument)).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::environment(format!(
                "Plugin {} did not answer {}.{method} within {} s",
                self.name(),
                self.service,
                limit.as_secs()
            ))),
        }
    }

    /// A result as a struct.
    pub(super) fn fields(&self, method: &str, answer: &Bytes) -> Result<Fields> {
        Fields::read(answer).map_err(|error| self.garbled(method, &error))
    }

    /// Says that a result makes no sense.
    pub(super) fn garbled(&self, method: &str, why: &dyn std::fmt::Display) -> Error {
        Error::environment(format!(
            "Plugin {} gave an answer to {}.{method} that cannot be understood: {why}",
            self.name(),
            self.service
        ))
    }

    /// From now until what is returned says otherwise the plugin is at work: if we are ended, so is it.
    pub(super) fn begin_work(&self) -> Option<Work> {
        self.process.as_ref().map(Process::begin_work)
    }
}

/// The word for a category on a plugin's command line, and the name of its service.
fn words(category: Category) -> (&'static str, &'static str) {
    match category {
        Category::Builder => ("builder", "Builder"),
        Category::Provisioner => ("provisioner", "Provisioner"),
        Category::PostProcessor => ("post-processor", "PostProcessor"),
        Category::DataSource => ("datasource", "Datasource"),
    }
}
