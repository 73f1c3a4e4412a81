//! Builders of ours, served.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use gorpc::{Answer, Call, Client, Mux, Value};
use tintype_sdk::{BuildCx, Builder, BuilderKind, Cx, Error, Hook, Machine, PrepareCx, Result};
use tokio_util::task::AbortOnDropHandle;

use super::connection::{Component, Connection, inside, refusal, stream, warnings, worked};
use crate::bridge::artifact::ArtifactServer;
use crate::bridge::communicator::CommunicatorServer;
use crate::bridge::failed;
use crate::bridge::screen::FarScreen;
use crate::bridge::services::{Beside, Services, serve_on};
use crate::bridge::ui::UiServer;
use crate::value::to_plain;

/// A builder.
pub(super) struct ServedBuilder {
    kind: Arc<dyn BuilderKind>,
    shared: Arc<Connection>,
    prepared: Mutex<Option<(Box<dyn Builder>, PrepareCx)>>,
}

impl ServedBuilder {
    pub(super) fn new(kind: Arc<dyn BuilderKind>, shared: Arc<Connection>) -> Self {
        Self { kind, shared, prepared: Mutex::default() }
    }

    fn prepared(&self) -> std::sync::MutexGuard<'_, Option<(Box<dyn Builder>, PrepareCx)>> {
        self.prepared.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    async fn prepare(&self, call: &Call) -> Answer {
        let given = self.shared.given(call)?;
        let (generated, warned, error) = match self.kind.prepare(&given.config, &given.cx).await {
            Ok(prepared) => {
                *self.prepared() = Some((prepared.component, given.cx));
                (Value::texts(prepared.generated), warnings(&prepared.warnings), Value::Nil)
            }
            Err(findings) => (Value::Nil, warnings(&findings), inside(&refusal(&findings))),
        };
        Ok(Value::record([("GeneratedVars", generated), ("Warnings", warned), ("Error", error)]))
    }

    async fn run(&self, call: &Call) -> Answer {
        let client = self.shared.dial(stream(call)?).await?;
        let Some((builder, prepare)) = self.prepared().take() else {
            return Err("the builder was not prepared".into());
        };
        let screen = FarScreen::new(client.clone());
        let cx = self.shared.cx(&screen, Some(&prepare));
        let hook = FarHook { client, mux: self.shared.mux.clone(), screen: screen.clone() };
        let context = BuildCx::new(cx.clone(), Arc::new(hook));
        let made = worked("builder", (&cx, &screen), builder.run(&context)).await;
        let Some(artifact) = made.map_err(|error| error.to_string())? else { return Ok(Value::Int(0)) };
        let expected = self.shared.mux.announce();
        let id = expected.id();
        let server = ArtifactServer::new(artifact, cx.clone(), Some(screen));
        let services = Services::new(UiServer::new(cx), Beside::Artifact(server));
        self.shared.keep_serving(expected, services);
        Ok(id.into())
    }
}

#[async_trait]
impl Component for ServedBuilder {
    const NAME: &'static str = "Builder";

    async fn method(&self, call: &Call) -> Answer {
        match &*call.method {
            "ConfigSpec" => self.shared.config_spec(self.kind.schema()),
            "Prepare" => self.prepare(call).await,
            "Run" => self.run(call).await,
            "Cancel" => {
                self.shared.cancel.cancel();
                Ok(Value::Nil)
            }
            _ => Err(call.no_method()),
        }
    }
}

/// The host's provisioners.
struct FarHook {
    client: Client,
    mux: Mux,
    screen: FarScreen,
}

impl FarHook {
    async fn run(&self, name: &str, machine: &Machine, cx: &Cx) -> Result<()> {
        // What provisioners tell comes after what the builder told before.
        self.screen.shown().await;
        let current = machine.clone();
        let communicator = CommunicatorServer::new(
            Arc::new(move || current.comm()),
            self.mux.clone(),
            Some(self.screen.clone()),
        );
        let services = Services::new(UiServer::new(cx.clone()), Beside::Communicator(communicator));
        let expected = self.mux.announce();
        let vars = machine.vars().iter();
        let data = vars.map(|(name, value)| (Value::from(&**name), to_plain(value))).collect();
        let argument = Value::record([
            ("Name", name.into()),
            ("Data", Value::Map(data)),
            ("StreamId", expected.id().into()),
        ]);
        let _serving = AbortOnDropHandle::new(tokio::spawn(serve_on(expected, services, || ())));
        let stopping = async {
            cx.cancel().cancelled().await;
            // The answer to the call itself says how it went.
            let _ = self.client.call("Hook.Cancel", &Value::Nil).await;
            std::future::pending().await
        };
        tokio::select! {
            answer = self.client.call("Hook.Run", &argument) => answer.map(drop).map_err(|error| {
                if cx.cancel().is_cancelled() { Error::cancelled() } else { failed(error) }
            }),
            never = stopping => never,
        }
    }
}

#[async_trait]
impl Hook for FarHook {
    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        self.run("packer_provision", machine, cx).await
    }

    async fn error_cleanup(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        self.run("packer_cleanup_provision", machine, cx).await
    }
}
