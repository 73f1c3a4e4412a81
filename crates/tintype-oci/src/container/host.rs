//! Where containers run: the store, what this host allows, and our own program, which becomes the first process of every machine.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use oci::{Descriptor, Digest};
use sandbox::{Abilities, Ids, Launcher, Overlay, TaskIo, task_outside};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::tasks::{self, Owners, TASKS, UnpackArgs};
use crate::{Error, Result, Store, Unpacker};

/// The word by which our own program is told to be a machine's first process.
pub const ROLE: &str = "__ns";

/// What containers are run with.
#[derive(Debug)]
pub struct Host {
    store: Store,
    launcher: Launcher,
    abilities: Abilities,
}

impl Host {
    /// Opens the store below a cache directory, and finds out what this host allows. `program` is our own, whose `main` plays [`ROLE`]
    /// with [`TASKS`]; `search` is where helpers such as `newuidmap` are looked for (the directories of `PATH`).
    ///
    /// # Errors
    /// The store cannot be made. What is forbidden is no mistake here: it stands in [`Host::abilities`].
    pub async fn open(cache_dir: &Path, program: PathBuf, search: Vec<PathBuf>) -> Result<Self> {
        let store = Store::open(&cache_dir.join("oci"))?;
        let launcher = Launcher { program, word: ROLE.to_owned(), tasks: TASKS, search };
        let abilities = sandbox::probe(&launcher, store.dir()).await;
        Ok(Self { store, launcher, abilities })
    }

    /// The images.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What this host allows.
    pub fn abilities(&self) -> &Abilities {
        &self.abilities
    }

    pub(super) fn launcher(&self) -> &Launcher {
        &self.launcher
    }

    /// Whether files get their owners by ourselves, and not by way of a user namespace.
    pub(super) fn is_root(&self) -> bool {
        self.abilities.ids == Ids::Root
    }

    /// Runs a task with the ids of machines.
    pub(super) async fn task<T: DeserializeOwned>(
        &self,
        name: &str,
        args: &impl Serialize,
        io: TaskIo,
    ) -> Result<T> {
        let args = tasks::to_bytes(args)?;
        let answer =
            task_outside(&self.launcher, &self.abilities, name, args, io).await.map_err(failed(name))?;
        tasks::from_bytes(name, &answer)
    }
}

/// What went wrong with a task, which explains itself.
pub(super) fn failed(what: &str) -> impl FnOnce(sandbox::Error) -> Error {
    let what = what.to_owned();
    move |error| match error {
        sandbox::Error::Forbidden(forbidden) => {
            tintype_sdk::Error::environment(forbidden.why).hint(forbidden.way_out).into()
        }
        error => Error::Tree { what, why: error.to_string() },
    }
}

#[async_trait]
impl Unpacker for Host {
    fn kind(&self) -> String {
        match &self.abilities.ids {
            Ids::Root if self.abilities.root && self.abilities.overlay == Overlay::Kernel => {
                "root".to_owned()
            }
            Ids::Root if self.abilities.root => "root-copied".to_owned(),
            // Root of a user namespace, whose ids are the same for as long as it has them.
            Ids::Root => "namespace".to_owned(),
            Ids::Range { users, groups } => format!("ids-{}-{}", users.0, groups.0),
            Ids::Single => "one".to_owned(),
        }
    }

    async fn unpack(&self, blob: &Path, layer: &Descriptor, diff_id: &Digest, into: &Path) -> Result<()> {
        let args = UnpackArgs {
            blob: blob.to_owned(),
            layer: layer.clone(),
            diff_id: diff_id.clone(),
            into: into.to_owned(),
            by_root: self.abilities.root,
            // Only the kernel asks for root's own, which some filesystems refuse.
            trusted: self.abilities.root && self.abilities.overlay == Overlay::Kernel,
            owners: if self.abilities.ids == Ids::Single { Owners::Ours } else { Owners::Keep },
        };
        self.task(tasks::UNPACK, &args, TaskIo::default()).await
    }

    async fn remove(&self, tree: &Path) -> Result<()> {
        self.task(tasks::REMOVE, &tree, TaskIo::default()).await
    }
}
