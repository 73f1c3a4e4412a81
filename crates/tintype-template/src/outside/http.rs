//! One question to one server, asked while an expression is evaluated. Evaluation is no asynchronous work, so the question goes on a
//! thread of its own.

use std::future::Future;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, ClientBuilder, Identity, NoProxy, Proxy, StatusCode, Url};
use tintype_sdk::{World, os_text, root_cause};

/// How long a server may take, from the first packet to the last byte.
const PATIENCE: Duration = Duration::from_secs(30);

/// More than any of the services keeps in one value.
const LARGEST: usize = 16 << 20;

/// A question.
pub(super) struct Get {
    /// Where to ask.
    pub url: Url,
    /// What to send along: names and values.
    pub headers: Vec<(&'static str, String)>,
    /// Whom to trust.
    pub trust: Trust,
    /// The socket to speak through, instead of the host of the address.
    pub socket: Option<String>,
}

/// Whom to trust, and who we are. The names of variables that say so, for a service whose variables begin with a prefix of its own.
pub(super) struct Trust {
    /// The file with certificates of authorities, besides the system's.
    pub authorities: Option<String>,
    /// A directory of such files.
    pub authorities_dir: Option<String>,
    /// The files with our certificate and its key.
    pub identity: Option<(String, String)>,
    /// Whether to check certificates at all.
    pub verify: bool,
}

/// An answer: its status and its body.
pub(super) type Answer = (StatusCode, Vec<u8>);

/// Asks. Any status is an answer.
///
/// # Errors
/// Nobody answers, or something is wrong with the settings. The text names the address.
pub(super) fn get(question: Get, world: &World) -> Result<Answer, String> {
    let client = client(&question, world)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &question.headers {
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| format!("what is sent as {name} has characters that cannot be sent"))?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    let address = question.url.origin().ascii_serialization();
    let place = question.socket.unwrap_or(address);
    let unreachable = move |error: reqwest::Error| {
        if error.is_timeout() {
            return format!("{place} has not answered within {} s", PATIENCE.as_secs());
        }
        format!("{place} cannot be reached: {}", root_cause(&error))
    };
    waiting(async move {
        let client = client.build().map_err(&unreachable)?;
        let mut answer = client.get(question.url).headers(headers).send().await.map_err(&unreachable)?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(&unreachable)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(format!("{} answers with more than {} MiB", answer.url(), LARGEST >> 20));
            }
            body.extend_from_slice(&chunk);
        }
        Ok((answer.status(), body))
    })
}

/// Waits for asynchronous work, wherever this is called from: also inside a runtime, which must not be waited for from within.
pub(super) fn waiting<T: Send>(work: impl Future<Output = Result<T, String>> + Send) -> Result<T, String> {
    let on_thread = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| format!("no thread can be started: {}", os_text(&error)))?.block_on(work)
    };
    std::thread::scope(|scope| scope.spawn(on_thread).join())
        .unwrap_or_else(|_| Err("the request broke off; this is a mistake in the program".to_owned()))
}

/// An address as a variable gives it.
pub(super) fn address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).ok().filter(|url| url.has_host() && matches!(url.scheme(), "http" | "https"));
    url.ok_or_else(|| format!("{text:?} is no address such as https://127.0.0.1:8200"))
}

/// An address with further parts after its own path. Parts are told apart by `/` and written as addresses want them.
pub(super) fn below(mut url: Url, parts: &[&str]) -> Url {
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty();
        for part in parts {
            path.extend(part.split('/').filter(|part| !matches!(*part, "." | "..")));
        }
    }
    url
}

fn client(question: &Get, world: &World) -> Result<ClientBuilder, String> {
    let mut client = reqwest::Client::builder().timeout(PATIENCE).redirect(followed());
    client = with_proxies(client, question, world);
    let trust = &question.trust;
    let mut authorities: Vec<_> = trust.authorities.iter().map(|path| world.path(path)).collect();
    if let Some(dir) = &trust.authorities_dir {
        let entries = std::fs::read_dir(world.path(dir))
            .map_err(|error| format!("{dir:?} cannot be read: {}", os_text(&error)))?;
        authorities
            .extend(entries.filter_map(|entry| Some(entry.ok()?.path()).filter(|path| path.is_file())));
    }
    let read = |path: &std::path::Path| {
        std::fs::read(path).map_err(|error| format!("{:?} cannot be read: {}", path, os_text(&error)))
    };
    for path in authorities {
        let certificates = Certificate::from_pem_bundle(&read(&path)?)
            .map_err(|error| format!("{path:?} holds no certificates: {}", root_cause(&error)))?;
        client = client.tls_certs_merge(certificates);
    }
    if let Some((certificate, key)) = &trust.identity {
        let mut pem = read(&world.path(certificate))?;
        pem.push(b'\n');
        pem.extend(read(&world.path(key))?);
        let identity = Identity::from_pem(&pem).map_err(|error| {
            format!("{certificate:?} and {key:?} are no certificate and its key: {}", root_cause(&error))
        })?;
        client = client.identity(identity);
    }
    if !trust.verify {
        client = client.tls_danger_accept_invalid_certs(true);
    }
    match &question.socket {
        None => Ok(client),
        #[cfg(unix)]
        Some(path) => Ok(client.unix_socket(std::path::PathBuf::from(path))),
        #[cfg(not(unix))]
        Some(path) => Err(format!("{path:?} is a Unix socket, which this system does not have")),
    }
}

/// A server may send us on once, as one of a group does that is not its leader. Our token goes along, so not to where anybody can read it.
fn followed() -> Policy {
    Policy::custom(|attempt| {
        let from = attempt.previous().last().map(Url::scheme);
        if attempt.previous().len() > 1 {
            attempt.error("it sends us on again and again")
        } else if from == Some("https") && attempt.url().scheme() != "https" {
            attempt.error("it sends us on to an address that is not encrypted")
        } else {
            attempt.follow()
        }
    })
}

/// The proxies of the environment, except for this machine.
fn with_proxies(client: ClientBuilder, question: &Get, world: &World) -> ClientBuilder {
    let mut client = client.no_proxy();
    if question.socket.is_some() {
        return client;
    }
    let env = |name: &str| world.env(name).or_else(|| world.env(&name.to_lowercase()));
    let never = format!("localhost,127.0.0.0/8,::1,{}", env("NO_PROXY").unwrap_or_default());
    let url = |name: &str| env(name).filter(|url| !url.is_empty());
    let proxies = [url("HTTP_PROXY").map(Proxy::http), url("HTTPS_PROXY").map(Proxy::https)];
    for proxy in proxies.into_iter().flatten().flatten() {
        client = client.proxy(proxy.no_proxy(NoProxy::from_string(&never)));
    }
    client
}
