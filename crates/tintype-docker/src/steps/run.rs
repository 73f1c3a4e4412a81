//! Starts the container.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use tintype_sdk::{Cx, Error, Result, Scope, Step};

use crate::builder::volume_source;
use crate::config::DockerConfig;
use crate::driver::{Driver, NotStarted};
use crate::gone::Gone;
use crate::reaper::ContainerReaper;

/// Starts it; gives its id.
pub(crate) struct RunContainer<'a> {
    /// Everything.
    pub config: &'a DockerConfig,
    /// The image's name.
    pub image: &'a str,
    /// The directory that is shared with this host.
    pub shared: &'a Path,
    /// The engine.
    pub driver: &'a Arc<dyn Driver>,
    /// Told while the container lives.
    pub gone: &'a Gone,
}

impl Step for RunContainer<'_> {
    type Out = String;

    fn name(&self) -> Cow<'static, str> {
        "StepRun".into()
    }

    async fn run(&self, cx: &Cx) -> Result<String> {
        cx.say("Starting docker container...");
        let shared = self.shared.display().to_string();
        let args = self.config.run_args(self.image, &shared, |host| volume_source(host, cx));
        cx.say(format!("Run command: {} run {}", self.driver.shown(), args.join(" ")));
        let reaper = Arc::new(ContainerReaper::of(self.driver.clone(), self.gone.clone()));
        let intent = ContainerReaper::intent(&**self.driver, self.shared);
        let (driver, noticing, gone, making) =
            (self.driver.clone(), reaper.clone(), self.gone.clone(), cx.clone());
        let started = cx.create(Scope::Machine, intent, reaper, move |_| async move {
            match driver.run(&args, &making).await {
                Ok(id) => {
                    gone.set(false);
                    Ok(id)
                }
                Err(NotStarted { error, certain }) => {
                    if certain {
                        noticing.refuse();
                    }
                    Err(error)
                }
            }
        });
        let id = started.await.map_err(told)?;
        cx.say(format!("Container ID: {id}"));
        Ok(id)
    }
}

fn told(error: Error) -> Error {
    if error.is_cancelled() {
        return error;
    }
    let text =
        format!("Error running container: Docker exited with a non-zero exit status.\nStderr: {error}");
    error.hints().iter().fold(Error::new(error.kind(), text), |told, hint| told.hint(hint))
}
