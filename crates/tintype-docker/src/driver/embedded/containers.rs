//! Containers of the engine in this program: starting one as `docker run` would, finding it again, making an image of it, taking it down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use oci::layer::Compression;
use oci::{History, RunConfig};
use sandbox::{Cgroups, Forbidden, Limits, Net, Network, Setup};
use tintype_oci::{Chunks, Command, Grain, Host, StoredImage, Wish, apply_changes};
use tintype_sdk::{Context, Cx, Error, Result, World};

use super::wanted::{NeedsEngine, Wanted, wanted};
use super::{Embedded, run_config, source_date};
use crate::chunks::Incoming;
use crate::driver::{CHOICE, Commit, NotStarted, Pull};
use crate::run_args::{PullPolicy, Refused, parse};

/// How often, and how far apart, it is looked whether something still runs after a step.
const LOOKS: u32 = 30;
const LOOK: Duration = Duration::from_millis(10);

/// A container at work.
pub(super) struct Live {
    pub(super) container: tintype_oci::Container,
    /// What an image of it is configured as.
    config: RunConfig,
    /// Its address; empty when it is reached by nobody but us.
    pub(super) address: String,
    /// How its changes become layers.
    grain: Grain,
}

impl Live {
    /// Whether it sees this directory of the host.
    pub(super) fn sees(&self, dir: &Path) -> bool {
        self.container.wish().machine.binds.iter().any(|bind| bind.host == dir)
    }
}

/// What is to be started.
pub(crate) struct Start {
    /// Of which image.
    pub image: StoredImage,
    /// User, directory and environment of its commands, and what an image of it is configured as.
    pub config: RunConfig,
    /// The machine.
    pub machine: Setup,
    /// A program that runs besides, with its arguments.
    pub main: Option<Vec<String>>,
    /// How its changes become layers.
    pub grain: Grain,
    /// Directories whose content is no part of what comes of it.
    pub volumes: Vec<String>,
    /// The forms in which those and the image's leave the machine, as far as that is known.
    pub forms: Vec<Compression>,
}

impl Embedded {
    /// What containers are run with.
    async fn host(&self) -> Result<&Arc<Host>> {
        self.host
            .get_or_try_init(|| async {
                let program = std::env::current_exe()?;
                let host = Host::open(&self.world.cache_dir, program, search(&self.world)).await?;
                Ok(Arc::new(host))
            })
            .await
    }

    /// Why this host allows no machines, if it does not.
    pub(crate) async fn forbidden(&self) -> Result<Option<Forbidden>> {
        Ok(self.host().await?.abilities().user_namespaces.clone().err())
    }

