//! Post-processors of ours, served.

use std::sync::Arc;

use async_trait::async_trait;
use gorpc::{Answer, Call, Value};
use tintype_sdk::{Artifact, BuildVars, Keep, PostProcessed, PostProcessor, PostProcessorKind};
use tokio::sync::Mutex;

use super::connection::{Component, Connection, inside, refusal, stream, worked};
use super::layers::Given;
use crate::bridge::artifact::{ArtifactServer, FarArtifact};
use crate::bridge::screen::FarScreen;
use crate::bridge::services::{Beside, Services};
use crate::bridge::ui::UiServer;

/// A post-processor.
pub(super) struct ServedPostProcessor {
    kind: Arc<dyn PostProcessorKind>,
    shared: Arc<Connection>,
    prepared: Mutex<Option<(Box<dyn PostProcessor>, Given)>>,
}

impl ServedPostProcessor {
    pub(super) fn new(kind: Arc<dyn PostProcessorKind>, shared: Arc<Connection>) -> Self {
        Self { kind, shared, prepared: Mutex::default() }
    }

    async fn configure(&self, call: &Call) -> Answer {
        let given = self.shared.given(call)?;
        let prepared =
            self.kind.prepare(&given.config, &given.cx).await.map_err(|findings| refusal(&findings))?;
        *self.prepared.lock().await = Some((prepared.component, given));
        Ok(Value::Nil)
    }

    async fn post_process(&self, call: &Call) -> Answer {
        let client = self.shared.dial(stream(call)?).await?;
        let mut prepared = self.prepared.lock().await;
        let Some((component, given)) = prepared.as_mut() else {
            return Err("the post-processor was not prepared".into());
        };
        let screen = FarScreen::new(client.clone());
        let cx = self.shared.cx(&screen, Some(&given.cx));
        let from = FarArtifact::read(client, Box::new(())).await.map_err(|error| error.to_string())?;
        let from: Arc<dyn Artifact> = Arc::new(from);
        if given.config.loose {
            let filled = given.with_build(&published(&*from));
            let again = self.kind.prepare(&filled.config, &filled.cx).await;
            *component = again.map_err(|findings| refusal(&findings))?.component;
        }
        let result = worked("post-processor", (&cx, &screen), component.post_process(from, &cx)).await;
        let (error, keep, made) = match result {
            Ok(PostProcessed { artifact, keep }) => (Value::Nil, keep, artifact),
            Err(error) => (inside(&error.to_string()), Keep::Default(false), None),
        };
        let id = made.map_or(0, |artifact| {
            let expected = self.shared.mux.announce();
            let id = expected.id();
            let server = ArtifactServer::new(artifact, cx.clone(), Some(screen));
            let services = Services::new(UiServer::new(cx), Beside::Artifact(server));
            self.shared.keep_serving(expected, services);
            id
        });
        let (keep, forced) = match keep {
            Keep::Always => (true, true),
            Keep::Default(keep) => (keep, false),
        };
        Ok(Value::record([
            ("Err", error),
            ("Keep", keep.into()),
            ("ForceOverride", forced.into()),
            ("StreamId", id.into()),
        ]))
    }
}

/// What the artifact carries of the build.
fn published(artifact: &dyn Artifact) -> BuildVars {
    let data = artifact.state("generated_data");
    let entries = data.as_ref().and_then(cty::Value::entries);
    entries
        .map(|entries| entries.iter().map(|(name, value)| (name.to_string(), value.clone())).collect())
        .unwrap_or_default()
}

#[async_trait]
impl Component for ServedPostProcessor {
    const NAME: &'static str = "PostProcessor";

    async fn method(&self, call: &Call) -> Answer {
        match &*call.method {
            "ConfigSpec" => self.shared.config_spec(self.kind.schema()),
            "Configure" => self.configure(call).await,
            "PostProcess" => self.post_process(call).await,
            "Cancel" => {
                self.shared.cancel.cancel();
                Ok(Value::Nil)
            }
            _ => Err(call.no_method()),
        }
    }
}
