//! `docker-save`: writes an image into a file.

use std::sync::Arc;

use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, Cx, Keep, PostProcessWith, PostProcessed, PrepareCx, Result};

use super::{chosen, expect_image, required};
use crate::driver::connect;
use crate::steps::write_beside;

/// Writes an image with all its layers into a tar file, which `docker load` reads.
#[derive(Config, Clone, Debug)]
#[config(name = "docker-save")]
pub struct SaveConfig {
    /// The file.
    pub path: String,
    /// The client program. `docker` stands for the Engine, which is talked to directly.
    #[config(default = "docker")]
    pub docker_path: String,
}

impl Check for SaveConfig {
    fn check(&self, at: &mut At<'_>) {
        required(at, "path", &self.path);
    }
}

/// The post-processor.
pub(crate) struct DockerSave(SaveConfig);

impl PostProcessWith for DockerSave {
    type Config = SaveConfig;

    fn prepare(config: SaveConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        expect_image(&*from)?;
        let config = &self.0;
        let driver = connect(&chosen(&config.docker_path, &*from), cx).await?;
        cx.say(format!("Saving image: {}", from.id()));
        let image = cx.wait(driver.save(&from.id())).await?;
        let image = image.map_err(|error| error.context("Error saving image"))?;
        write_beside(image, &cx.world().path(&config.path), cx).await?;
        cx.say(format!("Saved to: {}", config.path));
        Ok(PostProcessed { artifact: Some(from), keep: Keep::Default(true) })
    }
}
