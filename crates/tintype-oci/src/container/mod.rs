//! Containers: the trees of an image, the changes above them, and a machine in which all of it runs; where there can be none, files alone
//! (`still`). What machines are made of is
//! `sandbox`'s affair, where trees and layers are kept is the store's; what a container is for, is for the callers.

mod ahead;
mod exec;
mod files;
mod host;
mod layers;
mod pipe;
mod still;
mod tasks;
mod transfers;
mod volumes;

use std::path::PathBuf;
use std::sync::{Arc, PoisonError};

use oci::RunConfig;
use oci::layer::Compression;
use sandbox::{Sandbox, Setup, Spec};
use tokio::sync::Mutex;

use self::ahead::{Ahead, Early};
use self::still::Still;
use self::transfers::{Transfer, Transfers};
use self::volumes::Volumes;
use crate::store::blocking;
use crate::{Error, Leased, Result, RunDir, StoredImage};

pub use exec::Command;
pub use files::{Chunks, Kind};
pub use host::{Host, ROLE};
pub use layers::Grain;
pub use tasks::TASKS;

/// What a container is to be, beside its image.
#[derive(Clone, Default, Debug)]
pub struct Wish {
    /// Its name. No other container of the store has it.
    pub id: String,
    /// What its machine is to be.
    pub machine: Setup,
    /// User, directory and environment of its commands.
    pub run: RunConfig,
    /// Nothing in its layers is younger than that (`SOURCE_DATE_EPOCH`, in seconds since 1970).
    pub youngest: Option<i64>,
    /// Directories whose content is no part of its layers, absolute. They are made where they are not there.
    pub volumes: Vec<String>,
    /// The forms in which its layers will leave the machine: those of its image, and those of ended steps, are compressed beside its work.
    pub forms: Vec<Compression>,
}

/// A container. Its machine is started when something is to run in it.
#[derive(Debug)]
pub struct Container {
    host: Arc<Host>,
    image: StoredImage,
    trees: Leased<Vec<PathBuf>>,
    wish: Wish,
    state: Mutex<State>,
    /// What is under way into it and out of it.
    transfers: Arc<Transfers>,
    /// What is made of it before anybody asks.
    ahead: Ahead,
    /// What is not taken into its layers.
    volumes: Volumes,
    /// Its files, where there can be no machine.
    still: Option<Arc<std::sync::Mutex<Still>>>,
}

#[derive(Debug)]
struct State {
    /// Nothing once the container is removed.
    run: Option<RunDir>,
    /// What was changed, the oldest first. None of them is mounted for writing any more.
    sealed: Vec<Sealed>,
    machine: Option<(Arc<Sandbox>, PathBuf)>,
}

/// A directory with changes that nobody writes to any more.
#[derive(Debug)]
struct Sealed {
    upper: PathBuf,
    /// The layer of it, when that was begun before it was asked for.
    early: Option<Early>,
}

/// A machine that does something for somebody, and so is not taken down.
#[derive(Debug)]
struct InUse {
    // Before the transfer: with the end of that nobody has the machine any more.
    machine: Arc<Sandbox>,
    transfer: Transfer,
}

impl Host {
    /// Makes a container of an image, unpacking what of it is not unpacked yet, and starts its machine. Where this host allows none, files
    /// can be put into the container and fetched from it all the same, and each command fails with what would help.
    ///
    /// # Errors
    /// A layer cannot be unpacked, the id is taken, or the machine does not start.
    pub async fn run(self: &Arc<Self>, image: &StoredImage, wish: Wish) -> Result<Container> {
        let forbidden = self.abilities().user_namespaces.clone().err();
        let trees = match &forbidden {
            None => self.store().trees(image, &**self).await?,
            Some(_) => self.store().lease(image).await?.map(|()| Vec::new()),
        };
        let run = self.store().run_dir(&wish.id)?;
        let still = match forbidden {
            None => None,
            Some(why) => {
                let (store, image, dir) = (self.store().clone(), image.clone(), run.dir().to_owned());
                let still = blocking(move || Still::open(store, image, dir, why)).await?;
                Some(Arc::new(std::sync::Mutex::new(still)))
            }
        };
        let state = Mutex::new(State { run: Some(run), sealed: Vec::new(), machine: None });
        let transfers = Arc::default();
        let ahead = Ahead::default();
        let (host, image) = (self.clone(), image.clone());
        let volumes = Volumes::default();
        let mut container = Container { host, image, trees, wish, state, transfers, ahead, volumes, still };
        let begun = match &container.still {
            None => container.machine("the start").await.map(drop),
            Some(_) => Ok(()),
        };
        let begun = match begun {
            Ok(()) => container.make_volumes().await,
            Err(error) => Err(error),
        };
        if let Err(error) = begun {
            // What cannot be removed is swept by a later run.
            let _ = container.remove().await;
            return Err(error);
        }
        container.compress_base();
        Ok(container)
    }
}

