//! Post-processor `compress`: one archive or compressed file of an artifact's files. This file has the options and what is shown; the
//! work is in the modules below.

mod archive;
mod blocks;
mod bzip2;
mod deflate;
mod gzip;
mod method;
mod others;
#[cfg(test)]
mod tests;
mod zip;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use tintype_event::Unit;
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, Cx, Error, Keep, PostProcessWith, PostProcessed, PrepareCx, Result};

use self::archive::{Input, Plan, pack};
use self::method::{Algorithm, Method};
use crate::artifact::{FilesArtifact, data_of};
use crate::replacement::Replacement;
use crate::values::texts;

/// Packs the files of an artifact into one archive, or compresses a single file. All cores work on it. The new artifact is that
/// file; the old one is removed unless `keep_input_artifact` is set. The target appears only when it is complete.
#[derive(Config)]
#[config(name = "compress")]
pub(crate) struct CompressConfig {
    /// Path of the file to make. The default is `packer_{{.BuildName}}_{{.BuilderType}}`. Its last two suffixes say what is made: `.zip`, `.tar`, `.tar.gz`, `.tar.lz4`, `.tar.bgzf`, `.tar.xz`,
    /// `.tar.bzip2`; without `.tar` before them these compressors take exactly one file. Any other name gives a tar archive with gzip.
    #[config(template = "BuildName, BuilderType")]
    output: String,
    /// What to make, in place of the suffixes of `output`: `tar.gz`, `zip`, … The name of the file stays as it is.
    format: String,
    /// How hard to compress, from 1 (fast) to 9 (small). 0 is the compressor's default: 6, for bzip2 9. Has no meaning for lz4.
    #[config(default = "0")]
    compression_level: i64,
}

const OUTPUT: &str = "packer_{{.BuildName}}_{{.BuilderType}}";

impl Check for CompressConfig {
    fn complete(&mut self) {
        if self.output.is_empty() {
            self.output = OUTPUT.into();
        }
    }

    fn check(&self, at: &mut At<'_>) {
        if self.compression_level < -1 {
            at.error("compression_level", "compression_level must be from -1 to 9");
        }
    }
}

/// A prepared `compress`.
pub(crate) struct Compress {
    config: CompressConfig,
    cx: PrepareCx,
}

impl PostProcessWith for Compress {
    type Config = CompressConfig;

    fn prepare(config: CompressConfig, cx: &PrepareCx, _: &mut At<'_>) -> Self {
        Self { config, cx: cx.clone() }
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        let vars = data_of(&*from);
        let mut data = texts(&vars);
        data.extend([
            ("BuildName", self.cx.build_name.clone()),
            ("BuilderType", self.cx.builder_type.clone()),
        ]);
        let target = self
            .cx
            .interpolation
            .render_with(&self.config.output, &data)
            .map_err(|error| Error::user(error).context("output"))?;
        let method = Method::of(&self.config.output, &self.config.format);
        let inputs: Vec<Input> = from
            .files()
            .into_iter()
            .map(|file| Input { path: cx.world().cwd.join(&file), shown: file.display().to_string() })
            .collect();
        let path = cx.world().cwd.join(&target);
        refuse_to_eat_input(&path, &inputs)?;

        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        if let Method::Tar(Some(algorithm)) | Method::Plain(algorithm) = method {
            announce(algorithm, threads, &target, cx);
        }
        match method {
            Method::Tar(algorithm) => {
                let with = algorithm.map_or("no compression", Algorithm::shown);
                cx.say(format!("Tarring {target} with {with}"));
            }
            Method::Zip => cx.say(format!("Zipping {target}")),
            Method::Plain(algorithm) => match inputs.as_slice() {
                [input] => cx.say(format!("Archiving {} with {}", input.shown, algorithm.shown())),
                _ => {
                    let names: Vec<&str> = inputs.iter().map(|input| input.shown.as_str()).collect();
                    return Err(Error::user(format!(
                        "Can only have 1 input file when not using tar/zip. Found {} files: [{}]",
                        names.len(),
                        names.join(" ")
                    ))
                    .hint("Add .tar before the suffix of \"output\"."));
                }
            },
        }

        let level = u32::try_from(self.config.compression_level)
            .ok()
            .filter(|level| *level > 0)
            .map(|level| level.min(9));
        let bytes = inputs
            .iter()
            .filter_map(|input| std::fs::metadata(&input.path).ok())
            .map(|about| about.len())
            .sum();
        self.pack(Plan { method, level, threads, bytes }, inputs, path, &target, cx).await?;
        cx.say(format!("Archive {target} completed"));
        let files = vec![PathBuf::from(&target)];
        let artifact = FilesArtifact {
            text: format!("compressed artifacts in: {target}"),
            ..FilesArtifact::gathered("packer.post-processor.compress", files, &*from)
        };
        Ok(PostProcessed { artifact: Some(Arc::new(artifact)), keep: Keep::Default(false) })
    }
}

impl Compress {
    async fn pack(&self, plan: Plan, inputs: Vec<Input>, path: PathBuf, shown: &str, cx: &Cx) -> Result<()> {
        // The new file is ours, not the thread's: when we are told to stop it is gone at once, whatever the thread is at.
        let (replacement, file) = Replacement::begin(&path, shown, 0o666)?;
        let progress = cx.progress(shown, Some(plan.bytes), Unit::Bytes);
        let (cancel, shown) = (cx.cancel().clone(), shown.to_string());
        let work = tokio::task::spawn_blocking(move || {
            pack(plan, &inputs, file, &shown, &|more| {
                progress.add(more);
                if cancel.is_cancelled() { Err(io::Error::other("told to stop")) } else { Ok(()) }
            })
        });
        let done = cx.wait(work).await?;
        done.map_err(|error| Error::bug(error.to_string()))??;
        cx.check()?;
        replacement.keep()
    }
}

fn announce(algorithm: Algorithm, threads: usize, target: &str, cx: &Cx) {
    let name = algorithm.shown();
    cx.say(match algorithm {
        // Scripts know these lines by heart. Here both work on all cores.
        Algorithm::Bzip2 | Algorithm::Xz => {
            format!("Using {name} compression with 1 core for {target} (library does not support MT)")
        }
        _ => format!(
            "Using {name} compression with {threads} core{} for {target}",
            if threads == 1 { "" } else { "s" }
        ),
    });
}

/// The input is removed in the end: if it were the output, nothing would be left.
fn refuse_to_eat_input(target: &std::path::Path, inputs: &[Input]) -> Result<()> {
    let Ok(target) = target.canonicalize() else { return Ok(()) };
    match inputs.iter().find(|input| input.path.canonicalize().is_ok_and(|input| input == target)) {
        Some(input) => Err(Error::user(format!("output and input are the same file, {}", input.shown))
            .hint("Give \"output\" another name.")),
        None => Ok(()),
    }
}
