//! Logins for registries: what docker's `config.json` keeps, and the helper programs it names. This crate starts no programs; whoever
//! uses it does.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use serde::Deserialize;

use crate::{Error, Result};

/// Who we are to a registry.
#[derive(Clone, PartialEq, Eq)]
pub enum Login {
    /// A user and a password.
    Password {
        /// The user.
        user: String,
        /// The password.
        password: String,
    },
    /// A token that is exchanged for tokens of the registry.
    Identity(String),
    /// A token of the registry itself.
    Registry(String),
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { user, .. } => write!(f, "Password({user})"),
            Self::Identity(_) => f.write_str("Identity"),
            Self::Registry(_) => f.write_str("Registry"),
        }
    }
}

/// Knows logins.
pub trait Logins: Send + Sync {
    /// The login for a registry, as [`Repository::login_key`](crate::Repository::login_key) names it; nothing when there is none.
    ///
    /// # Errors
    /// There may be one, and it cannot be found out.
    fn login<'a>(&'a self, registry: &'a str) -> BoxFuture<'a, Result<Option<Login>>>;
}

/// Knows no login.
#[derive(Clone, Copy, Debug)]
pub struct Anonymous;

impl Logins for Anonymous {
    fn login<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Login>>> {
        Box::pin(async { Ok(None) })
    }
}

/// One login for whichever registry it is asked for.
impl Logins for Login {
    fn login<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Login>>> {
        Box::pin(async { Ok(Some(self.clone())) })
    }
}

/// Several sources: the first that knows a login counts.
impl Logins for Vec<Arc<dyn Logins>> {
    fn login<'a>(&'a self, registry: &'a str) -> BoxFuture<'a, Result<Option<Login>>> {
        Box::pin(async move {
            for logins in self {
                if let Some(login) = logins.login(registry).await? {
                    return Ok(Some(login));
                }
            }
            Ok(None)
        })
    }
}

/// The logins of a `.netrc`.
///
/// ```
/// let netrc = oci::Netrc::parse("machine r.example login me password secret");
/// ```
#[derive(Clone, Default)]
pub struct Netrc(Vec<(String, Login)>);

impl Netrc {
    /// Reads a `.netrc`. What it does not understand it passes over, as everybody does.
    pub fn parse(text: &str) -> Self {
        let mut found = Vec::new();
        let (mut host, mut user, mut password) = (None, None, None);
        let mut keep = |host: Option<&str>, user: Option<&str>, password: Option<&str>| {
            if let (Some(host), Some(user), Some(password)) = (host, user, password) {
                found.push((
                    host.to_owned(),
                    Login::Password { user: user.to_owned(), password: password.to_owned() },
                ));
            }
        };
        let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
        let mut words = lines.flat_map(str::split_whitespace);
        while let Some(word) = words.next() {
            match word {
                "machine" => {
                    keep(host.take(), user.take(), password.take());
                    host = words.next();
                }
                // It is for whoever has no entry, and a login is not given to just anybody.
                "default" => keep(host.take(), user.take(), password.take()),
                "login" => user = words.next(),
                "password" => password = words.next(),
                _ => {}
            }
        }
        keep(host, user, password);
        Self(found)
    }
}

impl fmt::Debug for Netrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Netrc({} logins)", self.0.len())
    }
}

impl Logins for Netrc {
    fn login<'a>(&'a self, registry: &'a str) -> BoxFuture<'a, Result<Option<Login>>> {
        let host = super::without_port(host_of(registry));
        let login = self.0.iter().find(|(machine, _)| machine == host_of(registry) || machine == host);
        Box::pin(async move { Ok(login.map(|(_, login)| login.clone())) })
    }
}

/// Starts docker's credential helpers.
pub trait Helper: Send + Sync {
    /// Starts `program` (`docker-credential-…`) with the argument `get`, and writes `server` to its standard input.
    ///
    /// # Errors
    /// It cannot be started.
    fn get<'a>(&'a self, program: &'a str, server: &'a str) -> BoxFuture<'a, io::Result<HelperAnswer>>;
}

/// How a helper ended.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HelperAnswer {
    /// Whether it succeeded.
    pub success: bool,
    /// What it wrote to its standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to its standard error.
    pub stderr: Vec<u8>,
}

