//! `docker-tag`: gives an image names.

use std::sync::Arc;

use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, Cx, Keep, PostProcessWith, PostProcessed, PrepareCx, Result};

use super::{chosen, expect_image, required};
use crate::artifact::{ImageArtifact, TAG_ID, data_of};
use crate::driver::connect;

/// Gives an image names, so that it can be pushed or found again.
#[derive(Config, Clone, Debug)]
#[config(name = "docker-tag")]
pub struct TagConfig {
    /// The name without a tag, `registry.example/team/app`.
    pub repository: String,
    /// The tags. Without any the image gets the name alone, which means `latest`.
    pub tags: Vec<String>,
    /// The same.
    #[config(deprecated = "use tags")]
    pub tag: Vec<String>,
    /// Had a meaning before Docker 1.12: a name is always taken from an older image.
    #[expect(dead_code, reason = "templates still set it, and no Engine that is left knows a difference")]
    pub force: bool,
    /// The client program. `docker` stands for the Engine, which is talked to directly.
    #[config(default = "docker")]
    pub docker_path: String,
}

impl Check for TagConfig {
    fn check(&self, at: &mut At<'_>) {
        required(at, "repository", &self.repository);
    }
}

/// The post-processor.
pub(crate) struct DockerTag(TagConfig);

impl PostProcessWith for DockerTag {
    type Config = TagConfig;

    fn prepare(config: TagConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        expect_image(&*from)?;
        let config = &self.0;
        let driver = connect(&chosen(&config.docker_path, &*from), cx).await?;
        let image = from.id();
        let mut tags: Vec<String> = Vec::new();
        for tag in config.tag.iter().chain(&config.tags) {
            let name = format!("{}:{tag}", config.repository);
            if !tags.contains(&name) {
                tags.push(name);
            }
        }
        let names = if tags.is_empty() { std::slice::from_ref(&config.repository) } else { &tags };
        for name in names {
            cx.check()?;
            cx.say(format!("Tagging image: {image}"));
            cx.say(format!("Repository: {name}"));
            driver
                .tag(&image, name)
                .await
                .map_err(|error| error.context(format!("Error tagging image {name}")))?;
        }
        let id = names.last().cloned().unwrap_or_default();
        let artifact = ImageArtifact { builder_id: TAG_ID, id, tags, data: data_of(&*from), driver };
        // Removing the input would take the image away from under its new names.
        Ok(PostProcessed { artifact: Some(Arc::new(artifact)), keep: Keep::Always })
    }
}
