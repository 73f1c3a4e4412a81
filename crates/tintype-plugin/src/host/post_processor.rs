//! Post-processors of plugins.

use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use diag::Diagnostics;
use gorpc::{Client, Fields, Value};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{
    Artifact, Cx, Error, Keep, PostProcessed, PostProcessor, PostProcessorKind, PrepareCx, Prepared, Result,
};
use tokio::sync::Mutex;
use tokio_util::task::AbortOnDropHandle;

use super::instance::{Component, Instance, Kind, Use};
use super::long_call::{Signals, with_cancel};
use super::plugin::Plugin;
use crate::bridge::artifact::{ArtifactServer, FarArtifact};
use crate::bridge::services::{Beside, Services, serve_on};
use crate::bridge::ui::UiServer;

#[async_trait]
impl PostProcessorKind for Kind {
    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn PostProcessor>, Diagnostics> {
        let (instance, place, warnings) = self.0.prepare(config, cx).await?;
        let component = self.0.clone();
        let post_processor = FarPostProcessor { component, place, instance: Mutex::new(Some(instance)) };
        Ok(Prepared { component: Box::new(post_processor), warnings, generated: Vec::new() })
    }
}

struct FarPostProcessor {
    component: Arc<Component>,
    place: Use,
    /// Until it is used.
    instance: Mutex<Option<Instance>>,
}

#[async_trait]
impl PostProcessor for FarPostProcessor {
    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        let Some(instance) = self.instance.lock().await.take() else {
            return Err(Error::bug("a post-processor was used twice"));
        };
        let plugin = instance.plugin;
        let artifact = ArtifactServer::new(from.clone(), cx.clone(), None);
        let services = Services::new(UiServer::new(cx.clone()), Beside::Artifact(artifact));
        let expected = plugin.mux.announce();
        let argument = Value::from(expected.id());
        let signals = Signals::default();
        // What the plugin makes may be what it was given: it asks us for that as long as it lives.
        let opened = signals.clone();
        let serving = tokio::spawn(serve_on(expected, services, move || opened.begin()));
        let serving = AbortOnDropHandle::new(serving);
        let idle = std::future::pending();
        let answer = with_cancel(&plugin, "PostProcess", &argument, cx.cancel(), idle, &signals).await?;
        let fields = plugin.fields("PostProcess", &answer)?;
        let wrong = |error| plugin.garbled("PostProcess", &error);
        let error = Fields::read(&fields.raw("Err")).map_err(wrong)?;
        if !error.0.is_empty() {
            return Err(if cx.cancel().is_cancelled() {
                Error::cancelled()
            } else {
                Error::user(error.text("Message").map_err(wrong)?)
            });
        }
        let (keep, forced) =
            (fields.bool("Keep").map_err(wrong)?, fields.bool("ForceOverride").map_err(wrong)?);
        let keep = if keep && forced { Keep::Always } else { Keep::Default(keep) };
        let artifact: Option<Arc<dyn Artifact>> = match fields.stream("StreamId").map_err(wrong)? {
            0 => None,
            id => Some(Arc::new(made(&plugin, id, Box::new((serving, from, plugin.clone()))).await?)),
        };
        Ok(PostProcessed { artifact, keep })
    }
}

async fn made(plugin: &Plugin, id: u32, held: Box<dyn Any + Send + Sync>) -> Result<FarArtifact> {
    let stream = plugin.mux.dial(id).await.map_err(Error::from)?;
    FarArtifact::read(Client::new(stream), held).await
}

impl Drop for FarPostProcessor {
    fn drop(&mut self) {
        if let Some(instance) = self.instance.get_mut().take() {
            self.component.keep(instance, self.place.clone());
        }
    }
}
