//! The directory of the docker client (`~/.docker`): where it is, and its `config.json`. What the settings mean for connections is
//! in `endpoint`, what they mean for logins in `auth`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;
use tintype_sdk::World;

/// The parts of `config.json` that matter here. Everything else is left alone.
#[derive(Clone, Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ClientConfig {
    /// Logins by registry.
    pub auths: BTreeMap<String, AuthEntry>,
    /// Programs that keep the logins of single registries.
    pub cred_helpers: BTreeMap<String, String>,
    /// The program that keeps all other logins.
    pub creds_store: String,
    /// The context that is used when none is named.
    pub current_context: String,
}

/// One login in `config.json`.
#[derive(Clone, Deserialize, Default, Debug)]
#[serde(default)]
pub(crate) struct AuthEntry {
    /// `user:password` in base64.
    pub auth: String,
    /// The user, when it is not in `auth`.
    pub username: String,
    /// The password, when it is not in `auth`.
    pub password: String,
    /// A token in place of user and password.
    #[serde(rename = "identitytoken")]
    pub identity_token: String,
    /// A token for the registry itself.
    #[serde(rename = "registrytoken")]
    pub registry_token: String,
}

/// The client's directory with its settings.
#[derive(Clone, Debug)]
pub(crate) struct ClientFiles {
    /// Where it is; nothing when there is no home.
    pub dir: Option<PathBuf>,
    /// Its settings; empty when there are none.
    pub config: ClientConfig,
    /// Why the settings could not be read.
    pub problem: Option<String>,
}

impl ClientFiles {
    /// Reads the settings. A file that cannot be read counts as none; the problem is kept for whoever fails because of it.
    pub fn read(world: &World) -> Self {
        let dir = match world.env("DOCKER_CONFIG") {
            Some(dir) if !dir.is_empty() => Some(world.path(dir)),
            _ => world.home.as_ref().map(|home| home.join(".docker")),
        };
        let Some(file) = dir.as_ref().map(|dir| dir.join("config.json")) else {
            return Self { dir, config: ClientConfig::default(), problem: None };
        };
        let (config, problem) = match std::fs::read(&file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (ClientConfig::default(), None),
            Err(error) => (ClientConfig::default(), Some(format!("{}: {error}", file.display()))),
            Ok(text) => match serde_json::from_slice(&text) {
                Ok(config) => (config, None),
                Err(error) => (ClientConfig::default(), Some(format!("{}: {error}", file.display()))),
            },
        };
        Self { dir, config, problem }
    }

    /// The same directory structure without any login.
    pub fn without_logins(self) -> Self {
        let config = ClientConfig { current_context: self.config.current_context, ..ClientConfig::default() };
        Self { config, problem: None, ..self }
    }
}
