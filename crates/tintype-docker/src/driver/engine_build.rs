//! Images from a Dockerfile: the directory goes to the Engine as an archive, as the client sends it. What only BuildKit understands
//! goes through the client program, which speaks its protocol.

use std::collections::{HashMap, VecDeque};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use bollard::auth::DockerCredentials;
use bollard::query_parameters::BuildImageOptions;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::StreamExt;
use tintype_event::Unit;
use tintype_sdk::{Context, Cx, Error, Result};
use tokio_util::io::SyncIoBridge;

use super::engine_images::wire;
use super::{Driver, Engine, ImageBuild, Program};
use crate::archive::{Directory, Owner, Take, pack_directory};
use crate::auth::known_registries;
use crate::chunks::{CHUNK, Outgoing, Sender, queue};
use crate::dockerfile::Dockerfile;
use crate::ignore::Ignored;

/// Lines of output that are kept for the case that the build fails.
const KEPT: usize = 40;

impl Engine {
    pub(super) async fn build_image(&self, build: ImageBuild<'_>, cx: &Cx) -> Result<String> {
        let text = std::fs::read(build.dockerfile).context(|| build.dockerfile.display().to_string())?;
        let dockerfile = Dockerfile::read(&String::from_utf8_lossy(&text));
        if let Some(why) = self.wants_buildkit(&dockerfile) {
            return self.build_by_program(build, &why, cx).await;
        }
        let context = context_of(&build, text).await?;
        let options = BuildImageOptions {
            dockerfile: context.dockerfile,
            buildargs: Some(build.args.iter().map(|(name, value)| (name.clone(), value.clone())).collect()),
            pull: build.pull.then(|| "1".to_owned()),
            platform: build.platform.to_owned(),
            rm: true,
            forcerm: true,
            ..BuildImageOptions::default()
        };
        let credentials = self.logins_for(&dockerfile, &build, cx).await;
        let compress = build.compress;
        let directory = context.directory;
        pack_directory(directory, &|_| (), |tar| {
            let tar = if compress { gzip(tar) } else { tar };
            self.follow(options, credentials, tar, cx)
        })
        .await
    }

    /// Sends the build and reads along. Gives the image's id.
    async fn follow(
        &self,
        options: BuildImageOptions,
        credentials: HashMap<String, DockerCredentials>,
        tar: Outgoing,
        cx: &Cx,
    ) -> Result<String> {
        let mut messages =
            self.docker.build_image(options, Some(credentials), Some(bollard::body_try_stream(tar)));
        let progress = cx.progress("base image", None, Unit::Items);
        let mut kept: VecDeque<String> = VecDeque::new();
        let mut id = String::new();
        while let Some(message) = cx.wait(messages.next()).await? {
            let message = message.map_err(|cause| {
                // Nobody has seen the output so far.
                kept.iter().for_each(|line| cx.error(line.as_str()));
                self.explain(cause)
            })?;
            if let Some(made) = message.aux.and_then(|aux| aux.id) {
                id = made;
            }
            for line in
                message.stream.iter().flat_map(|text| text.lines()).filter(|line| !line.trim().is_empty())
            {
                if let Some((step, of)) = step_of(line) {
                    progress.set(step, Some(of));
                }
                if kept.len() == KEPT {
                    kept.pop_front();
                }
                kept.push_back(line.to_owned());
            }
        }
        if id.is_empty() {
            return Err(Error::environment("the Engine named no image at the end of the build"));
        }
        Ok(id)
    }

    /// Why the build must go through BuildKit, if it must.
    fn wants_buildkit(&self, dockerfile: &Dockerfile) -> Option<String> {
        match self.world.env("DOCKER_BUILDKIT") {
            Some("1" | "true") => Some("DOCKER_BUILDKIT is set".to_owned()),
            Some("0" | "false") => None,
            _ => dockerfile.buildkit.clone(),
        }
    }

    async fn build_by_program(&self, build: ImageBuild<'_>, why: &str, cx: &Cx) -> Result<String> {
        let program = Program::new(super::DOCKER, None, cx);
        program.version().await.map_err(|error| {
            Error::environment(format!("BuildKit is needed ({why}), and the client program that speaks to it is missing: {error}"))
                .hint("Install the docker client with its buildx plugin, or do without what only BuildKit understands.")
        })?;
        if let Some(credentials) = build.credentials {
            program.log_in(credentials, cx).await?;
        }
        let built = program.build(build, cx).await;
        if let Some(credentials) = build.credentials {
            program.log_out(credentials, cx).await?;
        }
        built
    }

