//! The oci builder: which steps there are, and what each hands to the next.

use std::sync::Arc;

use tintype_schema::At;
use tintype_sdk::{Artifact, BuildCx, BuildWith, PrepareCx, Result};

use super::artifact::OciArtifact;
use super::config::OciConfig;
use super::steps::{CommitContainer, Enter, GetBase, StartContainer, WriteOutputs};
use crate::artifact::FileArtifact;
use crate::builder::unless_stopped;
use crate::driver::{Driver, Embedded, shown_image};
use crate::published::Published;
use crate::steps::ExportContainer;

/// The oci builder.
pub(crate) struct OciBuilder;

impl BuildWith for OciBuilder {
    type Config = OciConfig;
    const GENERATED: &'static [&'static str] = Published::NAMES;

    fn prepare(config: &mut OciConfig, cx: &PrepareCx, at: &mut At<'_>) {
        config.prepare(cx, at);
    }

    async fn build(config: OciConfig, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        unless_stopped(work(&config, cx).await, cx)
    }
}

async fn work(config: &OciConfig, cx: &BuildCx) -> Result<Arc<dyn Artifact>> {
    let engine = Arc::new(Embedded::open(true, cx)?);
    let driver: Arc<dyn Driver> = engine.clone();
    let base = cx.step(GetBase { config, engine: &engine }).await?;
    let container = cx.step(StartContainer { config, base: &base, engine: &engine }).await?;
    let source = shown_image(&base);
    let mut published = Published::of_source(&source);
    let machine = cx
        .step(Enter {
            config,
            source: &source,
            container: &container,
            engine: &engine,
            published: &published,
        })
        .await?;
    cx.provision(&machine).await?;
    machine.quiesce().await?;

    if config.commits() {
        let image = cx.step(CommitContainer { config, container: &container, engine: &engine }).await?;
        let id = image.id.to_string();
        published.image = Some(id.clone());
        let (written, names) =
            cx.step(WriteOutputs { config, base: &base, image: &image, engine: &engine }).await?;
        let data = published.over(machine.vars());
        let cwd = cx.world().cwd.clone();
        return Ok(Arc::new(OciArtifact { id, names, written, cwd, data, driver }));
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
