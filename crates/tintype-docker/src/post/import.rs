//! `docker-import`: makes an image of a container's files.

use std::sync::Arc;

use tintype_event::Unit;
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, Context, Cx, Error, Keep, PostProcessWith, PostProcessed, PrepareCx, Result};

use super::{chosen, expect, required};
use crate::artifact::{EXPORT_ID, IMPORT_ID, ImageArtifact, data_of};
use crate::chunks::Outgoing;
use crate::driver::{Import, connect};

/// Made by the artifice post-processor: files that the user vouches for.
const ARTIFICE_ID: &str = "packer.post-processor.artifice";

/// Makes an image of a container's files, as the docker builder writes them with `export_path`.
#[derive(Config, Clone, Debug)]
#[config(name = "docker-import")]
pub struct ImportConfig {
    /// The image's name without a tag.
    pub repository: String,
    /// Its tag.
    pub tag: String,
    /// Instructions of a Dockerfile that are applied.
    pub changes: Vec<String>,
    /// The platform that is written down in the image.
    pub platform: String,
    /// The client program. `docker` stands for the Engine, which is talked to directly.
    #[config(default = "docker")]
    pub docker_path: String,
}

impl Check for ImportConfig {
    fn check(&self, at: &mut At<'_>) {
        required(at, "repository", &self.repository);
    }
}

/// The post-processor.
pub(crate) struct DockerImport(ImportConfig);

impl PostProcessWith for DockerImport {
    type Config = ImportConfig;

    fn prepare(config: ImportConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        expect(
            &*from,
            &[EXPORT_ID, ARTIFICE_ID],
            "a file with a container's files: of the docker builder with export_path, or of artifice",
        )?;
        let config = &self.0;
        let path = from.files().into_iter().next().ok_or_else(|| {
            Error::user("The artifact has no file to import")
                .hint("Set export_path in the docker builder in place of discard.")
        })?;
        let driver = connect(&chosen(&config.docker_path, &*from), cx).await?;
        let name = if config.tag.is_empty() {
            config.repository.clone()
        } else {
            format!("{}:{}", config.repository, config.tag)
        };
        cx.say(format!("Importing image: {}", from.id()));
        cx.say(format!("Repository: {name}"));
        let path = cx.world().cwd.join(path);
        let file = tokio::fs::File::open(&path).await.context(|| path.display().to_string())?;
        let size = file.metadata().await.context(|| path.display().to_string())?.len();
        let progress = cx.progress(name.as_str(), Some(size), Unit::Bytes);
        let files = Outgoing::read_told(file, move |count| progress.add(count));
        let import = Import { name: &name, changes: &config.changes, platform: &config.platform };
        let id =
            driver.import(import, files).await.map_err(|error| error.context("Error importing image"))?;
        cx.say(format!("Imported ID: {id}"));
        let artifact = ImageArtifact {
            builder_id: IMPORT_ID,
            id: name,
            tags: Vec::new(),
            data: data_of(&*from),
            driver,
        };
        Ok(PostProcessed { artifact: Some(Arc::new(artifact)), keep: Keep::Default(false) })
    }
}
