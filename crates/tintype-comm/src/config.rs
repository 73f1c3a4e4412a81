//! The options that all communicators share, and which kinds a builder takes.

use tintype_schema::{At, Config, GoDuration};
use tintype_sdk::World;

use crate::{SshConfig, WinRmConfig};

/// How the machine is reached. A builder flattens these options into its own.
#[derive(Config, Clone, Debug, Default)]
#[config(name = "communicator", unchecked)]
pub struct CommConfig {
    /// How commands and files reach the machine: `ssh`, `winrm` or `none` (no connection: only provisioners that run on this host
    /// make sense). The default is `ssh`, unless the builder has a way of its own, such as `docker`.
    #[config(values("ssh", "winrm", "none"), key = "no")]
    pub communicator: String,
    /// How long to wait after the first connection. Then the connection is made anew and provisioning begins. For machines that
    /// restart once more after they can first be reached.
    #[config(key = "no")]
    pub pause_before_connecting: GoDuration,
    /// By SSH.
    #[config(flatten)]
    pub ssh: SshConfig,
    /// By WinRM.
    #[config(flatten)]
    pub winrm: WinRmConfig,
}

/// Which kinds of communicator a builder takes.
#[derive(Clone, Copy, Debug)]
pub struct Kinds {
    /// The one that is meant when none is named.
    pub default: &'static str,
    /// All of them.
    pub allowed: &'static [&'static str],
}

impl Kinds {
    /// Of a builder that has no way of its own.
    pub const COMMON: Kinds = Kinds { default: "ssh", allowed: &["ssh", "winrm", "none"] };
}

impl CommConfig {
    /// Fills in defaults and reports what does not fit. For `BuildWith::prepare`: key files are read.
    pub fn prepare(&mut self, kinds: Kinds, world: &World, at: &mut At<'_>) {
        if self.communicator.is_empty() {
            self.communicator = kinds.default.to_string();
        }
        self.ssh.complete();
        self.winrm.complete();
        if !kinds.allowed.contains(&self.communicator.as_str()) {
            let hint = format!("Use one of {}.", kinds.allowed.join(", "));
            at.error("communicator", format!("Communicator type {} is invalid", self.communicator))
                .hint(hint);
        } else if self.communicator == "ssh" {
            self.ssh.check(world, at);
        } else if self.communicator == "winrm" {
            self.winrm.check(at);
        }
    }

    /// The host that the template names; empty when it names none, or when nothing is connected.
    pub fn host(&self) -> &str {
        self.choose(&self.ssh.ssh_host, &self.winrm.winrm_host)
    }

    /// The user to log in as.
    pub fn user(&self) -> &str {
        self.choose(&self.ssh.ssh_username, &self.winrm.winrm_username)
    }

    /// The password to log in with.
    pub fn password(&self) -> &str {
        self.choose(&self.ssh.ssh_password, &self.winrm.winrm_password)
    }

    /// The port to connect to; 0 when nothing is connected.
    pub fn port(&self) -> u16 {
        match self.communicator.as_str() {
            "ssh" => self.ssh.ssh_port,
            "winrm" => self.winrm.winrm_port,
            _ => 0,
        }
    }

    fn choose<'a>(&self, ssh: &'a str, winrm: &'a str) -> &'a str {
        match self.communicator.as_str() {
            "ssh" => ssh,
            "winrm" => winrm,
            _ => "",
        }
    }
}
