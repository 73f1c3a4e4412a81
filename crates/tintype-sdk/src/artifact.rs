//! What a builder or post-processor made.

use std::any::Any;
use std::path::PathBuf;

use async_trait::async_trait;
use cty::Value;

use crate::{Cx, Result};

/// What a builder or post-processor made. Shared: the same artifact may end several chains.
#[async_trait]
pub trait Artifact: Send + Sync {
    /// Id of what made it, `packer.file`. Post-processors decide by it what they accept.
    fn builder_id(&self) -> &str;
    /// Its id, as the platform knows it.
    fn id(&self) -> String;
    /// Its files on this host.
    fn files(&self) -> Vec<PathBuf> {
        Vec::new()
    }
    /// One or more lines for people.
    fn describe(&self) -> String;
    /// Something more, by name; what there is depends on the kind of artifact.
    fn state(&self, _name: &str) -> Option<Value> {
        None
    }
    /// Its own type, for those who treat artifacts of their own kind differently. Nothing when it has no use for that.
    fn as_any(&self) -> Option<&dyn Any> {
        None
    }
    /// Removes it.
    async fn destroy(&self, cx: &Cx) -> Result<()>;
    /// All of it as data, so that post-processing can go on in another process.
    fn record(&self) -> ArtifactRecord {
        ArtifactRecord {
            builder_id: self.builder_id().to_string(),
            id: self.id(),
            files: self.files(),
            text: self.describe(),
            state: Vec::new(),
        }
    }
}

/// An artifact as data.
#[derive(Clone, PartialEq, Debug)]
pub struct ArtifactRecord {
    /// Id of what made it.
    pub builder_id: String,
    /// Its id.
    pub id: String,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Its description.
    pub text: String,
    /// Everything it answers to `state`.
    pub state: Vec<(String, Value)>,
}