    pub(super) fn all(&self) -> BTreeMap<String, Arc<Live>> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn live(&self, container: &str) -> Result<Arc<Live>> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
        let found = live.get(container).cloned();
        found.ok_or_else(|| Error::environment(format!("No such container: {container}")))
    }

    /// Starts a container and gives its id.
    pub(crate) async fn start(&self, start: Start, cx: &Cx) -> Result<String> {
        // A time that is none is told before the work, not when its result is to bear it.
        let youngest = source_date(&self.world)?;
        let host = self.host().await?;
        let id = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
        let mut machine = start.machine;
        if machine.hostname.is_empty() {
            machine.hostname = id.chars().take(12).collect();
        }
        let mut run = start.config.clone();
        if !run.env.iter().any(|variable| variable.starts_with("HOSTNAME=")) {
            run.env.push(format!("HOSTNAME={}", machine.hostname));
        }
        let network = machine.network;
        let (volumes, forms) = (start.volumes, start.forms);
        let wish = Wish { id: id.clone(), machine, run, youngest, volumes, forms };
        let shares = match network {
            Network::Host => true,
            Network::None => false,
            Network::Auto => host.abilities().network == Net::Host,
        };
        let container = host.run(&start.image, wish).await?;
        // Whoever listens there is reached on this host itself.
        let address = if shares { "127.0.0.1".to_owned() } else { String::new() };
        let live = Live { container, config: start.config, address, grain: start.grain };
        if let Some(argv) = start.main
            && let Err(error) = run_besides(&live, argv).await
        {
            // What cannot be removed is swept by a later run.
            let _ = live.container.remove().await;
            return Err(error);
        }
        self.live.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), Arc::new(live));
        self.sweep(host.clone(), cx);
        Ok(id)
    }

    /// Removes beside the build what programs that were killed have left.
    fn sweep(&self, host: Arc<Host>, cx: &Cx) {
        let store = self.store.clone();
        cx.background("what earlier runs have left", async move {
            // What cannot be removed now stays for the next time; nothing depends on it.
            let _ = store.sweep(&*host).await;
            Ok(())
        });
    }

    pub(super) async fn run_container(&self, args: &[String], cx: &Cx) -> Result<String, NotStarted> {
        // Whatever was made for one that does not start is gone again.
        self.run_parsed(args, cx).await.map_err(|error| NotStarted { error, certain: true })
    }

    async fn run_parsed(&self, args: &[String], cx: &Cx) -> Result<String> {
        let run = parse(args, &self.world).map_err(|refused| match refused {
            Refused::Wrong(why) => Error::user(format!("docker: {why}")),
            Refused::Unknown(option) => {
                Error::user(format!("docker: unknown option in run_command: {option}"))
                    .hint("Check its spelling.")
            }
        })?;
        let wanted = wanted(run).map_err(|NeedsEngine { option, instead }| {
            let error = Error::user(format!("docker: {option} needs a Docker Engine"))
                .hint(format!("Leave {CHOICE} out to use one."));
            if instead.is_empty() { error } else { error.hint(format!("Without one: {instead}.")) }
        })?;
        for option in &wanted.without_effect {
            cx.error(format!("{option} has no effect without a Docker Engine"));
        }
        if wanted.machine.limits != Limits::default()
            && let Cgroups::None(forbidden) = &self.host().await?.abilities().cgroups
        {
            cx.error(forbidden.to_string());
        }
        for dir in wanted.machine.binds.iter().map(|bind| &bind.host).filter(|dir| !dir.exists()) {
            // As the Engine does it.
            std::fs::create_dir_all(dir).context(|| dir.display().to_string())?;
        }
        let image = self.image_to_run(&wanted, cx).await?;
        let config = run_config::of_container(&image.image.config.config, &wanted.body);
        let main = run_config::main_program(&config);
        let start = Start {
            volumes: config.volumes.keys().cloned().collect(),
            image,
            config,
            machine: wanted.machine,
            main,
            grain: Grain::One,
            forms: Vec::new(),
        };
        let id = self.start(start, cx).await?;
        if let Some(file) = &wanted.id_file {
            let path = self.world.path(file);
            if let Err(error) = std::fs::write(&path, &id) {
                self.take_down(&id).await?;
                return Err(Error::from(error).context(path.display()));
            }
        }
        Ok(id)
    }

    async fn image_to_run(&self, wanted: &Wanted, cx: &Cx) -> Result<StoredImage> {
        let here = self.store.image(&wanted.image)?;
        match (here, wanted.pull) {
            (Some(image), PullPolicy::Missing | PullPolicy::Never) => Ok(image),
            (None, PullPolicy::Never) => {
                Err(Error::user(format!("docker: there is no image {} here", wanted.image)))
            }
            (_, policy) => {
                if policy == PullPolicy::Missing
                    && let Some(image) = self.take_over(&wanted.image, &wanted.platform, cx).await?
                {
                    return Ok(image);
                }
                let pull =
                    Pull { image: &wanted.image, platform: &wanted.platform, credentials: None, quiet: true };
                self.fetch(pull, cx).await.map_err(|error| {
                    let text = format!("Unable to find image '{}' locally\ndocker: {error}", wanted.image);
                    error.hints().iter().fold(Error::new(error.kind(), text), |made, hint| made.hint(hint))
                })
            }
        }
    }

    /// Ends a step of the build: what follows becomes a layer of its own, where layers are by step.
    pub(crate) async fn end_step(&self, container: &str) -> Result<()> {
        let live = self.live(container)?;
        if live.grain == Grain::One {
            return Ok(());
        }
        // A shell whose input has ended takes a moment to end, too. What stays would not survive: then the layer goes on.
        for _ in 0..LOOKS {
            if !live.container.is_busy().await? {
                return Ok(live.container.end_step().await?);
            }
            tokio::time::sleep(LOOK).await;
        }
        Ok(())
    }

    /// Makes an image of a container.
    pub(crate) async fn make_image(&self, container: &str, commit: Commit<'_>) -> Result<StoredImage> {
        let live = self.live(container)?;
        let created = source_date(&self.world)?;
        let base = live.container.image();
        let mut config = base.image.config.clone();
        config.config = live.config.clone();
        apply_changes(&mut config, commit.changes)?;
        let layers = live.container.layers(live.grain).await?;
        let by = || History { created_by: Some("tintype build".to_owned()), ..History::default() };
        let made = tintype_oci::Commit {
            layers: layers.iter().map(|layer| (layer, by())).collect(),
            config,
            author: commit.author.to_owned(),
            message: commit.message.to_owned(),
            created,
        };
        Ok(self.store.commit(Some(base), made)?)
    }

    /// Ends a container and removes its files. Fine when it is gone already.
    pub(super) async fn take_down(&self, container: &str) -> Result<()> {
        let live = self.live.lock().unwrap_or_else(PoisonError::into_inner).remove(container);
        match live {
            Some(live) => Ok(live.container.remove().await?),
            None => Ok(()),
        }
    }
}

/// Where this user's programs are looked for.
pub(crate) fn search(world: &World) -> Vec<PathBuf> {
    world.env("PATH").map(|path| std::env::split_paths(path).collect()).unwrap_or_default()
}

/// Starts what the container runs besides. Nobody looks at what it writes.
async fn run_besides(live: &Live, argv: Vec<String>) -> Result<()> {
    let mut output = live.container.exec(Command { argv, ..Command::default() }).await?.output;
    tokio::spawn(async move { while output.recv().await.is_some() {} });
    Ok(())
}

/// Files on their way. The first chunk is awaited, so that a refusal is an error of the call.
pub(super) async fn opened(mut from: Chunks) -> Result<Incoming> {
    let first = from.next().await.transpose()?;
    let rest = from.map(|part| part.map_err(Error::from));
    Ok(futures::stream::iter(first.map(Ok)).chain(rest).boxed())
}
