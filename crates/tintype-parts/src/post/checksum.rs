//! Post-processor `checksum`: digests of an artifact's files, in files.

mod blocks;
mod md5;
mod sha512;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};

use aws_lc_rs::digest;
use tintype_event::Unit;
use tintype_schema::{At, Check, Config};
use tintype_sdk::{
    Artifact, BuildVars, Context, Cx, Error, Keep, PostProcessWith, PostProcessed, PrepareCx, Result, os_text,
};

use self::md5::Md5;
use self::sha512::Sha512;
use crate::artifact::{FilesArtifact, data_of};
use crate::os;
use crate::replacement::cannot_write;
use crate::values::texts;

/// Writes digests of the files of an artifact: a line for each file, the digest in hex, a tab, the file's name. The new artifact is the
/// old files and the files with the digests.
#[derive(Config)]
#[config(name = "checksum")]
pub(crate) struct ChecksumConfig {
    /// Digests to make: `md5`, `sha1`, `sha224`, `sha256`, `sha384`, `sha512`. The default is `md5` alone.
    #[config(values("md5", "sha1", "sha224", "sha256", "sha384", "sha512"))]
    checksum_types: Vec<String>,
    /// Path of the file for the digests. Lines are added at its end. Several types go into one file when the name does not depend on
    /// the type. The default is `packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum`.
    #[config(template = "BuildName, BuilderType, ChecksumType")]
    output: String,
}

const TYPES: [&str; 6] = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"];
const OUTPUT: &str = "packer_{{.BuildName}}_{{.BuilderType}}_{{.ChecksumType}}.checksum";

impl Check for ChecksumConfig {
    fn complete(&mut self) {
        if self.output.is_empty() {
            self.output = OUTPUT.into();
        }
        if self.checksum_types.is_empty() {
            self.checksum_types.push("md5".into());
        }
    }

    fn check(&self, at: &mut At<'_>) {
        for (index, kind) in self.checksum_types.iter().enumerate() {
            if !TYPES.contains(&kind.as_str()) {
                at.error(&format!("checksum_types[{index}]"), format!("Unrecognized checksum type: {kind}"))
                    .hint("Use md5, sha1, sha224, sha256, sha384 or sha512.");
            }
        }
    }
}

/// A digest being made. The SHA family comes from the library that TLS brings along, whose assembler uses what the processor has.
enum Digest {
    Md5(Md5),
    Sha(digest::Context),
    /// Where two cores are faster than what that assembler makes of one.
    Sha512(Sha512),
}

/// Whether [`Sha512`] is faster than the library: not by one core, and not where the processor knows SHA-512 itself, as many of Arm do.
fn on_two_cores() -> bool {
    cfg!(target_arch = "x86_64") && std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
}

impl Digest {
    /// Nothing for a name that is no digest's.
    fn of(kind: &str) -> Option<Self> {
        let two = on_two_cores();
        Some(match kind {
            "md5" => Self::Md5(Md5::new()),
            "sha1" => Self::Sha(digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY)),
            "sha224" => Self::Sha(digest::Context::new(&digest::SHA224)),
            "sha256" => Self::Sha(digest::Context::new(&digest::SHA256)),
            "sha384" if two && let Ok(digest) = Sha512::new_384() => Self::Sha512(digest),
            "sha384" => Self::Sha(digest::Context::new(&digest::SHA384)),
            "sha512" if two && let Ok(digest) = Sha512::new() => Self::Sha512(digest),
            "sha512" => Self::Sha(digest::Context::new(&digest::SHA512)),
            _ => return None,
        })
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Md5(digest) => digest.update(bytes),
            Self::Sha(digest) => digest.update(bytes),
            Self::Sha512(digest) => digest.update(bytes),
        }
    }

    fn hex(self) -> String {
        match self {
            Self::Md5(digest) => hex(&digest.finish()),
            Self::Sha(digest) => hex(digest.finish().as_ref()),
            Self::Sha512(digest) => hex(&digest.finish()),
        }
    }
}

/// A prepared `checksum`.
pub(crate) struct Checksum {
    config: ChecksumConfig,
    cx: PrepareCx,
}

impl PostProcessWith for Checksum {
    type Config = ChecksumConfig;

