//! What the builders and the post-processors ask of a container engine. Three answer: `engine` over the Engine's interface, `program`
//! by a client program such as podman, `embedded` by itself. What is said on the screen, and in which order things happen, is for the callers.

mod embedded;
mod engine;
mod engine_build;
mod engine_call;
mod engine_exec;
mod engine_files;
mod engine_images;
mod engine_run;
mod failure;
mod layers;
mod program;
#[cfg(unix)]
mod socket;
mod transport;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use tintype_sdk::{BoxRead, Cx, Error, Result, Running, World};

use crate::auth::Credentials;
use crate::chunks::{Incoming, Outgoing};
use crate::client_files::ClientFiles;
use crate::endpoint::Endpoint;

pub(crate) use embedded::{Embedded, Start, search, shown_image};
pub(crate) use engine::Engine;
pub(crate) use program::Program;

/// The name of the client program whose work the Engine's interface does.
pub(crate) const DOCKER: &str = "docker";

/// An image, as far as it matters here.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Image {
    /// Its id, `sha256:…`.
    pub id: String,
    /// Its names by digest, `repository@sha256:…`.
    pub digests: Vec<String>,
    /// The user its containers run as; empty for root.
    pub user: String,
    /// Its default command.
    pub cmd: Vec<String>,
    /// Its entry point.
    pub entrypoint: Vec<String>,
}

/// A pull.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pull<'a> {
    /// The name.
    pub image: &'a str,
    /// The platform; empty for the Engine's own.
    pub platform: &'a str,
    /// The login; the user's kept one when absent.
    pub credentials: Option<&'a Credentials>,
    /// Whether nothing but progress is shown.
    pub quiet: bool,
}

/// A push.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Push<'a> {
    /// The name.
    pub image: &'a str,
    /// The platform; empty for all.
    pub platform: &'a str,
    /// The login.
    pub credentials: Option<&'a Credentials>,
}

/// A build of an image from a Dockerfile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageBuild<'a> {
    /// The Dockerfile, absolute.
    pub dockerfile: &'a Path,
    /// The directory that is sent, absolute.
    pub dir: &'a Path,
    /// The values of its `ARG`s.
    pub args: &'a BTreeMap<String, String>,
    /// Whether newer base images are looked for.
    pub pull: bool,
    /// Whether the directory is compressed on its way.
    pub compress: bool,
    /// The platform; empty for the Engine's own.
    pub platform: &'a str,
    /// A login beside the user's kept ones.
    pub credentials: Option<&'a Credentials>,
}

/// A container, as far as it matters here.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Container {
    /// Its address; empty when it has none.
    pub address: String,
    /// Paths in it that are kept in memory. Archives cannot be unpacked there: the engine would write beneath.
    pub in_memory: Vec<String>,
}

/// A command in a container.
pub(crate) struct Exec {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The user; empty for the image's.
    pub user: String,
    /// Whether it gets a terminal.
    pub tty: bool,
    /// What it reads; nothing when absent.
    pub stdin: Option<BoxRead>,
}

impl Exec {
    /// A command that reads nothing, as the image's user.
    pub fn new(argv: &[&str]) -> Self {
        Self {
            argv: argv.iter().map(|word| (*word).to_owned()).collect(),
            user: String::new(),
            tty: false,
            stdin: None,
        }
    }

    /// As this user.
    pub fn by(mut self, user: &str) -> Self {
        self.user = user.to_owned();
        self
    }
}

/// What becomes of a container's files in an image.
#[derive(Clone, Debug)]
pub(crate) struct Commit<'a> {
    /// Who made it; may be empty.
    pub author: &'a str,
    /// What was done; may be empty.
    pub message: &'a str,
    /// Instructions of a Dockerfile that are applied.
    pub changes: &'a [String],
}

/// An import of a container's files as an image.
#[derive(Clone, Debug)]
pub(crate) struct Import<'a> {
    /// The name, with a tag or without.
    pub name: &'a str,
    /// Instructions of a Dockerfile that are applied.
    pub changes: &'a [String],
    /// The platform that is written down; empty for the Engine's own.
    pub platform: &'a str,
}

/// What a path in a container is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A directory, or a link to one.
    Directory,
    /// Anything else.
    Other,
}

/// A container that was not started.
#[derive(Debug)]
pub(crate) struct NotStarted {
    /// Why.
    pub error: Error,
    /// Whether it is certain that there is none: the engine itself said no.
    pub certain: bool,
}

impl From<Error> for NotStarted {
    fn from(error: Error) -> Self {
        Self { error, certain: false }
    }
}

/// A container engine.
#[async_trait]
pub(crate) trait Driver: Send + Sync {
    /// The name of the program that would do it, for the screen.
    fn shown(&self) -> &str;
    /// Whether it is the one in this program.
    fn is_embedded(&self) -> bool {
        false
    }
    /// What a reaper needs to get back to this engine.
    fn place(&self) -> BTreeMap<String, String>;

