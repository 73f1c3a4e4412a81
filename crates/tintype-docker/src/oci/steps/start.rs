//! Starts the container.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use sandbox::{Bind, Capabilities, Network, Setup};
use tintype_oci::{Grain, StoredImage};
use tintype_sdk::{Cx, Error, Intent, Result, Scope, Step};

use crate::driver::{Embedded, Start};
use crate::oci::config::OciConfig;
use crate::oci::output::OutputConfig;
use crate::oci::reaper::{KIND, OciReaper};

/// Starts it; gives its id.
pub(crate) struct StartContainer<'a> {
    /// Everything.
    pub config: &'a OciConfig,
    /// The image it is made of.
    pub base: &'a StoredImage,
    /// The engine.
    pub engine: &'a Arc<Embedded>,
}

impl Step for StartContainer<'_> {
    type Out = String;

    fn name(&self) -> Cow<'static, str> {
        "StepRun".into()
    }

    async fn run(&self, cx: &Cx) -> Result<String> {
        cx.say("Starting container...");
        if !self.config.volumes.is_empty()
            && let Some(forbidden) = self.engine.forbidden().await?
        {
            let text =
                format!("Error starting the container: its volumes cannot be mounted: {}", forbidden.why);
            return Err(Error::user(text)
                .hint(forbidden.way_out)
                .hint("Without volumes, the provisioner `file` puts files into the image."));
        }
        let machine = wish(self.config, cx)?;
        let config = self.base.image.config.config.clone();
        let by_step = self.config.output.as_ref().is_some_and(|output| output.layers == "step");
        let grain = if by_step { Grain::Step } else { Grain::One };
        let forms = self.config.output.as_ref().map(OutputConfig::forms).unwrap_or_default();
        let image = self.base.clone();
        let start = Start { image, config, machine, main: None, grain, volumes: Vec::new(), forms };
        let reaper = Arc::new(OciReaper::of(self.engine.clone()));
        let (engine, starting) = (self.engine.clone(), cx.clone());
        let started =
            cx.create(Scope::Machine, Intent::new(KIND, "container"), reaper, move |_| async move {
                engine.start(start, &starting).await
            });
        let id = started.await.map_err(|error| {
            if error.is_cancelled() { error } else { error.context("Error starting the container") }
        })?;
        cx.say(format!("Container ID: {id}"));
        Ok(id)
    }
}

/// What the options ask for.
fn wish(config: &OciConfig, cx: &Cx) -> Result<Setup> {
    let mut binds = Vec::new();
    for (host, container) in &config.volumes {
        let (machine, options) = container.split_once(':').unwrap_or((container, ""));
        let host = cx.world().path(host);
        if !host.exists() {
            return Err(Error::user(format!("There is no {} to be mounted at {machine}", host.display()))
                .hint("Make it first, or take it out of volumes."));
        }
        let read_only = options.split(',').any(|option| option == "ro");
        binds.push(Bind { host, machine: Path::new(machine).to_owned(), read_only });
    }
    let network = match config.network.as_str() {
        "host" => Network::Host,
        "none" => Network::None,
        _ => Network::Auto,
    };
    Ok(Setup {
        network,
        binds,
        tmpfs: config.tmpfs.clone(),
        capabilities: Capabilities { add: config.cap_add.clone(), drop: config.cap_drop.clone() },
        privileged: config.privileged,
        ..Setup::default()
    })
}
