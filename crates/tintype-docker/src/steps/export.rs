//! Writes the container's files into a tar file.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::StreamExt;
use tintype_event::Unit;
use tintype_sdk::{Context, Cx, Error, Result, Step};

use crate::chunks::Incoming;
use crate::driver::Driver;

/// Writes the file; gives its path as it was named.
pub(crate) struct ExportContainer<'a> {
    /// Where to.
    pub path: &'a str,
    /// The container's id.
    pub container: &'a str,
    /// The engine.
    pub driver: &'a Arc<dyn Driver>,
}

impl Step for ExportContainer<'_> {
    type Out = PathBuf;

    fn name(&self) -> Cow<'static, str> {
        "StepExport".into()
    }

    async fn run(&self, cx: &Cx) -> Result<PathBuf> {
        cx.say("Exporting the container");
        let files = cx.wait(self.driver.export(self.container)).await?;
        let files = files.map_err(|error| error.context("Error exporting container"))?;
        write_beside(files, &cx.world().path(self.path), cx).await?;
        Ok(cx.world().expand_home(self.path))
    }
}

/// Writes a file of this name. Until it is complete it has another name beside: what was there before stays until then, and a failure
/// leaves nothing.
pub(crate) async fn write_beside(mut from: Incoming, path: &Path, cx: &Cx) -> Result<()> {
    let parent = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).context(|| parent.display().to_string())?;
    let file = tempfile::Builder::new()
        .prefix(".tintype-")
        // With the permissions of an ordinary file, which it becomes.
        .make_in(parent, |path| std::fs::File::create_new(path))
        .context(|| parent.display().to_string())?;
    let label = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let progress = cx.progress(label, None, Unit::Bytes);
    let (mut file, temp) = file.into_parts();
    while let Some(chunk) = cx.wait(from.next()).await? {
        let chunk = chunk?;
        let count = chunk.len() as u64;
        let written = tokio::task::spawn_blocking(move || file.write_all(&chunk).map(|()| file)).await;
        file =
            written.map_err(|error| Error::bug(error.to_string()))?.context(|| path.display().to_string())?;
        progress.add(count);
    }
    drop(file);
    temp.persist(path).map_err(|error| Error::from(error.error).context(path.display()))
}
