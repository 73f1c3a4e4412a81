//! The docker builder: which steps there are, and what each hands to the next.

use std::sync::Arc;

use tintype_schema::At;
use tintype_sdk::{Artifact, BuildCx, BuildWith, Cx, PrepareCx, Result};

use crate::artifact::{EXPORT_ID, FileArtifact, IMPORT_ID, ImageArtifact};
use crate::config::DockerConfig;
use crate::driver::{Chosen, connect};
use crate::gone::Gone;
use crate::published::Published;
use crate::steps::{
    BuildImage, CommitContainer, Connected, ExportContainer, GetSource, RunContainer, ShareDirectory,
};

/// The docker builder.
pub(crate) struct DockerBuilder;

impl BuildWith for DockerBuilder {
    type Config = DockerConfig;
    const GENERATED: &'static [&'static str] = Published::NAMES;

    fn prepare(config: &mut DockerConfig, cx: &PrepareCx, at: &mut At<'_>) {
        config.prepare(cx, at);
    }

    async fn build(config: DockerConfig, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        unless_stopped(work(&config, cx).await, cx)
    }
}

async fn work(config: &DockerConfig, cx: &BuildCx) -> Result<Arc<dyn Artifact>> {
    let chosen = Chosen { docker_path: &config.docker_path, ..Chosen::default() };
    let driver = connect(&chosen, cx).await?;
    let gone = Gone::new();
    let shared = cx.step(ShareDirectory { gone: &gone }).await?;
    let image = match &config.build {
        Some(build) => cx.step(BuildImage { config, build, driver: &driver, gone: &gone }).await?,
        None => config.image.clone(),
    };
    let source = cx.step(GetSource { config, image: &image, driver: &driver }).await?;
    let container = cx
        .step(RunContainer { config, image: &image, shared: &shared, driver: &driver, gone: &gone })
        .await?;
    let source = match source {
        Some(source) => source,
        // Running it has fetched it.
        None => driver.image(&image).await?.unwrap_or_default(),
    };
    let mut published = Published::of_source(&source);
    let machine = cx
        .step(Connected {
            config,
            source: &source,
            container: &container,
            shared: &shared,
            driver: &driver,
            published: &published,
        })
        .await?;
    cx.provision(&machine).await?;
    machine.quiesce().await?;

    let builder_id = if config.commit { IMPORT_ID } else { EXPORT_ID };
    if config.commit {
        let id = cx
            .step(CommitContainer { config, source: &source, container: &container, driver: &driver })
            .await?;
        published.image = Some(id.clone());
        let data = published.over(machine.vars());
        return Ok(Arc::new(ImageArtifact { builder_id, id, tags: Vec::new(), data, driver }));
    }
    let data = published.over(machine.vars());
    if config.discard {
        return Ok(Arc::new(FileArtifact { path: None, data, driver }));
    }
    let path = cx
        .step(ExportContainer { path: &config.export_path, container: &container, driver: &driver })
        .await?;
    Ok(Arc::new(FileArtifact { path: Some(path), data, driver }))
}

/// A build that was told to stop has neither artifact nor error; whatever failed on the way failed because of that.
pub(crate) fn unless_stopped<T>(result: Result<T>, cx: &Cx) -> Result<Option<T>> {
    match result {
        Err(_) if cx.cancel().is_cancelled() => Ok(None),
        result => result.map(Some),
    }
}

/// A path of this host as a user typed it for a volume.
pub(crate) fn volume_source(typed: &str, cx: &Cx) -> String {
    cx.world().expand_home(typed).display().to_string()
}
