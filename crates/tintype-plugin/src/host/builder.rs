//! Builders of plugins.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use diag::Diagnostics;
use gorpc::{Client, Value};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{Artifact, BuildCx, Builder, BuilderKind, Cancel, Cx, Error, PrepareCx, Prepared, Result};
use tokio::sync::Notify;

use super::instance::{Component, Instance};
use super::plugin::Plugin;
use super::process::done;
use crate::bridge::artifact::FarArtifact;
use crate::bridge::hook::HookServer;
use crate::bridge::services::{Beside, Services, serve_on};
use crate::bridge::ui::UiServer;

/// A word to stop that comes before the plugin has begun would break it; it has, this long after it opened its stream.
const BEGUN: Duration = Duration::from_millis(100);

/// A type of builder.
pub(super) struct FarBuilderKind {
    pub(super) component: Arc<Component>,
    pub(super) schema: Schema,
}

#[async_trait]
impl BuilderKind for FarBuilderKind {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Builder>, Diagnostics> {
        let (instance, _, warnings) = self.component.prepare(config, cx).await?;
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
        let hook = HookServer::new(cx.hook(), own.clone(), plugin.mux.clone());
        let services = Services::new(UiServer::new(own.clone()), Beside::Hook(hook));
        let expected = plugin.mux.announce();
        let id = Value::from(expected.id());
        let begun = Arc::new(Notify::new());
        let serving = serve_on(expected, services, || begun.notify_one());
        let answer = with_cancel(plugin, "Run", &id, cx.cancel(), serving, &begun).await?;
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

/// Calls what takes long, serves the plugin meanwhile, and passes on the word to stop once the plugin can understand it.
pub(super) async fn with_cancel(
    plugin: &Arc<Plugin>,
    method: &str,
    argument: &Value,
    cancel: &Cancel,
    serving: impl Future<Output = ()>,
    begun: &Notify,
) -> Result<bytes::Bytes> {
    let work = plugin.begin_work();
    let stopping = async {
        tokio::join!(cancel.cancelled(), async {
            begun.notified().await;
            tokio::time::sleep(BEGUN).await;
        });
        // The answer to the call itself says how it went.
        let _ = plugin.call("Cancel", &Value::Nil).await;
    };
    let beside = async {
        tokio::join!(serving, stopping);
        std::future::pending().await
    };
    let answer = tokio::select! {
        biased;
        answer = plugin.call(method, argument) => answer,
        never = beside => never,
    };
    match answer {
        Ok(answer) => {
            done(work);
            Ok(answer)
        }
        // Refused: the plugin is well. Otherwise what it started goes with it.
        Err(error) => {
            if error.kind() == tintype_sdk::Kind::User {
                done(work);
            }
            Err(if cancel.is_cancelled() { stopped(error) } else { error })
        }
    }
}

/// A failure after the word to stop counts as its consequence; what the plugin said of it is on the screen.
fn stopped(error: Error) -> Error {
    if error.kind() == tintype_sdk::Kind::User { Error::cancelled() } else { error }
}