    /// The logins that the build may need for its images.
    async fn logins_for(
        &self,
        dockerfile: &Dockerfile,
        build: &ImageBuild<'_>,
        cx: &Cx,
    ) -> HashMap<String, DockerCredentials> {
        let known = known_registries(&self.files).filter(|_| dockerfile.unclear).map(str::to_owned);
        let given = build.credentials.map(|credentials| credentials.server.clone());
        let mut logins = HashMap::new();
        for registry in dockerfile.registries.iter().cloned().chain(known).chain(given) {
            if let Some(credentials) = self.login_for(&registry, build.credentials, cx).await.credentials {
                logins.insert(registry, wire(&credentials));
            }
        }
        logins
    }
}

/// What is sent to the Engine.
struct BuildContext {
    directory: Directory,
    /// The Dockerfile's name in it.
    dockerfile: String,
}

async fn context_of(build: &ImageBuild<'_>, dockerfile: Vec<u8>) -> Result<BuildContext> {
    const IGNORE: &str = ".dockerignore";
    let patterns = match std::fs::read_to_string(build.dir.join(IGNORE)) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(Error::from(error).context(build.dir.join(IGNORE).display())),
    };
    let ignored = Ignored::parse(patterns.as_deref().unwrap_or_default())
        .map_err(|error| Error::user(format!("{IGNORE}: {error}")))?;
    let inside = relative(build.dockerfile, build.dir);
    let needed: Vec<PathBuf> = inside.iter().cloned().chain([PathBuf::from(IGNORE)]).collect();
    let brings_back = ignored.may_bring_back();
    let choose = move |path: &Path| {
        if needed.iter().any(|needed| needed == path) || !ignored.leaves_out(path) {
            Take::All
        } else if brings_back || needed.iter().any(|needed| needed.starts_with(path)) {
            Take::Inside
        } else {
            Take::Nothing
        }
    };
    // In an image everything belongs to root unless the Dockerfile says otherwise.
    let mut directory = Directory::part_of(build.dir, None, Some(Owner::default()), choose).await?;
    let name = match inside {
        Some(path) => {
            path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
        }
        None => {
            let name = format!(".dockerfile.{}", uuid::Uuid::new_v4().simple());
            // It must not show in what the Dockerfile copies: the Engine leaves out what the list names.
            let patterns = format!("{}\n{name}\n", patterns.as_deref().unwrap_or(IGNORE));
            directory.files.retain(|path| path != Path::new(IGNORE));
            directory.extra = vec![(IGNORE.to_owned(), patterns.into_bytes()), (name.clone(), dockerfile)];
            name
        }
    };
    Ok(BuildContext { directory, dockerfile: name })
}

/// The path from a directory to a file in it.
fn relative(file: &Path, dir: &Path) -> Option<PathBuf> {
    let (file, dir) = (file.canonicalize().ok()?, dir.canonicalize().ok()?);
    file.strip_prefix(dir).ok().map(Path::to_owned)
}

/// `Step 3/7 : RUN …`
fn step_of(line: &str) -> Option<(u64, u64)> {
    let (step, of) = line.strip_prefix("Step ")?.split(' ').next()?.split_once('/')?;
    Some((step.parse().ok()?, of.parse().ok()?))
}

/// The same, compressed.
fn gzip(tar: Outgoing) -> Outgoing {
    let (sender, compressed) = queue();
    let reader = SyncIoBridge::new(tar.into_read());
    tokio::task::spawn_blocking(move || {
        let mut reader = reader;
        let mut encoder =
            GzEncoder::new(Chunked { sender, waiting: Vec::with_capacity(CHUNK) }, Compression::fast());
        let result = io::copy(&mut reader, &mut encoder).and_then(|_| encoder.try_finish());
        let mut chunked = match encoder.finish() {
            Ok(chunked) => chunked,
            Err(_) => return,
        };
        if let Err(error) = result.and_then(|()| chunked.flush()) {
            // Breaks the archive off; when nobody takes it any more that is known already.
            let _ = chunked.sender.blocking_send(Err(error));
        }
    });
    compressed
}

/// Sends what is written in chunks.
struct Chunked {
    sender: Sender,
    waiting: Vec<u8>,
}

impl Write for Chunked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let chunk = Bytes::from(std::mem::replace(&mut self.waiting, Vec::with_capacity(CHUNK)));
        self.sender.blocking_send(Ok(chunk)).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