impl Container {
    /// Its id.
    pub fn id(&self) -> &str {
        &self.wish.id
    }

    /// The image that it is made of.
    pub fn image(&self) -> &StoredImage {
        &self.image
    }

    /// What it was to be.
    pub fn wish(&self) -> &Wish {
        &self.wish
    }

    /// The machine, which is started if it does not run, for something that is to be done; `what` names it.
    async fn machine(&self, what: &str) -> Result<InUse> {
        if let Some(still) = &self.still {
            return Err(still.lock().unwrap_or_else(PoisonError::into_inner).no_machine());
        }
        let mut state = self.state.lock().await;
        let in_use = |machine| InUse { machine, transfer: self.transfers.begin(what.to_owned()) };
        if let Some((machine, _)) = &state.machine {
            return Ok(in_use(machine.clone()));
        }
        let run = state.run.as_ref().ok_or_else(|| self.gone())?;
        let upper = match state.sealed.len() {
            0 => (run.upper.clone(), run.work.clone()),
            // A directory serves as upper only once.
            number => (run.dir().join(format!("upper-{number}")), run.dir().join(format!("work-{number}"))),
        };
        for path in [&upper.0, &upper.1].into_iter().filter(|path| !path.is_dir()) {
            crate::store::make_root(path).map_err(Error::io(path))?;
        }
        let spec = Spec {
            lower: state
                .sealed
                .iter()
                .rev()
                .map(|sealed| &sealed.upper)
                .chain(self.trees.iter())
                .cloned()
                .collect(),
            upper: upper.0.clone(),
            work: upper.1,
            mount: run.mount.clone(),
            setup: self.wish.machine.clone(),
        };
        let started = Sandbox::start(self.host.launcher(), &spec, self.host.abilities()).await;
        let machine = Arc::new(started.map_err(host::failed("the container's machine"))?);
        state.machine = Some((machine.clone(), upper.0));
        Ok(in_use(machine))
    }

    /// Whether something runs in it beside what was asked for and has ended.
    ///
    /// # Errors
    /// The machine is gone.
    pub async fn is_busy(&self) -> Result<bool> {
        // Held meanwhile: nobody takes it down.
        match &self.state.lock().await.machine {
            Some((machine, _)) => Ok(machine.processes().await.map_err(host::failed("the container"))? > 0),
            None => Ok(false),
        }
    }

    /// Ends everything that runs in it, in an orderly way. Its files stay; what is asked of it later runs in a new machine. Files that are
    /// on their way in or out arrive before.
    ///
    /// # Errors
    /// It cannot be taken down, or files no longer move.
    pub async fn stop(&self) -> Result<()> {
        let mut state = self.state.lock().await;
        self.end(&mut state).await
    }

    /// Takes the machine down when nothing is under way any more. Its changes are sealed.
    async fn end(&self, state: &mut State) -> Result<()> {
        // Nothing can begin meanwhile: it would need the state.
        self.transfers.ended().await?;
        let Some((machine, upper)) = state.machine.take() else { return Ok(()) };
        state.sealed.push(Sealed { upper, early: None });
        match Arc::try_unwrap(machine) {
            Ok(machine) => machine.stop().await.map_err(host::failed("the container's machine")),
            Err(_) => Err(tintype_sdk::Error::bug("a machine is used by somebody who is not counted").into()),
        }
    }

    /// Ends everything that runs in it and all files on their way, and removes its files. Fine when that has been done.
    ///
    /// # Errors
    /// Something cannot be taken down or removed. A later sweep of the store tries again.
    pub async fn remove(&self) -> Result<()> {
        self.transfers.abort();
        let mut state = self.state.lock().await;
        let ended = self.end(&mut state).await;
        // One that could not be waited for ends with whoever has it.
        state.machine = None;
        self.end_ahead(std::mem::take(&mut state.sealed)).await;
        if let Some(run) = state.run.take() {
            run.remove(&*self.host).await?;
        }
        ended
    }

    /// Does something with the files of a container without a machine.
    async fn with_still<T: Send + 'static>(
        still: &Arc<std::sync::Mutex<Still>>,
        work: impl FnOnce(&mut Still) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let still = still.clone();
        blocking(move || work(&mut still.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    fn gone(&self) -> Error {
        Error::Tree { what: format!("the container {}", self.wish.id), why: "it is gone".to_owned() }
    }
}