    fn prepare(config: ChecksumConfig, cx: &PrepareCx, _: &mut At<'_>) -> Self {
        Self { config, cx: cx.clone() }
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        let (mut files, vars) = (from.files(), data_of(&*from));
        let kinds = &self.config.checksum_types;
        let mut digests = Vec::new();
        for file in &files {
            digests.push(read_through(file, kinds, cx).await?);
        }
        // Where there is nothing to check there is no file either.
        let kinds = if files.is_empty() { &[][..] } else { kinds };
        for (index, kind) in kinds.iter().enumerate() {
            let output = self.output(kind, &vars)?;
            let lines: String = files
                .iter()
                .zip(&digests)
                .filter_map(|(file, digests)| {
                    let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
                    Some(format!("{}\t{name}\n", digests.get(index)?))
                })
                .collect();
            let path = cx.world().cwd.join(&output);
            let new = !path.exists();
            append(&path, &lines).map_err(|error| cannot_write(&output, &error))?;
            if new {
                files.push(PathBuf::from(output));
                // It has no digests itself: the list of those ends before it.
            }
        }
        let artifact = FilesArtifact::gathered("packer.post-processor.checksum", files, &*from);
        // The old files are part of the new artifact.
        Ok(PostProcessed { artifact: Some(Arc::new(artifact)), keep: Keep::Always })
    }
}

impl Checksum {
    fn output(&self, kind: &str, vars: &BuildVars) -> Result<String> {
        let mut data = texts(vars);
        data.extend([
            ("BuildName", self.cx.build_name.clone()),
            ("BuilderType", self.cx.builder_type.clone()),
            ("ChecksumType", kind.to_string()),
        ]);
        let rendered = self.cx.interpolation.render_with(&self.config.output, &data);
        rendered.map_err(|error| Error::user(error).context("output"))
    }
}

/// Reads a file once, for all digests, and gives them in hex.
async fn read_through(file: &Path, kinds: &[String], cx: &Cx) -> Result<Vec<String>> {
    let path = cx.world().cwd.join(file);
    let shown = file.display().to_string();
    let opened = File::open(&path).and_then(|opened| Ok((opened.metadata()?, opened)));
    let (about, opened) = opened.context(|| format!("cannot read {shown}"))?;
    let progress = cx.progress(shown.clone(), Some(about.len()), Unit::Bytes);
    let digests: Vec<_> = kinds.iter().filter_map(|kind| Digest::of(kind)).collect();
    let cancel = cx.cancel().clone();
    let work = tokio::task::spawn_blocking(move || {
        hash(opened, digests, |more| {
            progress.add(more);
            !cancel.is_cancelled()
        })
    });
    let done = work.await.map_err(|error| Error::bug(error.to_string()))?;
    cx.check()?;
    done.map_err(|error| Error::environment(format!("cannot read {shown}: {}", os_text(&error))))
}

/// Pieces that are read at once, and how many of them a digest may be behind the reader.
const PIECE: usize = 256 << 10;
const BEHIND: usize = 8;

/// Feeds what a reader gives to all digests, until its end or until `go_on` says no. Reading and each digest have a thread of their own.
fn hash(mut from: impl Read, digests: Vec<Digest>, go_on: impl Fn(u64) -> bool) -> io::Result<Vec<String>> {
    std::thread::scope(|scope| {
        let mut queues = Vec::new();
        let mut threads = Vec::new();
        for mut digest in digests {
            let (queue, pieces) = mpsc::sync_channel::<Arc<Vec<u8>>>(BEHIND);
            queues.push(queue);
            threads.push(scope.spawn(move || {
                for piece in pieces {
                    digest.update(&piece);
                }
                digest.hex()
            }));
        }
        let result = feed(&mut from, &queues, go_on);
        drop(queues);
        let ended = threads.into_iter().map(|thread| thread.join());
        let digests: Result<Vec<String>, _> = ended.collect();
        result?;
        digests.map_err(|_| io::Error::other("a digest failed"))
    })
}

fn feed(
    from: &mut impl Read,
    queues: &[mpsc::SyncSender<Arc<Vec<u8>>>],
    go_on: impl Fn(u64) -> bool,
) -> io::Result<()> {
    // Pieces go round: one that every digest is done with is filled again.
    let mut pieces: VecDeque<Arc<Vec<u8>>> = VecDeque::new();
    loop {
        let mut piece = match pieces.front_mut().and_then(|piece| Arc::get_mut(piece).map(std::mem::take)) {
            Some(done) => {
                pieces.pop_front();
                done
            }
            None => Vec::with_capacity(PIECE),
        };
        piece.clear();
        from.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        let count = piece.len();
        if count == 0 {
            return Ok(());
        }
        let piece = Arc::new(piece);
        for queue in queues {
            if queue.send(piece.clone()).is_err() {
                return Err(io::Error::other("a digest failed"));
            }
        }
        pieces.push_back(piece);
        if !go_on(count as u64) {
            return Ok(());
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Adds lines at the end of a file. What could only be written in part is taken back.
fn append(path: &Path, lines: &str) -> io::Result<()> {
    if let Some(dir) = path.parent() {
        os::create_dirs(dir)?;
    }
    let mut file = os::append(path, 0o644)?;
    let before = file.metadata()?.len();
    file.write_all(lines.as_bytes()).inspect_err(|_| {
        let _ = file.set_len(before);
    })
}

#[cfg(test)]
mod tests;
