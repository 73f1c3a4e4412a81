//! Registries for the engine in this program: a client with the logins that docker's client keeps, what is shown while blobs move, and
//! what a refusal means.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use oci::{Descriptor, Login, Logins, Moved, Options, Progress};
use reqwest::{ClientBuilder, NoProxy, Proxy};
use tintype_sdk::{Cx, Error, Result, World};

use crate::auth::{self, Credentials};
use crate::client_files::ClientFiles;
use crate::driver::layers::Layers;

/// The logins that are used: one given in a template, and those the user keeps.
struct Known {
    files: ClientFiles,
    given: Option<Credentials>,
    cx: Cx,
}

impl Logins for Known {
    fn login<'a>(&'a self, registry: &'a str) -> BoxFuture<'a, oci::Result<Option<Login>>> {
        Box::pin(async move {
            if let Some(given) = self.given.as_ref().filter(|given| given.are_for(registry)) {
                return Ok(Some(login_of(given)));
            }
            let stored = auth::stored(&self.files, registry, &self.cx).await;
            match (stored.credentials, stored.problem) {
                (Some(found), _) => Ok(Some(login_of(&found))),
                (None, Some(why)) => Err(oci::Error::Login { host: registry.to_owned(), why }),
                (None, None) => Ok(None),
            }
        })
    }
}

fn login_of(credentials: &Credentials) -> Login {
    if !credentials.registry_token.is_empty() {
        Login::Registry(credentials.registry_token.clone())
    } else if !credentials.identity_token.is_empty() {
        Login::Identity(credentials.identity_token.clone())
    } else {
        Login::Password { user: credentials.username.clone(), password: credentials.password.clone() }
    }
}

/// A client of registries.
pub(super) fn client(files: &ClientFiles, given: Option<&Credentials>, cx: &Cx) -> Result<oci::Client> {
    let logins = Known { files: files.clone(), given: given.cloned(), cx: cx.clone() };
    let client = oci::Client::new(http(cx.world()), Arc::new(logins), Options::default());
    client.map_err(|error| Error::environment(error.to_string()))
}

/// An HTTP client with the proxies of the environment.
fn http(world: &World) -> ClientBuilder {
    let mut builder =
        reqwest::Client::builder().no_proxy().user_agent(concat!("tintype/", env!("CARGO_PKG_VERSION")));
    let env = |name: &str| {
        let value = world.env(name).or_else(|| world.env(&name.to_lowercase()));
        value.filter(|value| !value.is_empty())
    };
    let never = format!("localhost,127.0.0.0/8,::1,{}", env("NO_PROXY").unwrap_or_default());
    let proxies = [env("HTTP_PROXY").map(Proxy::http), env("HTTPS_PROXY").map(Proxy::https)];
    for proxy in proxies.into_iter().flatten().flatten() {
        builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&never)));
    }
    builder
}

/// A failure of a registry, with what to do about it.
pub(super) fn explained(error: tintype_oci::Error, name: &str) -> Error {
    let tintype_oci::Error::Oci(cause) = &error else { return error.into() };
    let registry = name.parse::<oci::Reference>().map(|name| name.repository.registry().to_owned());
    let registry = registry.unwrap_or_default();
    let hint = match cause {
        oci::Error::Denied { .. } => format!(
            "Check the name; if the image is private, run `docker login {registry}` or set login, login_username and login_password."
        ),
        oci::Error::Login { .. } => {
            "Look at the docker client's settings (~/.docker/config.json), or set login, login_username \
                                     and login_password."
                .to_owned()
        }
        oci::Error::NotFound { .. } => format!("Check that {registry} has {name}."),
        oci::Error::Network { .. } | oci::Error::Timeout { .. } | oci::Error::Broken { .. } => format!(
            "Check the connection to {registry} (HTTPS_PROXY names a proxy); pull = false uses an image that is here already."
        ),
        _ => return error.into(),
    };
    Error::from(error).hint(hint)
}

/// Which way blobs move.
#[derive(Clone, Copy, Debug)]
pub(super) enum Direction {
    /// From a registry.
    Here,
    /// To a registry.
    Away,
}

/// Shows how blobs move, as docker's client does it where nobody watches a terminal.
pub(super) struct Shown<'a> {
    layers: Mutex<Layers<'a>>,
    direction: Direction,
}

impl<'a> Shown<'a> {
    /// For an image of this name.
    pub fn new(name: &str, quiet: bool, direction: Direction, cx: &'a Cx) -> Self {
        Self { layers: Mutex::new(Layers::new(name, quiet, cx)), direction }
    }

    /// Shows a line about the image as a whole.
    pub fn say(&self, line: &str) {
        self.layers().told(None, line, None, None);
    }

    fn layers(&self) -> MutexGuard<'_, Layers<'a>> {
        self.layers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Progress for Shown<'_> {
    fn blob(&self, blob: &Descriptor, moved: Moved<'_>) {
        let id = blob.digest.hex().get(..12).unwrap_or_default();
        let mut layers = self.layers();
        let status = match (moved, self.direction) {
            (Moved::Started { have } | Moved::Back { have }, _) => return layers.moved(id, have, blob.size),
            (Moved::Bytes(count), _) => return layers.further(id, count, blob.size),
            (Moved::Retry { why, after }, _) => {
                format!("Retrying in {} seconds: {why}", after.as_secs_f32().ceil())
            }
            (Moved::There, Direction::Here) => "Already exists".to_owned(),
            (Moved::There, Direction::Away) => "Layer already exists".to_owned(),
            (Moved::Mounted, _) => "Mounted from another repository".to_owned(),
            (Moved::Done, Direction::Here) => "Pull complete".to_owned(),
            (Moved::Done, Direction::Away) => "Pushed".to_owned(),
        };
        layers.told(Some(id), &status, None, None);
    }
}
