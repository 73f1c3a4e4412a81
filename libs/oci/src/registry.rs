//! A client of registries: asks for manifests and blobs, fetches and sends images. Where fetched blobs are kept is the matter of
//! [`Blobs`](crate::Blobs), which logins there are that of [`Logins`].

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::{Descriptor, Error, Repository, Result};

mod auth;
mod enter;
mod login;
mod pull;
mod push;
mod send;
#[cfg(test)]
mod tests;

pub use login::{Anonymous, DockerConfig, DockerLogins, Helper, HelperAnswer, Login, Logins, Netrc};
pub(crate) use pull::agree;
pub use pull::{Answer, Pulled};

/// How patient, how busy and how trusting a client is.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long an answer may take to begin, and how long a transfer may stand still.
    pub patience: Duration,
    /// How often something is tried again after a broken connection or a busy registry, without any progress in between. One that
    /// does not answer in time is asked once more, one that cannot be reached twice.
    pub retries: u32,
    /// How long to wait before the first retry; doubled for each further one. A registry that names a time is given that, unless
    /// it is more than a minute: then it is not asked again.
    pub pause: Duration,
    /// How many blobs are fetched or sent at the same time.
    pub parallel: usize,
    /// Blobs larger than this many bytes are sent in pieces of this size, so that a broken connection costs one piece. Nothing: each
    /// in one go.
    pub piece: Option<u64>,
    /// The largest blob that is fetched, in bytes.
    pub largest_blob: Option<u64>,
    /// Registries, besides those on this machine's loopback, that are spoken to without encryption: `host` or `host:port`.
    pub plain: Vec<String>,
    /// Registries on the loopback that want encryption.
    pub encrypted: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(30),
            retries: 5,
            pause: Duration::from_millis(500),
            parallel: 4,
            piece: Some(64 << 20),
            largest_blob: None,
            plain: Vec::new(),
            encrypted: Vec::new(),
        }
    }
}

/// A client of registries. Cheap to clone; clones share connections and tokens.
///
/// ```no_run
/// # async fn example() -> oci::Result<()> {
/// use std::sync::Arc;
/// let client = oci::Client::new(reqwest::Client::builder(), Arc::new(oci::Anonymous), oci::Options::default())?;
/// let blobs = oci::Blobs::at("store/blobs");
/// let name = "debian:bookworm-slim".parse()?;
/// let image = client.pull(&name, &oci::Platform::host(), &blobs, &()).await?;
/// println!("{} layers", image.manifest.layers.len());
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    logins: Arc<dyn Logins>,
    options: Arc<Options>,
    /// What opened a registry for a scope before.
    keys: Arc<Mutex<HashMap<(String, String), auth::Key>>>,
    /// Why no login could be found out for a host. Public images need none, so it is told only when the registry refuses.
    unknown: Arc<Mutex<HashMap<String, String>>>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Client {
    /// A client on top of an HTTP client: proxies, authorities and the user agent are for the builder to say (which, if it is told
    /// nothing, takes proxies from the environment).
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(http: reqwest::ClientBuilder, logins: Arc<dyn Logins>, options: Options) -> Result<Self> {
        let http = http
            .redirect(send::followed())
            .connect_timeout(options.patience.min(Duration::from_secs(20)))
            .build()
            .map_err(|error| Error::Network {
                host: "no registry".to_owned(),
                what: "starting the HTTP client".to_owned(),
                why: send::innermost(&error),
            })?;
        Ok(Self { http, logins, options: Arc::new(options), keys: Arc::default(), unknown: Arc::default() })
    }

    /// The address of something in a repository.
    fn url(&self, repository: &Repository, rest: &str) -> String {
        format!("{}/v2/{}/{rest}", self.base(repository), repository.path())
    }

    fn base(&self, repository: &Repository) -> String {
        let host = repository.host();
        let scheme = if self.is_plain(host) { "http" } else { "https" };
        format!("{scheme}://{host}")
    }

    fn is_plain(&self, host: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == host || name == without_port(host));
        named(&self.options.plain) || (is_loopback(host) && !named(&self.options.encrypted))
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, _)) if !host.ends_with(']') => name,
        _ => host,
    }
}

fn is_loopback(host: &str) -> bool {
    let name = without_port(host).trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Is told how blobs move. Called often, from several tasks.
pub trait Progress: Send + Sync {
    /// Something happened to a blob.
    fn blob(&self, blob: &Descriptor, moved: Moved<'_>);
}

/// Nobody is told.
impl Progress for () {
    fn blob(&self, _: &Descriptor, _: Moved<'_>) {}
}

/// What happened to a blob.
#[derive(Clone, Copy, Debug)]
pub enum Moved<'a> {
    /// It is being fetched or sent; so many bytes had been before.
    Started {
        /// Bytes that need not be moved again.
        have: u64,
    },
    /// So many further bytes were moved.
    Bytes(u64),
    /// What had been moved counts no more; so many bytes do.
    Back {
        /// Bytes that still count.
        have: u64,
    },
    /// It will be tried again.
    Retry {
        /// Why.
        why: &'a Error,
        /// After how long.
        after: Duration,
    },
    /// It was there already.
    There,
    /// The registry took it over from another of its repositories.
    Mounted,
    /// It is moved, and checked.
    Done,
}
