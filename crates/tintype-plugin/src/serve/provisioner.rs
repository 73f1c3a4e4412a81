//! Provisioners of ours, served.

use std::sync::Arc;

use async_trait::async_trait;
use gorpc::{Answer, Call, Fields, Value};
use tintype_sdk::{BuildVars, Machine, Provisioner, ProvisionerKind};
use tokio::sync::Mutex;

use super::connection::{Component, Connection, refusal, worked};
use super::layers::Given;
use crate::bridge::communicator::FarCommunicator;
use crate::bridge::screen::FarScreen;
use crate::value::from_plain;

/// A provisioner.
pub(super) struct ServedProvisioner {
    kind: Arc<dyn ProvisionerKind>,
    shared: Arc<Connection>,
    prepared: Mutex<Option<(Box<dyn Provisioner>, Given)>>,
}

impl ServedProvisioner {
    pub(super) fn new(kind: Arc<dyn ProvisionerKind>, shared: Arc<Connection>) -> Self {
        Self { kind, shared, prepared: Mutex::default() }
    }

    async fn prepare(&self, call: &Call) -> Answer {
        let given = self.shared.given(call)?;
        let prepared =
            self.kind.prepare(&given.config, &given.cx).await.map_err(|findings| refusal(&findings))?;
        *self.prepared.lock().await = Some((prepared.component, given));
        Ok(Value::Nil)
    }

    async fn provision(&self, call: &Call) -> Answer {
        let fields = call.fields()?;
        let wrong = |error| call.wrong(&error);
        let client = self.shared.dial(fields.stream("StreamID").map_err(wrong)?).await?;
        let mut vars = BuildVars::new();
        for (name, raw) in Fields::read(&fields.raw("GeneratedData")).map_err(wrong)?.0 {
            vars.insert(name, from_plain(&gorpc::msgpack::decode(&raw).map_err(wrong)?));
        }
        let mut prepared = self.prepared.lock().await;
        let Some((component, given)) = prepared.as_mut() else {
            return Err("the provisioner was not prepared".into());
        };
        if given.config.loose {
            let filled = given.with_build(&vars);
            let again = self.kind.prepare(&filled.config, &filled.cx).await;
            *component = again.map_err(|findings| refusal(&findings))?.component;
        }
        let screen = FarScreen::new(client.clone());
        let cx = self.shared.cx(&screen, Some(&given.cx));
        let machine = Machine::new(Arc::new(FarCommunicator::new(client, self.shared.mux.clone())), vars);
        let result = worked("provisioner", (&cx, &screen), component.provision(&machine, &cx)).await;
        result.map(|()| Value::Nil).map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Component for ServedProvisioner {
    const NAME: &'static str = "Provisioner";

    async fn method(&self, call: &Call) -> Answer {
        match &*call.method {
            "ConfigSpec" => self.shared.config_spec(self.kind.schema()),
            "Prepare" => self.prepare(call).await,
            "Provision" => self.provision(call).await,
            "Cancel" => {
                self.shared.cancel.cancel();
                Ok(Value::Nil)
            }
            _ => Err(call.no_method()),
        }
    }
}
