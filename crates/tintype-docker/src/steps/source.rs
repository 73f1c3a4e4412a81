//! Gets the image that the container is made of, and learns what there is to know about it.

use std::borrow::Cow;
use std::sync::Arc;

use tintype_sdk::{Cx, Result, Step};

use crate::config::DockerConfig;
use crate::driver::{Driver, Image, Pull};

/// Gets it. Nothing when it is not there and nobody asked for a pull: running the container fetches it.
pub(crate) struct GetSource<'a> {
    /// Everything.
    pub config: &'a DockerConfig,
    /// The image's name.
    pub image: &'a str,
    /// The engine.
    pub driver: &'a Arc<dyn Driver>,
}

impl Step for GetSource<'_> {
    type Out = Option<Image>;

    fn name(&self) -> Cow<'static, str> {
        "StepPull".into()
    }

    async fn run(&self, cx: &Cx) -> Result<Option<Image>> {
        if self.config.pulls() {
            cx.say(format!("Pulling Docker image: {}", self.image));
            let login = &self.config.login;
            let credentials = login.log_in(&**self.driver, cx).await?;
            let pull = Pull {
                image: self.image,
                platform: &self.config.platform,
                credentials: credentials.as_ref(),
                quiet: false,
            };
            let pulled = self.driver.pull(pull, cx).await;
            login.log_out(credentials.as_ref(), &**self.driver, cx).await;
            pulled.map_err(|error| {
                if error.is_cancelled() { error } else { error.context("Error pulling Docker image") }
            })?;
        }
        let found = self.driver.image(self.image).await?;
        if found.as_ref().is_some_and(|image| image.digests.is_empty()) {
            cx.error(
                "Error determining source Docker image digest; this image may not have been pushed yet, \
                 so that no registry has given it one. build.SourceImageDigest has no value.",
            );
        }
        Ok(found)
    }
}
