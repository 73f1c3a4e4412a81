//! Artifacts: one of ours served to the other side, and one of theirs as one of ours.

use std::any::Any;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use cty::Value;
use gorpc::{Answer, Call, CallError, Client, Fields, Value as Wire};
use tintype_sdk::{Artifact, ArtifactRecord, Cx, Error, Result};
use tokio::runtime::{Handle, RuntimeFlavor};

use super::failed;
use super::screen::{FarScreen, shown};
use crate::value::{from_plain, to_plain};

/// What components of ours ask of artifacts: read on arrival.
const ASKED_FOR: [&str; 2] = ["generated_data", "docker_tags"];

/// An artifact behind the wire.
pub(crate) struct FarArtifact {
    client: Client,
    builder_id: String,
    id: String,
    text: String,
    files: Vec<PathBuf>,
    state: BTreeMap<&'static str, Value>,
    /// What must stay for it to be reachable: its plugin, and what that plugin asks us for.
    _held: Box<dyn Any + Send + Sync>,
}

impl FarArtifact {
    /// Reads everything that is asked for without waiting.
    pub(crate) async fn read(client: Client, held: Box<dyn Any + Send + Sync>) -> Result<Self> {
        let text = async |method: &str| -> Result<String> {
            let answer = client.call(&format!("Artifact.{method}"), &Wire::Nil).await.map_err(failed)?;
            let value = gorpc::msgpack::decode(&answer).map_err(|error| garbled(method, &error))?;
            Ok(value.as_text().ok_or_else(|| garbled(method, &"it is no text"))?.into_owned())
        };
        let files = async {
            let answer = client.call("Artifact.Files", &Wire::Nil).await.map_err(failed)?;
            match gorpc::msgpack::decode(&answer).map_err(|error| garbled("Files", &error))? {
                Wire::Nil => Ok(Vec::new()),
                Wire::Array(files) => {
                    files
                        .iter()
                        .map(|file| file.as_text().map(|text| PathBuf::from(&*text)))
                        .collect::<Option<_>>()
                }
                .ok_or_else(|| garbled("Files", &"a name is no text")),
                _ => Err(garbled("Files", &"it is no list")),
            }
        };
        let (builder_id, id, shown, files) =
            tokio::try_join!(text("BuilderId"), text("Id"), text("String"), files)?;
        let mut state = BTreeMap::new();
        for name in ASKED_FOR {
            let raw = client.call("Artifact.State", &name.into()).await.map_err(failed)?;
            let value = gorpc::msgpack::decode(&raw).map_err(|error| garbled("State", &error))?;
            state.insert(name, from_plain(&value));
        }
        Ok(Self { client, builder_id, id, text: shown, files, state, _held: held })
    }

    /// A state in its encoded form, to be passed on unchanged.
    async fn raw_state(&self, name: &str) -> std::result::Result<Bytes, CallError> {
        self.client.call("Artifact.State", &name.into()).await
    }
}

fn garbled(method: &str, why: &dyn std::fmt::Display) -> Error {
    Error::environment(format!("an answer to Artifact.{method} cannot be understood: {why}"))
}

#[async_trait]
impl Artifact for FarArtifact {
    fn builder_id(&self) -> &str {
        &self.builder_id
    }

    fn id(&self) -> String {
        self.id.clone()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn describe(&self) -> String {
        self.text.clone()
    }

    fn state(&self, name: &str) -> Option<Value> {
        let value = match self.state.get(name) {
            Some(value) => value.clone(),
            None => {
                // A name that nothing of ours asks for. The wait is a few calls long, and never in the only thread.
                let handle = Handle::try_current().ok()?;
                if handle.runtime_flavor() != RuntimeFlavor::MultiThread {
                    return None;
                }
                let raw = tokio::task::block_in_place(|| handle.block_on(self.raw_state(name))).ok()?;
                from_plain(&gorpc::msgpack::decode(&raw).ok()?)
            }
        };
        (!value.is_null()).then_some(value)
    }

    fn as_any(&self) -> Option<&dyn Any> {
        Some(self)
    }

    async fn destroy(&self, _: &Cx) -> Result<()> {
        let answer = self.client.call("Artifact.Destroy", &Wire::Nil).await.map_err(failed)?;
        // Go reports a failure as the result: a struct with a text.
        match Fields::read(&answer).map_err(|error| garbled("Destroy", &error))?.text("Message") {
            Ok(text) if text.is_empty() => Ok(()),
            Ok(text) => Err(Error::user(text)),
            Err(error) => Err(garbled("Destroy", &error)),
        }
    }

    fn record(&self) -> ArtifactRecord {
        ArtifactRecord {
            builder_id: self.builder_id.clone(),
            id: self.id.clone(),
            files: self.files.clone(),
            text: self.text.clone(),
            state: self.state.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        }
    }
}

/// Serves an artifact.
pub(crate) struct ArtifactServer {
    artifact: Arc<dyn Artifact>,
    cx: Cx,
    screen: Option<FarScreen>,
}

impl ArtifactServer {
    /// `screen` is where the artifact tells things, if that is far: all of them are seen before an answer.
    pub(crate) fn new(artifact: Arc<dyn Artifact>, cx: Cx, screen: Option<FarScreen>) -> Self {
        Self { artifact, cx, screen }
    }

    pub(crate) async fn answer(&self, call: &Call) -> Answer {
        let artifact = &self.artifact;
        Ok(match &*call.method {
            "BuilderId" => artifact.builder_id().into(),
            "Id" => artifact.id().into(),
            "String" => artifact.describe().into(),
            "Files" => Wire::texts(artifact.files().iter().map(|file| file.to_string_lossy().into_owned())),
            "State" => {
                let name = call.text()?;
                let far = artifact.as_any().and_then(|any| any.downcast_ref::<FarArtifact>());
                match far {
                    Some(far) => Wire::Raw(far.raw_state(&name).await.map_err(|error| error.to_string())?),
                    None => artifact.state(&name).map_or(Wire::Nil, |value| to_plain(&value)),
                }
            }
            // As an error of the call: Go clients cannot read the result in which their own servers tell it.
            "Destroy" => {
                let done = artifact.destroy(&self.cx).await;
                shown(self.screen.as_ref()).await;
                done.map(|()| Wire::Nil).map_err(|error| error.to_string())?
            }
            _ => return Err(call.no_method()),
        })
    }
}
