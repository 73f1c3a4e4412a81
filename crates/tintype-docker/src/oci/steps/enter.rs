//! Finds the way into the container, and says what the build publishes.

use std::borrow::Cow;
use std::sync::Arc;

use async_trait::async_trait;
use cty::Value;
use tintype_comm::{NoneCommunicator, common_vars};
use tintype_sdk::{AfterStep, Communicator, Cx, Machine, Result, Step};

use crate::communicator::{DockerCommunicator, Entrance};
use crate::driver::{Driver, Embedded, Image};
use crate::oci::config::{NONE, OciConfig};
use crate::published::Published;

/// Finds the way in.
pub(crate) struct Enter<'a> {
    /// Everything.
    pub config: &'a OciConfig,
    /// The image the container is made of.
    pub source: &'a Image,
    /// The container's id.
    pub container: &'a str,
    /// The engine.
    pub engine: &'a Arc<Embedded>,
    /// What is known of the images.
    pub published: &'a Published,
}

/// Makes a layer of each provisioner's work.
struct Layered {
    engine: Arc<Embedded>,
    container: String,
}

#[async_trait]
impl AfterStep for Layered {
    async fn ended(&self) -> Result<()> {
        self.engine.end_step(&self.container).await
    }
}

impl Step for Enter<'_> {
    type Out = Machine;

    fn name(&self) -> Cow<'static, str> {
        "StepConnect".into()
    }

    async fn run(&self, cx: &Cx) -> Result<Machine> {
        let config = self.config;
        let kind = config.communicator.as_str();
        let looked = self.engine.look(self.container).await?;
        let comm: Arc<dyn Communicator> = if kind == NONE {
            Arc::new(NoneCommunicator)
        } else {
            let entrance = Entrance {
                container: self.container,
                exec_user: &config.exec_user,
                pty: config.pty,
                in_memory: &looked.in_memory,
                image_user: config.fix_upload_owner.then_some(self.source.user.as_str()),
            };
            Arc::new(DockerCommunicator::new(self.engine.clone(), &entrance, cx))
        };
        let mut vars = self.published.over(&common_vars(cx.world(), None));
        let texts = [
            ("ID", self.container),
            ("Host", looked.address.as_str()),
            ("User", ""),
            ("Password", ""),
            ("ConnType", kind),
            ("SSHPublicKey", ""),
            ("SSHPrivateKey", ""),
            ("SSHPrivateKeyFile", ""),
            ("WinRMPassword", ""),
        ];
        vars.extend(texts.into_iter().map(|(name, text)| (name.to_owned(), Value::string(text))));
        vars.insert("Port".into(), Value::number(0i64));
        vars.insert("SSHAgentAuth".into(), Value::bool(false));
        let by_step = config.output.as_ref().is_some_and(|output| output.layers == "step");
        if !by_step {
            return Ok(Machine::new(comm, vars));
        }
        let after = Layered { engine: self.engine.clone(), container: self.container.to_owned() };
        Ok(Machine::with_steps(comm, vars, Arc::new(after)))
    }
}