    /// Looks at an image. Nothing when there is none of that name.
    async fn image(&self, name: &str) -> Result<Option<Image>>;
    /// Fetches an image and shows what the client would show.
    async fn pull(&self, pull: Pull<'_>, cx: &Cx) -> Result<()>;
    /// Sends an image to its registry and shows what the client would show.
    async fn push(&self, push: Push<'_>, cx: &Cx) -> Result<()>;
    /// Builds an image, quietly, and gives its id.
    async fn build(&self, build: ImageBuild<'_>, cx: &Cx) -> Result<String>;
    /// Gives an image one more name.
    async fn tag(&self, image: &str, name: &str) -> Result<()>;
    /// The image and everything it needs as a tar archive.
    async fn save(&self, image: &str) -> Result<Incoming>;
    /// Makes an image of a container's files and gives its id.
    async fn import(&self, import: Import<'_>, files: Outgoing) -> Result<String>;
    /// Removes an image, or one name of it.
    async fn remove_image(&self, image: &str) -> Result<()>;
    /// Checks a login, and tells what the client would tell.
    async fn log_in(&self, credentials: &Credentials, cx: &Cx) -> Result<()>;
    /// Forgets a login, and tells what the client would tell. Here nothing was written down: the credentials went with each call.
    async fn log_out(&self, credentials: &Credentials, cx: &Cx) -> Result<()> {
        cx.say(format!("Removing login credentials for {}", credentials.server));
        Ok(())
    }

    /// Does what the client does with `run` and these arguments, in the background; gives the container's id.
    async fn run(&self, args: &[String], cx: &Cx) -> Result<String, NotStarted>;
    /// Looks at a container.
    async fn look(&self, container: &str) -> Result<Container>;
    /// Runs a command in a container.
    async fn exec(&self, container: &str, exec: Exec) -> Result<Running>;
    /// What a path is. Nothing when there is nothing.
    async fn kind_of(&self, container: &str, path: &str) -> Result<Option<Kind>>;
    /// Unpacks a tar archive into a directory of a container.
    async fn put(&self, container: &str, dir: &str, tar: Outgoing) -> Result<()>;
    /// A file or directory of a container as a tar archive.
    async fn get(&self, container: &str, path: &str) -> Result<Incoming>;
    /// Makes an image of a container and gives its id.
    async fn commit(&self, container: &str, commit: Commit<'_>) -> Result<String>;
    /// A container's files as a tar archive.
    async fn export(&self, container: &str) -> Result<Incoming>;
    /// Ends a container in an orderly way.
    async fn stop(&self, container: &str) -> Result<()>;
    /// Ends a container at once and removes it with its nameless volumes. Fine when it is gone already.
    async fn remove(&self, container: &str) -> Result<()>;
    /// The container into which this directory of the host is mounted.
    async fn find(&self, mounted: &Path) -> Result<Option<String>>;
}

/// Which engine a component uses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen<'a> {
    /// The user's `docker_path`.
    pub docker_path: &'a str,
    /// A directory for the client's settings in place of the user's own.
    pub config_dir: Option<PathBuf>,
    /// Whether it is the one in this program.
    pub embedded: bool,
}

/// The variable with which a user chooses the engine for all docker components of a run.
pub(crate) const CHOICE: &str = "TINTYPE_DOCKER";
/// Its value for the engine in this program.
pub(crate) const EMBEDDED: &str = "embedded";

/// Whether the engine in this program is to be used.
fn wants_embedded(chosen: &Chosen<'_>, world: &World) -> Result<bool> {
    match world.env(CHOICE) {
        _ if chosen.embedded => Ok(true),
        None | Some("" | "engine") => Ok(false),
        Some(EMBEDDED) => Ok(true),
        Some(other) => Err(Error::user(format!("{CHOICE} is \"{other}\", which is no engine"))
            .hint("Set it to embedded for the one in this program, or leave it out for Docker's.")),
    }
}

/// Gets to Docker's Engine over its interface, whatever was chosen, and makes sure that it answers.
pub(crate) async fn docker_engine(cx: &Cx) -> Result<Engine> {
    let files = ClientFiles::read(cx.world());
    let engine = Engine::new(Endpoint::resolve(cx.world(), &files)?, files, cx)?;
    cx.wait(engine.ping()).await??;
    Ok(engine)
}

/// Gets to the engine, and makes sure that it answers.
pub(crate) async fn connect(chosen: &Chosen<'_>, cx: &Cx) -> Result<Arc<dyn Driver>> {
    if wants_embedded(chosen, cx.world())? {
        return Ok(Arc::new(Embedded::open(chosen.config_dir.is_none(), cx)?));
    }
    let program = |path: &str| Program::new(path, chosen.config_dir.clone(), cx);
    if chosen.docker_path != DOCKER {
        let program = program(chosen.docker_path);
        program.version().await?;
        return Ok(Arc::new(program));
    }
    let files = ClientFiles::read(cx.world());
    let endpoint = Endpoint::resolve(cx.world(), &files)?;
    let files = if chosen.config_dir.is_some() { files.without_logins() } else { files };
    if endpoint.host.starts_with("ssh://") {
        let program = program(DOCKER);
        program.version().await.map_err(|error| {
            error.hint(format!("The client program makes the connection to {}: install it.", endpoint.host))
        })?;
        return Ok(Arc::new(program));
    }
    let engine = Engine::new(endpoint.clone(), files, cx)?;
    let Err(error) = cx.wait(engine.ping()).await? else { return Ok(Arc::new(engine)) };
    if endpoint.assumed {
        // Without an Engine where one usually is, `docker` may still be podman in disguise.
        let program = program(DOCKER);
        if program.answers().await {
            return Ok(Arc::new(program));
        }
    }
    Err(error)
}
