//! Builder `file`: a file with some content. For templates whose work is done by provisioners and post-processors on this host.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tintype_comm::{DummyCommunicator, common_vars};
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, BuildCx, BuildWith, Cx, Error, Machine, Result, os_text};

use crate::artifact::FilesArtifact;
use crate::replacement::{Replacement, cannot_write};

/// Makes a file, from a text or as a copy of another one. Provisioners run, but there is no machine: whatever they do to it succeeds
/// and has no effect.
#[derive(Config)]
#[config(name = "file")]
pub(crate) struct FileConfig {
    /// Path of the file. Directories are made. A file that is there is replaced when the new one is complete.
    target: String,
    /// What the file holds. Only its owner can read it.
    content: String,
    /// Path of a file to copy. Not together with `content`.
    #[config(key = "file")]
    source: String,
}

impl Check for FileConfig {
    fn check(&self, at: &mut At<'_>) {
        if self.target.is_empty() {
            at.error("target", "target required").hint("Set \"target\" to the path of the file to make.");
        }
        match (self.content.is_empty(), self.source.is_empty()) {
            (false, false) => {
                at.error("source", "Cannot specify source file AND content");
            }
            (true, true) => {
                at.warn("", "Both source file and contents are blank; target will have no content");
            }
            _ => {}
        }
    }
}

/// The builder.
pub(crate) struct FileBuilder;

impl BuildWith for FileBuilder {
    type Config = FileConfig;

    async fn build(config: FileConfig, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        let target = cx.world().cwd.join(&config.target);
        if config.source.is_empty() {
            write(&target, &config)?;
        } else {
            copy(&target, &config, cx).await?;
        }
        let mut vars = common_vars(cx.world(), None);
        // Not even a marker in its place.
        vars.remove("ID");
        let machine = Machine::new(Arc::new(DummyCommunicator), vars);
        cx.provision_without_steps(&machine).await?;
        Ok(Some(Arc::new(FilesArtifact {
            builder_id: "packer.file",
            id: "File",
            text: format!("Stored file: {}", config.target),
            files: vec![PathBuf::from(config.target)],
            data: None,
        })))
    }
}

fn write(target: &Path, config: &FileConfig) -> Result<()> {
    let (replacement, mut file) = Replacement::begin(target, &config.target, 0o600)?;
    file.write_all(config.content.as_bytes()).map_err(|error| cannot_write(&config.target, &error))?;
    drop(file);
    replacement.keep()
}

async fn copy(target: &Path, config: &FileConfig, cx: &Cx) -> Result<()> {
    let source = cx.world().cwd.join(&config.source);
    let unreadable = |error: std::io::Error| {
        Error::environment(format!("cannot read {}: {}", config.source, os_text(&error)))
    };
    let mut from = File::open(&source).map_err(unreadable)?;
    if from.metadata().map_err(unreadable)?.is_dir() {
        return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
    }
    cx.say(format!("Copying {} to {}", config.source, config.target));
    // New files have the usual mode, not the source's.
    let (replacement, mut to) = Replacement::begin(target, &config.target, 0o666)?;
    let copied = tokio::task::spawn_blocking(move || std::io::copy(&mut from, &mut to));
    let count = cx.wait(copied).await?.map_err(|error| Error::bug(error.to_string()))?;
    let count = count.map_err(|error| cannot_write(&config.target, &error))?;
    replacement.keep()?;
    cx.say(format!("Copied {count} bytes"));
    Ok(())
}

#[cfg(all(test, unix))]
mod tests;
