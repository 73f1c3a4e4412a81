//! Writes the image to where it shall go.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use oci::Reference;
use tintype_oci::{Saved, StoredImage};
use tintype_sdk::{Context, Cx, Error, Result, Step};

use crate::driver::{Driver, Embedded, Push, docker_engine};
use crate::oci::artifact::Written;
use crate::oci::config::OciConfig;
use crate::oci::output::OutputConfig;

/// Writes it; gives what was written, and the names it has.
pub(crate) struct WriteOutputs<'a> {
    /// Everything.
    pub config: &'a OciConfig,
    /// The image it was made of.
    pub base: &'a StoredImage,
    /// The image.
    pub image: &'a StoredImage,
    /// The engine.
    pub engine: &'a Arc<Embedded>,
}

impl Step for WriteOutputs<'_> {
    type Out = (Vec<Written>, Vec<String>);

    fn name(&self) -> Cow<'static, str> {
        "StepOutput".into()
    }

    async fn run(&self, cx: &Cx) -> Result<(Vec<Written>, Vec<String>)> {
        let Some(output) = &self.config.output else { return Ok(Default::default()) };
        let mut names = Vec::new();
        if !output.name.is_empty() {
            cx.say(format!("Naming the image: {}", output.name));
            let (store, name) = (self.engine.store(), reference(&output.name)?);
            if output.index {
                cx.wait(store.tag_together(self.image, &name)).await??;
            } else {
                store.tag(self.image, &name)?;
            }
            names.push(output.name.clone());
        }
        let written = self.files(output, cx).await?;
        if !output.load.is_empty() {
            self.load(&output.load, cx).await?;
            names.push(output.load.clone());
        }
        if !output.push.is_empty() {
            self.push(output, cx).await?;
            names.push(output.push.clone());
        }
        names.dedup();
        Ok((written, names))
    }
}

impl WriteOutputs<'_> {
    async fn files(&self, output: &OutputConfig, cx: &Cx) -> Result<Vec<Written>> {
        let store = self.engine.store();
        let compression = output.in_files();
        let name = output.shown_name();
        let mut written = Vec::new();
        if !output.layout.is_empty() {
            cx.say(format!("Writing OCI layout: {}", output.layout));
            let dir = cx.world().path(&output.layout);
            // What others put there, too, is not this build's to remove.
            let made = !dir.exists() && !output.index;
            parents(&dir)?;
            match output.together() {
                Some(name) => cx.wait(store.layout_together(self.image, &dir, name, compression)).await??,
                None => cx.wait(store.layout(self.image, &dir, name, compression)).await??,
            };
            written.push(Written::Layout { dir, made });
        }
        if !output.archive.is_empty() {
            cx.say(format!("Writing OCI archive: {}", output.archive));
            let file = cx.world().path(&output.archive);
            parents(&file)?;
            match output.together() {
                Some(name) => {
                    cx.wait(store.archive_together(self.image, &file, name, compression)).await??;
                    written.push(Written::Shared(file));
                }
                None => {
                    cx.wait(store.archive(self.image, &file, name, compression)).await??;
                    written.push(Written::File(file));
                }
            }
        }
        if !output.docker_archive.is_empty() {
            cx.say(format!("Writing Docker archive: {}", output.docker_archive));
            let file = cx.world().path(&output.docker_archive);
            parents(&file)?;
            let names = name.map(reference).transpose()?.into_iter().collect();
            let saved = Saved { image: self.image.clone(), names };
            cx.wait(store.save_file(vec![saved], &file)).await??;
            written.push(Written::File(file));
        }
        Ok(written)
    }

    async fn load(&self, name: &str, cx: &Cx) -> Result<()> {
        cx.say(format!("Loading into the Docker Engine: {name}"));
        let loaded = async {
            let engine = docker_engine(cx).await?;
            let archive = self.engine.archive_for(&engine, self.base, self.image, reference(name)?).await?;
            cx.wait(engine.load(archive)).await?
        };
        loaded.await.map_err(|error| {
            if error.is_cancelled() { error } else { error.context("Error loading the image") }
        })
    }

    async fn push(&self, output: &OutputConfig, cx: &Cx) -> Result<()> {
        cx.say(format!("Pushing: {}", output.push));
        let login = &self.config.login;
        let driver: &dyn Driver = &**self.engine;
        let credentials = login.log_in(driver, cx).await?;
        let push = Push { image: &output.push, platform: "", credentials: credentials.as_ref() };
        let compression = output.in_registries();
        let pushed = if output.index {
            self.engine.send_together(self.image, push, compression, cx).await
        } else {
            self.engine.send(self.image, push, compression, cx).await
        };
        login.log_out(credentials.as_ref(), driver, cx).await;
        pushed.map_err(|error| {
            if error.is_cancelled() { error } else { error.context(format!("Error pushing {}", output.push)) }
        })
    }
}

fn reference(name: &str) -> Result<Reference> {
    name.parse().map_err(|error: oci::Error| Error::user(error.to_string()))
}

fn parents(path: &Path) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).context(|| parent.display().to_string())
}