/// The part of docker's `config.json` that says who we are.
#[derive(Clone, Deserialize, Default, Debug)]
#[serde(rename_all = "camelCase", default)]
pub struct DockerConfig {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: String,
}

#[derive(Clone, Deserialize, Default)]
#[serde(default)]
struct Entry {
    auth: String,
    username: String,
    password: String,
    identitytoken: String,
    registrytoken: String,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entry")
    }
}

impl DockerConfig {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// It is no such file. The message holds none of its text.
    pub fn parse(text: &[u8]) -> Result<Self> {
        serde_json::from_slice(text).map_err(|error| {
            Error::document(
                "docker's config.json",
                format!("mistake at line {}, column {}", error.line(), error.column()),
            )
        })
    }

    /// The program that keeps the login for a registry.
    fn helper(&self, registry: &str) -> Option<&str> {
        let own = self.cred_helpers.iter().find(|(server, _)| same(server, registry));
        own.map(|(_, helper)| helper.as_str())
            .or(Some(self.creds_store.as_str()))
            .filter(|name| !name.is_empty())
    }

    /// The login that the file itself holds.
    fn kept(&self, registry: &str) -> Option<Login> {
        let similar = || self.auths.iter().find(|(server, _)| same(server, registry)).map(|(_, entry)| entry);
        self.auths.get(registry).or_else(similar)?.login()
    }
}

impl Entry {
    fn login(&self) -> Option<Login> {
        if !self.registrytoken.is_empty() {
            return Some(Login::Registry(self.registrytoken.clone()));
        }
        if !self.identitytoken.is_empty() {
            return Some(Login::Identity(self.identitytoken.clone()));
        }
        let pair = STANDARD.decode(self.auth.trim()).ok().and_then(|pair| String::from_utf8(pair).ok());
        let (user, password) = match pair.as_deref().and_then(|pair| pair.split_once(':')) {
            Some((user, password)) => (user.to_owned(), password.trim_end_matches('\0').to_owned()),
            None => (self.username.clone(), self.password.clone()),
        };
        (!user.is_empty()).then_some(Login::Password { user, password })
    }
}

/// Whether two names mean the same registry: settings hold hosts and addresses.
fn same(one: &str, other: &str) -> bool {
    host_of(one) == host_of(other)
}

fn host_of(address: &str) -> &str {
    let address =
        address.strip_prefix("https://").or_else(|| address.strip_prefix("http://")).unwrap_or(address);
    address.split('/').next().unwrap_or(address)
}

/// The logins of docker's settings.
pub struct DockerLogins {
    config: DockerConfig,
    helper: Arc<dyn Helper>,
}

impl DockerLogins {
    /// Logins from settings, with somebody who starts the helpers they name.
    pub fn new(config: DockerConfig, helper: Arc<dyn Helper>) -> Self {
        Self { config, helper }
    }
}

impl Logins for DockerLogins {
    fn login<'a>(&'a self, registry: &'a str) -> BoxFuture<'a, Result<Option<Login>>> {
        Box::pin(async move {
            let Some(helper) = self.config.helper(registry) else { return Ok(self.config.kept(registry)) };
            let program = format!("docker-credential-{helper}");
            let wrong = |why: String| Error::Login { host: host_of(registry).to_owned(), why };
            let answer = self
                .helper
                .get(&program, registry)
                .await
                .map_err(|error| wrong(format!("{program}: {error}")))?;
            if !answer.success {
                let said = [answer.stdout, answer.stderr]
                    .map(|text| String::from_utf8_lossy(&text).trim().to_owned());
                // The words by which the helpers' protocol says that there is no login.
                if said.iter().any(|said| said.contains("credentials not found")) {
                    return Ok(self.config.kept(registry));
                }
                return Err(wrong(format!("{program} failed: {}", said.join(" ").trim())));
            }
            /// What a helper writes.
            #[derive(Deserialize)]
            #[serde(rename_all = "PascalCase")]
            struct Found {
                username: String,
                secret: String,
            }
            // The parser's message could hold a part of the secret.
            let found: Found = serde_json::from_slice(&answer.stdout)
                .map_err(|_| wrong(format!("{program} gave an answer that cannot be read")))?;
            Ok(Some(match found.username.as_str() {
                "<token>" => Login::Identity(found.secret),
                _ => Login::Password { user: found.username, password: found.secret },
            }))
        })
    }
}
