//! An artifact made of what a test says, which remembers whether it was destroyed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use cty::Value;
use tintype_sdk::{Artifact, Cx, Result};

/// An artifact made of what a test says.
#[derive(Default, Debug)]
pub struct FakeArtifact {
    /// Id of what made it.
    pub builder_id: String,
    /// Its id.
    pub id: String,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// Its description.
    pub text: String,
    /// What it answers to `state`.
    pub state: BTreeMap<String, Value>,
    /// Whether it was destroyed.
    pub destroyed: AtomicBool,
}

impl FakeArtifact {
    /// An artifact with these files.
    pub fn with_files(files: &[&str]) -> Self {
        Self {
            builder_id: "fake.builder".into(),
            id: "fake-1".into(),
            files: files.iter().map(PathBuf::from).collect(),
            text: "A fake".into(),
            ..Self::default()
        }
    }
}

#[async_trait]
impl Artifact for FakeArtifact {
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
        self.state.get(name).cloned()
    }

    async fn destroy(&self, _: &Cx) -> Result<()> {
        self.destroyed.store(true, Ordering::Relaxed);
        Ok(())
    }
}
