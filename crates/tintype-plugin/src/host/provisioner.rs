//! Provisioners of plugins.

use std::sync::Arc;

use async_trait::async_trait;
use diag::Diagnostics;
use gorpc::{Mux, Value};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{Cx, Machine, PrepareCx, Prepared, Provisioner, ProvisionerKind, Result};
use tokio::sync::Mutex;

use super::instance::{Component, Instance, Kind, Use};
use super::long_call::{Signals, with_cancel};
use super::plugin::Plugin;
use crate::bridge::communicator::CommunicatorServer;
use crate::bridge::hook::Published;
use crate::bridge::services::{Beside, Services, serve_on};
use crate::bridge::ui::UiServer;
use crate::value::to_plain;

#[async_trait]
impl ProvisionerKind for Kind {
    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Provisioner>, Diagnostics> {
        let (instance, place, warnings) = self.0.prepare(config, cx).await?;
        let layers = instance.layers.clone();
        let state = State { instance: Some(instance), used: false };
        let provisioner =
            FarProvisioner { component: self.0.clone(), place, layers, state: Mutex::new(state) };
        Ok(Prepared { component: Box::new(provisioner), warnings, generated: Vec::new() })
    }
}

struct FarProvisioner {
    component: Arc<Component>,
    place: Use,
    layers: Value,
    state: Mutex<State>,
}

struct State {
    /// Nothing after the process was told to stop: it would take every further call as stopped, too.
    instance: Option<Instance>,
    used: bool,
}

#[async_trait]
impl Provisioner for FarProvisioner {
    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        let mut state = self.state.lock().await;
        state.used = true;
        let instance = match state.instance.take() {
            Some(instance) => instance,
            None => self.component.again(&self.layers).await?,
        };
        let plugin = &instance.plugin;
        let result = provision(plugin, machine, cx).await;
        if !cx.cancel().is_cancelled() && !plugin.mux.has_ended() {
            state.instance = Some(instance);
        }
        result
    }
}

impl Drop for FarProvisioner {
    fn drop(&mut self) {
        let state = self.state.get_mut();
        if let Some(instance) = state.instance.take().filter(|_| !state.used) {
            self.component.keep(instance, self.place.clone());
        }
    }
}

async fn provision(plugin: &Arc<Plugin>, machine: &Machine, cx: &Cx) -> Result<()> {
    let current = machine.clone();
    let mux: Mux = plugin.mux.clone();
    let communicator = CommunicatorServer::new(Arc::new(move || current.comm()), mux, None);
    let services = Services::new(UiServer::new(cx.clone()), Beside::Communicator(communicator));
    let expected = plugin.mux.announce();
    let argument = Value::record([("GeneratedData", published(machine)), ("StreamID", expected.id().into())]);
    let signals = Signals::default();
    let serving = serve_on(expected, services, || signals.begin());
    with_cancel(plugin, "Provision", &argument, cx.cancel(), serving, &signals).await.map(drop)
}

/// What the builder publishes: as it came from a builder behind a wire, or else in the forms that Go expects.
fn published(machine: &Machine) -> Value {
    if let Some(Published(entries)) = machine.attached() {
        return Value::Map(
            entries.iter().map(|(name, raw)| (Value::from(&**name), Value::Raw(raw.clone()))).collect(),
        );
    }
    Value::Map(machine.vars().iter().map(|(name, value)| (Value::from(&**name), to_plain(value))).collect())
}
