//! Finds the way into the container, and says what the build publishes.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use cty::Value;
use tintype_comm::{Connect, common_vars};
use tintype_sdk::{Communicator, Cx, Machine, Result, Step};

use crate::communicator::{DockerCommunicator, Entrance};
use crate::config::{DOCKER, DockerConfig, WINDOWS};
use crate::driver::{Container, Driver, Image};
use crate::published::Published;
use crate::windows::WindowsCommunicator;

/// Finds the way in.
pub(crate) struct Connected<'a> {
    /// Everything.
    pub config: &'a DockerConfig,
    /// The image the container is made of.
    pub source: &'a Image,
    /// The container's id.
    pub container: &'a str,
    /// The directory that is shared with this host.
    pub shared: &'a Path,
    /// The engine.
    pub driver: &'a Arc<dyn Driver>,
    /// What is known of the images.
    pub published: &'a Published,
}

impl Step for Connected<'_> {
    type Out = Machine;

    fn name(&self) -> Cow<'static, str> {
        "StepConnect".into()
    }

    async fn run(&self, cx: &Cx) -> Result<Machine> {
        let config = self.config;
        let kind = config.comm.communicator.as_str();
        let Container { address, in_memory } = self.driver.look(self.container).await?;
        let entrance = Entrance {
            container: self.container,
            exec_user: &config.exec_user,
            pty: config.pty,
            in_memory: &in_memory,
            image_user: config.fix_upload_owner.then_some(self.source.user.as_str()),
        };
        if matches!(kind, DOCKER | WINDOWS) && !address.is_empty() {
            cx.say(format!("Using {kind} communicator to connect: {address}"));
        }
        let comm: Arc<dyn Communicator> = match kind {
            DOCKER => Arc::new(DockerCommunicator::new(self.driver.clone(), &entrance, cx)),
            WINDOWS => Arc::new(WindowsCommunicator::new(
                self.driver.clone(),
                &entrance,
                self.shared,
                &config.container_dir,
            )),
            _ => Connect { config: &config.comm, host: &address }.run(cx).await?,
        };
        let mut vars = self.published.over(&common_vars(cx.world(), None));
        let host = if matches!(kind, "ssh" | "winrm") { address.as_str() } else { config.comm.host() };
        let texts = [
            ("ID", self.container),
            ("Host", host),
            ("User", config.comm.user()),
            ("Password", config.comm.password()),
            ("ConnType", kind),
            ("SSHPublicKey", ""),
            ("SSHPrivateKey", ""),
            ("SSHPrivateKeyFile", &config.comm.ssh.ssh_private_key_file),
            ("WinRMPassword", &config.comm.winrm.winrm_password),
        ];
        vars.extend(texts.into_iter().map(|(name, text)| (name.to_owned(), Value::string(text))));
        vars.insert("Port".into(), Value::number(i64::from(config.comm.port())));
        vars.insert("SSHAgentAuth".into(), Value::bool(config.comm.ssh.ssh_agent_auth));
        Ok(Machine::new(comm, vars))
    }
}
