//! Which Engine to talk to, found out as the docker client does it: `DOCKER_HOST`, then the named or current context, then the
//! place where an Engine usually is. How to talk to it is in `transport`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};
use tintype_sdk::{Error, Result, World};

use crate::client_files::ClientFiles;
use crate::os::DEFAULT_HOST;

/// An Engine's address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Endpoint {
    /// `unix:///var/run/docker.sock`, `tcp://host:2376`, `npipe:////./pipe/docker_engine`, `ssh://user@host`.
    pub host: String,
    /// How to protect the connection; nothing for plain connections.
    pub tls: Option<Tls>,
    /// Whether nobody named it: it is only where an Engine usually is.
    pub assumed: bool,
}

/// How to protect a connection.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Tls {
    /// Whom to trust, instead of the system's authorities.
    pub ca: Option<PathBuf>,
    /// Who we are: certificate and key.
    pub identity: Option<(PathBuf, PathBuf)>,
    /// Whether the Engine's certificate is not looked at.
    pub skip_verify: bool,
}

impl Tls {
    /// The files that are in a directory under their usual names.
    pub fn in_dir(dir: &Path, skip_verify: bool) -> Self {
        let there = |name: &str| Some(dir.join(name)).filter(|path| path.is_file());
        Self { ca: there("ca.pem"), identity: there("cert.pem").zip(there("key.pem")), skip_verify }
    }
}

impl Endpoint {
    /// Finds out which Engine is meant.
    pub fn resolve(world: &World, files: &ClientFiles) -> Result<Self> {
        if let Some(host) = world.env("DOCKER_HOST").map(str::trim).filter(|host| !host.is_empty()) {
            return Ok(Self { host: host.to_owned(), tls: tls_of_environment(world, files), assumed: false });
        }
        let context = world
            .env("DOCKER_CONTEXT")
            .filter(|name| !name.is_empty())
            .unwrap_or(&files.config.current_context);
        if context.is_empty() || context == "default" {
            return Ok(Self { host: DEFAULT_HOST.to_owned(), tls: None, assumed: true });
        }
        let dir = files.dir.as_deref().ok_or_else(|| no_context(context, "there is no home directory"))?;
        from_context(context, dir)
    }
}

/// What a reaper needs to get back to this Engine.
impl Endpoint {
    /// As words.
    pub fn to_place(&self) -> BTreeMap<String, String> {
        let mut place = BTreeMap::from([("host".to_owned(), self.host.clone())]);
        if let Some(tls) = &self.tls {
            place.insert("tls".into(), if tls.skip_verify { "unverified".into() } else { "verified".into() });
            let (certificate, key) = tls.identity.clone().unzip();
            for (name, path) in [("ca", tls.ca.clone()), ("certificate", certificate), ("key", key)] {
                if let Some(path) = path {
                    place.insert(name.into(), path.display().to_string());
                }
            }
        }
        place
    }

    /// From words; nothing when they name no Engine.
    pub fn from_place(place: &BTreeMap<String, String>) -> Option<Self> {
        let path = |name: &str| place.get(name).map(PathBuf::from);
        let tls = place.get("tls").map(|how| Tls {
            ca: path("ca"),
            identity: path("certificate").zip(path("key")),
            skip_verify: how == "unverified",
        });
        Some(Self { host: place.get("host")?.clone(), tls, assumed: false })
    }
}

/// The client looks at these variables for addresses of the form `tcp://` alone.
fn tls_of_environment(world: &World, files: &ClientFiles) -> Option<Tls> {
    let set = |name: &str| world.env(name).is_some_and(|value| !value.is_empty());
    let verify = set("DOCKER_TLS_VERIFY");
    if !verify && !set("DOCKER_TLS") {
        return None;
    }
    let dir = match world.env("DOCKER_CERT_PATH") {
        Some(dir) if !dir.is_empty() => Some(world.path(dir)),
        _ => files.dir.clone(),
    };
    Some(dir.map_or_else(|| Tls { skip_verify: !verify, ..Tls::default() }, |dir| Tls::in_dir(&dir, !verify)))
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Meta {
    endpoints: Endpoints,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Endpoints {
    docker: DockerEndpoint,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct DockerEndpoint {
    #[serde(rename = "Host")]
    host: String,
    #[serde(rename = "SkipTLSVerify")]
    skip_tls_verify: bool,
}

fn from_context(name: &str, dir: &Path) -> Result<Endpoint> {
    // The client names a context's directories by a digest, since a name may hold any character.
    let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    let file = dir.join("contexts").join("meta").join(&id).join("meta.json");
    let text =
        std::fs::read(&file).map_err(|error| no_context(name, &format!("{}: {error}", file.display())))?;
    let meta: Meta = serde_json::from_slice(&text)
        .map_err(|error| no_context(name, &format!("{}: {error}", file.display())))?;
    let docker = meta.endpoints.docker;
    let tls_dir = dir.join("contexts").join("tls").join(&id).join("docker");
    let tls = Tls::in_dir(&tls_dir, docker.skip_tls_verify);
    let wanted = tls != Tls::default();
    let host = if docker.host.is_empty() { DEFAULT_HOST.to_owned() } else { docker.host };
    Ok(Endpoint { host, tls: wanted.then_some(tls), assumed: false })
}

fn no_context(name: &str, why: &str) -> Error {
    Error::user(format!("The docker context \"{name}\" cannot be used: {why}"))
        .hint("`docker context ls` shows the contexts; DOCKER_HOST or DOCKER_CONTEXT chooses another Engine.")
}
