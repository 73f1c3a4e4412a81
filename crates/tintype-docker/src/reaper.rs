//! Finds and removes containers that a build made, by the directory that is mounted in each: no label and no name can show in the
//! image that is made of a container, and the directory is as random as either.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use tintype_sdk::{Cx, Error, Found, Intent, Reaped, Reaper, Result};

use crate::client_files::ClientFiles;
use crate::driver::{Driver, EMBEDDED, Embedded, Engine, Program};
use crate::endpoint::Endpoint;
use crate::gone::Gone;

/// The kind of resource.
pub(crate) const KIND: &str = "docker-container";

/// The place in an intent that names the mounted directory.
const SHARED: &str = "shared";

/// Removes containers.
#[derive(Default)]
pub(crate) struct ContainerReaper {
    driver: Option<Arc<dyn Driver>>,
    /// Whether the engine itself said that there is none.
    refused: AtomicBool,
    /// Told when the container is gone.
    gone: Gone,
}

impl ContainerReaper {
    /// For a container of this engine.
    pub fn of(driver: Arc<dyn Driver>, gone: Gone) -> Self {
        Self { driver: Some(driver), refused: AtomicBool::new(false), gone }
    }

    /// An intent to make a container.
    pub fn intent(driver: &dyn Driver, shared: &std::path::Path) -> Intent {
        let mut intent = Intent::new(KIND, "docker container").place(SHARED, shared.display().to_string());
        intent.place.extend(driver.place());
        intent
    }

    /// The engine refused to make it: there is nothing to be found.
    pub fn refuse(&self) {
        self.refused.store(true, Ordering::Relaxed);
    }

    fn driver(&self, intent: &Intent, cx: &Cx) -> Result<Arc<dyn Driver>> {
        if let Some(driver) = &self.driver {
            return Ok(driver.clone());
        }
        if intent.place.get("engine").is_some_and(|engine| engine == EMBEDDED) {
            return Ok(Arc::new(Embedded::open(true, cx)?));
        }
        if let Some(program) = intent.place.get("program") {
            return Ok(Arc::new(Program::new(program, None, cx)));
        }
        let endpoint = Endpoint::from_place(&intent.place)
            .ok_or_else(|| Error::environment("it is not written down which Engine has the container"))?;
        Ok(Arc::new(Engine::new(endpoint, ClientFiles::read(cx.world()), cx)?))
    }
}

#[async_trait]
impl Reaper for ContainerReaper {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn find(&self, intent: &Intent, cx: &Cx) -> Result<Found> {
        if self.refused.load(Ordering::Relaxed) {
            return Ok(Found::Not);
        }
        let Some(shared) = intent.place.get(SHARED).map(PathBuf::from) else { return Ok(Found::Not) };
        match self.driver(intent, cx)?.find(&shared).await? {
            Some(id) => Ok(Found::Is(id)),
            // Right after a call whose answer never came, the Engine may still be at work on it. A later process sees the end.
            None if self.driver.is_some() => Ok(Found::Unsettled),
            None => Ok(Found::Not),
        }
    }

    async fn reap(&self, intent: &Intent, id: &str, cx: &Cx) -> Result<Reaped> {
        cx.say(format!("Killing the container: {id}"));
        let driver = self.driver(intent, cx)?;
        if self.driver.is_none() {
            driver.remove(id).await?;
            return Ok(Reaped::Gone);
        }
        let id = id.to_owned();
        // Takes as long as all the rest of a small build; nothing that follows needs to wait for it.
        let gone = self.gone.clone();
        Ok(Reaped::Going(Box::pin(async move {
            let removed = driver.remove(&id).await;
            gone.set(true);
            removed
        })))
    }
}
