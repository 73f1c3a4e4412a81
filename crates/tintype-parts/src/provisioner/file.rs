//! Provisioner `file`: brings files to the machine, or from it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use tintype_event::Unit;
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Context, Cx, Error, FileMeta, Machine, PrepareCx, ProvisionWith, Result, os_text};

use crate::os;
use crate::replacement::Replacement;

/// Brings files and directories to the machine, or from it to this host.
#[derive(Config)]
#[config(name = "file")]
pub(crate) struct FileConfig {
    /// Path of a file or directory: on this host, or with `direction = "download"` on the machine. Of a directory with `/` at its end the
    /// contents are transferred, without it the directory itself.
    #[config(key = "tree")]
    source: String,
    /// Several of them.
    #[config(key = "tree")]
    sources: Vec<String>,
    /// A text that becomes the file's content, in place of `source`.
    content: String,
    /// Path to transfer to. With `/` at its end a directory, in which a file keeps its name.
    destination: String,
    /// `upload` (to the machine) or `download` (from it).
    #[config(default = "upload", values("upload", "download"))]
    direction: String,
    /// The source is made while the build runs: do not expect it before.
    #[config(key = "no")]
    generated: bool,
}

impl Check for FileConfig {
    fn complete(&mut self) {
        if self.direction.is_empty() {
            self.direction = "upload".into();
        }
    }

    fn check(&self, at: &mut At<'_>) {
        if !matches!(self.direction.as_str(), "upload" | "download") {
            at.error("direction", "Direction must be one of: download, upload.");
        }
        let sources = !self.source.is_empty() || !self.sources.is_empty();
        if sources && !self.content.is_empty() {
            at.error("content", "source(s) conflicts with content.");
        }
        // An empty content that was written is an empty file.
        if !sources && !at.given("content") {
            at.error("source", "Source must be specified.")
                .hint("Set \"source\", \"sources\" or \"content\".");
        }
        if self.direction == "download" && !self.content.is_empty() {
            at.error("content", "content can only be uploaded");
        }
        if self.destination.is_empty() {
            at.error("destination", "Destination must be specified.");
        }
    }
}

/// A prepared `file`.
pub(crate) struct FileProvisioner {
    config: FileConfig,
    sources: Vec<String>,
}

impl ProvisionWith for FileProvisioner {
    type Config = FileConfig;

    fn prepare(config: FileConfig, cx: &PrepareCx, at: &mut At<'_>) -> Self {
        let mut sources = config.sources.clone();
        if !config.source.is_empty() {
            sources.push(config.source.clone());
        }
        if config.direction == "upload" && !config.generated {
            let places = (0..config.sources.len()).map(|index| format!("sources[{index}]"));
            for (source, place) in sources.iter().zip(places.chain(["source".to_string()])) {
                if let Err(error) = std::fs::metadata(cx.world.cwd.join(source)) {
                    at.error(&place, format!("Bad source '{source}': stat {source}: {}", os_text(&error)))
                        .hint("Set generated = true when the build makes it.");
                }
            }
        }
        Self { config, sources }
    }

    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        if self.config.direction == "download" {
            for source in &self.sources {
                self.download(source, machine, cx).await?;
            }
            return Ok(());
        }
        if self.sources.is_empty() {
            return self.upload_content(machine, cx).await;
        }
        for source in &self.sources {
            self.upload(source, &cx.world().cwd.join(source), machine, cx).await?;
        }
        Ok(())
    }
}

impl FileProvisioner {
    async fn upload_content(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        let mut file = cx.temp_file("pkr-file-content", "")?;
        let path = file.path().to_path_buf();
        let shown = path.display().to_string();
        file.write_all(self.config.content.as_bytes()).context(|| format!("cannot write {shown}"))?;
        self.upload(&shown, &path, machine, cx).await
    }

    async fn upload(&self, shown: &str, path: &Path, machine: &Machine, cx: &Cx) -> Result<()> {
        let to = &self.config.destination;
        cx.say(format!("Uploading {shown} => {to}"));
        let unreadable =
            |error: std::io::Error| Error::user(format!("cannot read {shown}: {}", os_text(&error)));
        let about = tokio::fs::metadata(path).await.map_err(unreadable)?;
        let (comm, label) = (machine.comm(), last(shown));
        if about.is_dir() {
            let progress = cx.progress(label, None, Unit::Bytes);
            return cx.wait(comm.upload_dir(to, path, &|more| progress.add(more))).await?;
        }
        let file = tokio::fs::File::open(path).await.map_err(unreadable)?;
        let meta = FileMeta {
            size: about.is_file().then_some(about.len()),
            mode: os::mode(&about),
            mtime: about
                .modified()
                .ok()
                .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
                .map(|since| since.as_secs()),
        };
        let to = in_directory(to, label);
        let progress = cx.progress(label, meta.size, Unit::Bytes);
        let told = |more| progress.add(more);
        if about.is_file() {
            return cx.wait(comm.upload_file(&to, file.into_std().await, meta, &told)).await?;
        }
        cx.wait(comm.upload(&to, Box::new(file), meta, &told)).await?
    }

    async fn download(&self, from: &str, machine: &Machine, cx: &Cx) -> Result<()> {
        let to = &self.config.destination;
        cx.say(format!("Downloading {from} => {to}"));
        let comm = machine.comm();
        let target = cx.world().cwd.join(to);
        if from.ends_with('/') || from.contains(['*', '?', '[']) {
            make_dir(if to.ends_with('/') { Some(&target) } else { target.parent() }, to)?;
            let progress = cx.progress(last(from), None, Unit::Bytes);
            return cx.wait(comm.download_dir(from, &target, &|more| progress.add(more))).await?;
        }
        let target: PathBuf = if to.ends_with('/') { target.join(last(from)) } else { target };
        let (replacement, file) = Replacement::begin(&target, to, 0o644)?;
        let mut file = tokio::fs::File::from_std(file);
        let progress = cx.progress(last(from), None, Unit::Bytes);
        cx.wait(comm.download(from, &mut file, &|more| progress.add(more))).await??;
        // Buffered writes may still be on their way.
        tokio::io::AsyncWriteExt::flush(&mut file).await.context(|| format!("cannot write {to}"))?;
        drop(file.into_std().await);
        replacement.keep()
    }
}

/// The last name of a path of either side.
fn last(path: &str) -> &str {
    let path = path.trim_end_matches(['/', std::path::MAIN_SEPARATOR]);
    path.rsplit(['/', std::path::MAIN_SEPARATOR]).next().unwrap_or(path)
}

/// The file's path when the destination is a directory.
fn in_directory(destination: &str, name: &str) -> String {
    match destination.strip_suffix('/') {
        Some(directory) => format!("{}/{name}", directory.trim_end_matches('/')),
        None => destination.to_string(),
    }
}

fn make_dir(dir: Option<&Path>, shown: &str) -> Result<()> {
    dir.map_or(Ok(()), os::create_dirs).context(|| format!("cannot make the directory of {shown}"))
}

#[cfg(all(test, unix))]
mod tests;
