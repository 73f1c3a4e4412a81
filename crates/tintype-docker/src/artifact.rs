//! What the builder and the post-processors make: an image of the Engine, or a file with a container's files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use cty::{Type, Value};
use tintype_sdk::{Artifact, ArtifactRecord, BuildVars, Cx, Error, Result};

use crate::driver::{Driver, EMBEDDED};

/// Made by a commit or an import. Both have always had this id.
pub(crate) const IMPORT_ID: &str = "packer.post-processor.docker-import";
/// Made by an export, or of nothing.
pub(crate) const EXPORT_ID: &str = "packer.docker";
/// Made by a tag.
pub(crate) const TAG_ID: &str = "packer.post-processor.docker-tag";
/// Made by a push.
pub(crate) const PUSH_ID: &str = "packer.post-processor.docker-push";

/// An image.
pub(crate) struct ImageArtifact {
    /// Id of what made it.
    pub builder_id: &'static str,
    /// Its id or name.
    pub id: String,
    /// The names that `docker-tag` gave it.
    pub tags: Vec<String>,
    /// What it tells later components about the build.
    pub data: BuildVars,
    /// Where it is.
    pub driver: Arc<dyn Driver>,
}

/// The state under which components find what the build published.
pub(crate) const DATA: &str = "generated_data";
/// The state under which `docker-push` finds names.
pub(crate) const TAGS: &str = "docker_tags";
/// The state that says which engine has the image, when it is not Docker's: post-processors must look there.
pub(crate) const ENGINE: &str = "container_engine";

/// The engine that made an artifact, as later components find it. Nothing for Docker's and for client programs.
pub(crate) fn engine_state(driver: &dyn Driver) -> Option<Value> {
    driver.is_embedded().then(|| Value::string(EMBEDDED))
}

/// Whether an artifact was made by this program itself, without an Engine.
pub(crate) fn is_embedded(artifact: &dyn Artifact) -> bool {
    artifact.state(ENGINE).is_some_and(|engine| engine.as_str() == Some(EMBEDDED))
}

pub(crate) fn object(data: &BuildVars) -> Value {
    Value::object(data.iter().map(|(name, value)| (Arc::from(name.as_str()), value.clone())).collect())
}

/// What an artifact tells about its build.
pub(crate) fn data_of(artifact: &dyn Artifact) -> BuildVars {
    let Some(data) = artifact.state(DATA) else { return BTreeMap::new() };
    data.entries().into_iter().flatten().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

/// The names that an artifact's image has.
pub(crate) fn tags_of(artifact: &dyn Artifact) -> Vec<String> {
    let tags = artifact.state(TAGS);
    tags.as_ref()
        .and_then(Value::elements)
        .into_iter()
        .flatten()
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .collect()
}

pub(crate) fn recorded(artifact: &dyn Artifact, names: &[&str]) -> ArtifactRecord {
    ArtifactRecord {
        builder_id: artifact.builder_id().to_owned(),
        id: artifact.id(),
        files: artifact.files(),
        text: artifact.describe(),
        state: names.iter().filter_map(|name| Some(((*name).to_owned(), artifact.state(name)?))).collect(),
    }
}

#[async_trait]
impl Artifact for ImageArtifact {
    fn builder_id(&self) -> &str {
        self.builder_id
    }

    fn id(&self) -> String {
        self.id.clone()
    }

    fn describe(&self) -> String {
        let mut text = format!("Imported Docker image: {}", self.id);
        if !self.tags.is_empty() {
            text.push_str(" with tags ");
            text.push_str(&self.tags.join(" "));
        }
        text
    }

    fn state(&self, name: &str) -> Option<Value> {
        match name {
            DATA => Some(object(&self.data)),
            TAGS if !self.tags.is_empty() => {
                Some(Value::list(Type::String, self.tags.iter().map(Value::string).collect()))
            }
            ENGINE => engine_state(&*self.driver),
            _ => None,
        }
    }

    async fn destroy(&self, _: &Cx) -> Result<()> {
        self.driver.remove_image(&self.id).await
    }

    fn record(&self) -> ArtifactRecord {
        recorded(self, &[DATA, TAGS, ENGINE])
    }
}

/// The files of a container, in a file; or nothing at all, when the container was thrown away.
pub(crate) struct FileArtifact {
    /// The file, as the user named it.
    pub path: Option<PathBuf>,
    /// What it tells later components about the build.
    pub data: BuildVars,
    /// Where the container was.
    pub driver: Arc<dyn Driver>,
}

#[async_trait]
impl Artifact for FileArtifact {
    fn builder_id(&self) -> &str {
        EXPORT_ID
    }

    fn id(&self) -> String {
        "Container".into()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.path.iter().cloned().collect()
    }

    fn describe(&self) -> String {
        let path = self.path.as_ref().map(|path| path.display().to_string());
        format!("Exported Docker file: {}", path.unwrap_or_default())
    }

    fn state(&self, name: &str) -> Option<Value> {
        match name {
            DATA => Some(object(&self.data)),
            ENGINE => engine_state(&*self.driver),
            _ => None,
        }
    }

    async fn destroy(&self, cx: &Cx) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        match std::fs::remove_file(cx.world().cwd.join(path)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::from(error).context(path.display()))
            }
            _ => Ok(()),
        }
    }

    fn record(&self) -> ArtifactRecord {
        recorded(self, &[DATA, ENGINE])
    }
}
