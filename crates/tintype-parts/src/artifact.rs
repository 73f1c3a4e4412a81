//! The artifact of components that make files.

use std::io;
use std::path::PathBuf;

use async_trait::async_trait;
use cty::Value;
use tintype_sdk::{Artifact, BuildVars, Cx, Error, Result, os_text};

/// The state under which components find what the builder told.
const DATA: &str = "generated_data";

/// What the builder of an artifact told about the build.
pub(crate) fn data_of(artifact: &dyn Artifact) -> BuildVars {
    let Some(data) = artifact.state(DATA) else { return BuildVars::new() };
    data.entries().into_iter().flatten().map(|(name, value)| (name.to_string(), value.clone())).collect()
}

/// Files on this host.
#[derive(Clone, Debug)]
pub(crate) struct FilesArtifact {
    /// Id of what made it.
    pub builder_id: &'static str,
    /// Its id; empty when it has none.
    pub id: &'static str,
    /// Its files, as the template names them.
    pub files: Vec<PathBuf>,
    /// Its description.
    pub text: String,
    /// What the builder told about the build: it goes with every artifact that is made of the builder's.
    pub data: Option<Value>,
}

impl FilesArtifact {
    /// Files that a post-processor gathered, from another artifact.
    pub fn gathered(builder_id: &'static str, files: Vec<PathBuf>, from: &dyn Artifact) -> Self {
        let text = format!("Created artifact from files: {}", listed(&files));
        Self { builder_id, id: "", files, text, data: from.state(DATA) }
    }
}

/// The paths, with commas between them.
pub(crate) fn listed(files: &[PathBuf]) -> String {
    files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join(", ")
}

#[async_trait]
impl Artifact for FilesArtifact {
    fn builder_id(&self) -> &str {
        self.builder_id
    }

    fn id(&self) -> String {
        self.id.to_string()
    }

    fn files(&self) -> Vec<PathBuf> {
        self.files.clone()
    }

    fn describe(&self) -> String {
        self.text.clone()
    }

    fn state(&self, name: &str) -> Option<Value> {
        if name == DATA { self.data.clone() } else { None }
    }

    async fn destroy(&self, cx: &Cx) -> Result<()> {
        for file in &self.files {
            match tokio::fs::remove_file(cx.world().cwd.join(file)).await {
                // Two artifacts may name the same file.
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::environment(format!(
                        "cannot remove {}: {}",
                        file.display(),
                        os_text(&error)
                    )));
                }
                _ => {}
            }
        }
        Ok(())
    }
}
