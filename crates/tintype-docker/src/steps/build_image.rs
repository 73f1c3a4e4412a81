//! Builds the image that the container is made of.

use std::borrow::Cow;
use std::sync::Arc;

use tintype_sdk::{Cx, Error, Result, Scope, Step, When};

use crate::config::{DockerConfig, ImageBuildConfig};
use crate::driver::{Driver, ImageBuild};
use crate::gone::Gone;

/// Builds it.
pub(crate) struct BuildImage<'a> {
    /// Everything.
    pub config: &'a DockerConfig,
    /// The block.
    pub build: &'a ImageBuildConfig,
    /// The engine.
    pub driver: &'a Arc<dyn Driver>,
    /// When the image is not used any more.
    pub gone: &'a Gone,
}

impl Step for BuildImage<'_> {
    type Out = String;

    fn name(&self) -> Cow<'static, str> {
        "StepBuild".into()
    }

    async fn run(&self, cx: &Cx) -> Result<String> {
        cx.say("Building base image...");
        let world = cx.world();
        let (dockerfile, dir) = (world.path(&self.build.path), world.path(&self.build.build_dir));
        if !dockerfile.is_file() {
            return Err(Error::user(format!(
                "Error building base image: {} is no file",
                dockerfile.display()
            ))
            .hint("`path` in the build block names the Dockerfile, from the working directory."));
        }
        if !dir.is_dir() {
            return Err(Error::user(format!("Error building base image: {} is no directory", dir.display())));
        }
        let login = &self.config.login;
        let credentials = login.log_in(&**self.driver, cx).await?;
        let build = ImageBuild {
            dockerfile: &dockerfile,
            dir: &dir,
            args: &self.build.arguments,
            pull: self.build.pull,
            compress: self.build.compress,
            platform: &self.config.platform,
            credentials: credentials.as_ref(),
        };
        let built = self.driver.build(build, cx).await;
        login.log_out(credentials.as_ref(), &**self.driver, cx).await;
        let id = built.map_err(|error| {
            if error.is_cancelled() { error } else { error.context("Error building base image") }
        })?;
        cx.say(format!("Finished building base image \"{id}\""));
        let (driver, image, discard, gone) =
            (self.driver.clone(), id.clone(), self.config.discard, self.gone.clone());
        let what = format!("image {id}");
        let _at_the_end = cx.defer(Scope::Temp, When::Always, what, move |cx| async move {
            if !discard {
                cx.say(format!("Keeping the base image {image}"));
                return Ok(());
            }
            cx.background(format!("image {image}"), async move {
                gone.wait().await;
                driver.remove_image(&image).await
            });
            Ok(())
        });
        Ok(id)
    }
}
