//! Questions over HTTP: small answers as a whole, large ones as they come. Proxies are those of the `World`.

use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Client, ClientBuilder, NoProxy, Proxy, Response, StatusCode};
use tintype_sdk::{Error, Result, World, root_cause};

/// How long a server may take to be reached, and how long it may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// A client. The first question makes it: reading the system's certificates takes a moment.
pub struct Http {
    client: OnceLock<Client>,
    world: World,
}

/// A small answer.
pub(crate) struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

/// What to send along.
pub(crate) type Headers = Vec<(HeaderName, String)>;

impl Http {
    /// A client in these surroundings.
    pub fn new(world: &World) -> Self {
        Self { client: OnceLock::new(), world: world.clone() }
    }

    /// Asks for something small; any status is an answer.
    pub(crate) async fn get(&self, url: &str, headers: &Headers, largest: usize) -> Result<Answer> {
        let mut response = self.open(url, headers).await?;
        let (status, headers) = (response.status(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| broken(url, &error))? {
            if body.len() + chunk.len() > largest {
                return Err(Error::environment(format!("{url}: the answer has more than {largest} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }

    /// The same, where a status of 400 or more is a failure.
    pub(crate) async fn get_good(&self, url: &str, headers: &Headers, largest: usize) -> Result<Vec<u8>> {
        let answer = self.get(url, headers, largest).await?;
        if answer.status.as_u16() >= 400 {
            return Err(refused(url, answer.status));
        }
        Ok(answer.body)
    }

    /// Asks; the body is still to come.
    pub(crate) async fn open(&self, url: &str, headers: &Headers) -> Result<Response> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| {
                Error::user(format!("what is sent as {name} has characters that cannot be sent"))
            })?;
            value.set_sensitive(name == reqwest::header::AUTHORIZATION);
            map.insert(name.clone(), value);
        }
        let asked = self.client()?.get(url).headers(map).send().await;
        asked.map_err(|error| broken(url, &error))
    }

    fn client(&self) -> Result<&Client> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let builder = self.builder().connect_timeout(PATIENCE).read_timeout(PATIENCE);
        let client = builder.build().map_err(|error| Error::environment(root_cause(&error)))?;
        Ok(self.client.get_or_init(|| client))
    }

    /// A client in the making: with proxies and our name, without patience.
    pub(crate) fn builder(&self) -> ClientBuilder {
        let mut builder = Client::builder().no_proxy();
        let agent = concat!("tintype/", env!("CARGO_PKG_VERSION"));
        builder =
            builder.default_headers(HeaderMap::from_iter([(USER_AGENT, HeaderValue::from_static(agent))]));
        let env = |name: &str| self.world.env(name).or_else(|| self.world.env(&name.to_lowercase()));
        let never = format!("localhost,127.0.0.0/8,::1,{}", env("NO_PROXY").unwrap_or_default());
        let url = |name: &str| env(name).filter(|url| !url.is_empty());
        let proxies = [url("HTTP_PROXY").map(Proxy::http), url("HTTPS_PROXY").map(Proxy::https)];
        for proxy in proxies.into_iter().flatten().flatten() {
            builder = builder.proxy(proxy.no_proxy(NoProxy::from_string(&never)));
        }
        builder
    }
}

/// The failure that a status is.
pub(crate) fn refused(url: &str, status: StatusCode) -> Error {
    Error::environment(format!("{url}: the server answers {status}"))
}

/// The failure of a connection.
pub(crate) fn broken(url: &str, error: &reqwest::Error) -> Error {
    let why = if error.is_timeout() {
        format!("no answer within {} s", PATIENCE.as_secs())
    } else {
        root_cause(error)
    };
    Error::environment(format!("{url}: {why}"))
}
