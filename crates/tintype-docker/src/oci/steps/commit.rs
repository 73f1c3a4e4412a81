//! Makes an image of the container.

use std::borrow::Cow;
use std::sync::Arc;

use tintype_oci::StoredImage;
use tintype_sdk::{Cx, Result, Step};

use crate::driver::{Commit, Embedded};
use crate::oci::config::OciConfig;

/// Makes the image.
pub(crate) struct CommitContainer<'a> {
    /// Everything.
    pub config: &'a OciConfig,
    /// The container's id.
    pub container: &'a str,
    /// The engine.
    pub engine: &'a Arc<Embedded>,
}

impl Step for CommitContainer<'_> {
    type Out = StoredImage;

    fn name(&self) -> Cow<'static, str> {
        "StepCommit".into()
    }

    async fn run(&self, cx: &Cx) -> Result<StoredImage> {
        cx.say("Committing the container");
        let config = self.config;
        let commit = Commit { author: &config.author, message: &config.message, changes: &config.changes };
        let made = self.engine.make_image(self.container, commit).await;
        let image = made.map_err(|error| error.context("Error committing container"))?;
        cx.say(format!("Image ID: {}", image.id));
        Ok(image)
    }
}
