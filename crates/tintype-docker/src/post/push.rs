//! `docker-push`: sends an image to its registry.

use std::sync::Arc;

use cty::Value;
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, Context, Cx, Error, Keep, PostProcessWith, PostProcessed, PrepareCx, Result};

use super::{chosen, expect_image};
use crate::artifact::{ImageArtifact, PUSH_ID, data_of, tags_of};
use crate::auth::Credentials;
use crate::driver::{Chosen, Driver, Push, connect};
use crate::login::LoginConfig;

/// Sends an image to its registry under all names that `docker-tag` gave it.
#[derive(Config, Clone, Debug)]
#[config(name = "docker-push")]
pub struct PushConfig {
    /// Login to the registry.
    #[config(flatten)]
    pub login: LoginConfig,
    /// The platform that is pushed, of an image for several. Needs Docker 28.
    pub platform: String,
    /// The client program. `docker` stands for the Engine, which is talked to directly.
    #[config(default = "docker")]
    pub docker_path: String,
}

impl Check for PushConfig {}

/// The post-processor.
pub(crate) struct DockerPush(PushConfig);

impl PostProcessWith for DockerPush {
    type Config = PushConfig;

    fn prepare(config: PushConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        expect_image(&*from)?;
        let config = &self.0;
        // With no directory named by the user the push is kept apart from the user's own logins.
        let settings = if cx.world().env("DOCKER_CONFIG").is_none_or(str::is_empty) {
            cx.say("Creating temporary Docker configuration directory");
            let tmp = &cx.world().tmp;
            Some(
                tempfile::Builder::new()
                    .prefix("packer")
                    .tempdir_in(tmp)
                    .context(|| tmp.display().to_string())?,
            )
        } else {
            None
        };
        let config_dir = settings.as_ref().map(|dir| dir.path().to_owned());
        let apart = config_dir.is_some();
        let driver = connect(&Chosen { config_dir, ..chosen(&config.docker_path, &*from) }, cx).await?;
        let credentials = config.login.log_in(&*driver, cx).await?;
        let pushed = self.push_all(&*from, &*driver, credentials.as_ref(), cx).await;
        config.login.log_out(credentials.as_ref(), &*driver, cx).await;
        pushed.map_err(|error| match &credentials {
            None if apart && !error.is_cancelled() => error.hint(
                "Logins made with `docker login` are used only when DOCKER_CONFIG names their directory, such as $HOME/.docker; \
                 or set login, login_username and login_password.",
            ),
            _ => error,
        })?;

        let mut data = data_of(&*from);
        let digest =
            driver.image(&from.id()).await.ok().flatten().and_then(|image| image.digests.into_iter().next());
        match digest {
            Some(digest) => {
                data.insert("Digest".into(), Value::string(digest));
            }
            None => cx.error("Unable to determine digest for source image, ignoring it for now"),
        }
        let artifact =
            ImageArtifact { builder_id: PUSH_ID, id: from.id(), tags: tags_of(&*from), data, driver };
        Ok(PostProcessed { artifact: Some(Arc::new(artifact)), keep: Keep::Default(true) })
    }
}

impl DockerPush {
    async fn push_all(
        &self,
        from: &dyn Artifact,
        driver: &dyn Driver,
        credentials: Option<&Credentials>,
        cx: &Cx,
    ) -> Result<()> {
        // The last of the tags is the id as well: it is told, and pushed, a second time. There is nothing left to send then.
        for image in std::iter::once(from.id()).chain(tags_of(from)) {
            cx.check()?;
            cx.say(format!("Pushing: {image}"));
            if image.starts_with("sha256:") {
                return Err(Error::user(format!("Error pushing {image}: the image has no name"))
                    .hint("A registry needs one: put docker-tag before docker-push."));
            }
            let push = Push { image: &image, platform: &self.0.platform, credentials };
            let pushed = driver.push(push, cx).await;
            pushed.map_err(|error| {
                if error.is_cancelled() { error } else { error.context(format!("Error pushing {image}")) }
            })?;
        }
        Ok(())
    }
}
