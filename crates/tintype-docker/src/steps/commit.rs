//! Makes an image of the container.

use std::borrow::Cow;
use std::sync::Arc;

use tintype_sdk::{Cx, Result, Step};

use crate::config::DockerConfig;
use crate::driver::{Commit, Driver, Image};

/// Makes the image; gives its id.
pub(crate) struct CommitContainer<'a> {
    /// Everything.
    pub config: &'a DockerConfig,
    /// The image the container is made of.
    pub source: &'a Image,
    /// The container's id.
    pub container: &'a str,
    /// The engine.
    pub driver: &'a Arc<dyn Driver>,
}

impl Step for CommitContainer<'_> {
    type Out = String;

    fn name(&self) -> Cow<'static, str> {
        "StepCommit".into()
    }

    async fn run(&self, cx: &Cx) -> Result<String> {
        if self.config.windows_container {
            // The Engine cannot make an image of a container of Windows while it runs.
            self.driver.stop(self.container).await?;
        }
        cx.say("Committing the container");
        let changes = changes_of(&self.config.changes, self.source);
        let commit = Commit { author: &self.config.author, message: &self.config.message, changes: &changes };
        let id = self
            .driver
            .commit(self.container, commit)
            .await
            .map_err(|error| error.context("Error committing container"))?;
        cx.say(format!("Image ID: {id}"));
        Ok(id)
    }
}

/// The user's changes, and what undoes `run_command`: the container's entry point is a shell of ours, the image's is that of its
/// source.
pub(crate) fn changes_of(given: &[String], source: &Image) -> Vec<String> {
    let has = |word: &str| given.iter().any(|change| change.starts_with(word));
    // An empty word is how the Engine is told that there is none.
    let json = |words: &[String]| {
        let words: &[String] = if words.is_empty() { &[String::new()] } else { words };
        serde_json::to_string(words).unwrap_or_default()
    };
    let mut changes = given.to_vec();
    if !has("CMD") {
        changes.push(format!("CMD {}", json(&source.cmd)));
    }
    if !has("ENTRYPOINT") {
        changes.push(format!("ENTRYPOINT {}", json(&source.entrypoint)));
    }
    changes
}
