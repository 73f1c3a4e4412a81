//! Builders of plugins.

use std::sync::Arc;

use async_trait::async_trait;
use diag::Diagnostics;
use gorpc::{Client, Value};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{Artifact, BuildCx, Builder, BuilderKind, Cx, Error, PrepareCx, Prepared, Result};

use super::instance::{Instance, Kind};
use super::long_call::{Signals, with_cancel};
use crate::bridge::artifact::FarArtifact;
use crate::bridge::hook::HookServer;
use crate::bridge::services::{Beside, Services, serve_on};
use crate::bridge::ui::UiServer;

#[async_trait]
impl BuilderKind for Kind {
    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Builder>, Diagnostics> {
        let (instance, _, warnings) = self.0.prepare(config, cx).await?;
        let generated = instance.generated();
        Ok(Prepared { component: Box::new(FarBuilder { instance }), warnings, generated })
    }
}

struct FarBuilder {
    instance: Instance,
}

#[async_trait]
impl Builder for FarBuilder {
    async fn run(self: Box<Self>, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        let plugin = &self.instance.plugin;
        let own: &Cx = cx;
        let signals = Signals::default();
        let hook = HookServer::new(cx.hook(), own.clone(), plugin.mux.clone(), signals.told().clone());
        let services = Services::new(UiServer::new(own.clone()), Beside::Hook(hook));
        let expected = plugin.mux.announce();
        let id = Value::from(expected.id());
        let serving = serve_on(expected, services, || signals.begin());
        let answer = with_cancel(plugin, "Run", &id, cx.cancel(), serving, &signals).await?;
        let made = gorpc::msgpack::decode(&answer).ok().and_then(|value| value.as_i64());
        let made = made.and_then(|id| u32::try_from(id).ok());
        let made = made.ok_or_else(|| plugin.garbled("Run", &"it is no number"))?;
        if made == 0 {
            return Ok(None);
        }
        let stream = plugin.mux.dial(made).await.map_err(Error::from)?;
        let artifact = FarArtifact::read(Client::new(stream), Box::new(plugin.clone())).await?;
        Ok(Some(Arc::new(artifact)))
    }
}
