//! Values of Consul's key-value store.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::StatusCode;
use tintype_sdk::{World, os_text};

use super::Outcome;
use super::http::{Get, Trust, address, below, get};

/// Where Consul is when nobody says otherwise.
const USUAL: &str = "127.0.0.1:8500";

const PLACE: &str = "CONSUL_HTTP_ADDR says where Consul is";

/// The value of a key, which must not be empty.
pub(crate) fn consul_key(world: &World, key: &str) -> Outcome {
    let env = |name: &str| world.env(name).filter(|value| !value.is_empty());
    let key = key.trim_start_matches('/');
    if key.is_empty() {
        return Err("a key is required, such as \"service/name\"".to_owned());
    }
    let at = env("CONSUL_HTTP_ADDR").unwrap_or(USUAL);
    let encrypted = matches!(env("CONSUL_HTTP_SSL"), Some("1" | "t" | "T" | "true" | "TRUE" | "True"));
    let (scheme, place) = at.split_once("://").unwrap_or(("", at));
    let (text, socket) = match scheme {
        "unix" => ("http://localhost".to_owned(), Some(place.to_owned())),
        "" | "http" | "tcp" if !encrypted => (format!("http://{place}"), None),
        "" | "http" | "tcp" | "https" => (format!("https://{place}"), None),
        _ => (at.to_owned(), None),
    };
    let url = address(&text).map_err(|error| format!("{error}; {PLACE}"))?;
    let mut url = below(url, &["v1", "kv", key]);
    url.query_pairs_mut().append_key_only("raw");
    for (name, variable) in [("ns", "CONSUL_NAMESPACE"), ("partition", "CONSUL_PARTITION")] {
        if let Some(value) = env(variable) {
            url.query_pairs_mut().append_pair(name, value);
        }
    }
    let mut headers = Vec::new();
    let token = match env("CONSUL_HTTP_TOKEN_FILE") {
        Some(file) => Some(
            std::fs::read_to_string(world.path(file))
                .map_err(|error| {
                    format!("CONSUL_HTTP_TOKEN_FILE {file:?} cannot be read: {}", os_text(&error))
                })?
                .trim()
                .to_owned(),
        ),
        None => env("CONSUL_HTTP_TOKEN").map(str::to_owned),
    };
    headers.extend(token.map(|token| ("x-consul-token", token)));
    headers.extend(
        env("CONSUL_HTTP_AUTH").map(|user| ("authorization", format!("Basic {}", STANDARD.encode(user)))),
    );
    let trust = Trust {
        authorities: env("CONSUL_CACERT").map(str::to_owned),
        authorities_dir: env("CONSUL_CAPATH").map(str::to_owned),
        identity: env("CONSUL_CLIENT_CERT")
            .zip(env("CONSUL_CLIENT_KEY"))
            .map(|(certificate, key)| (certificate.to_owned(), key.to_owned())),
        verify: !matches!(env("CONSUL_HTTP_SSL_VERIFY"), Some("0" | "f" | "F" | "false" | "FALSE" | "False")),
    };
    let whole = url.to_string();
    let (status, body) =
        get(Get { url, headers, trust, socket }, world).map_err(|error| format!("{error}; {PLACE}"))?;
    match status {
        StatusCode::OK if body.is_empty() => Err(format!("the key {key:?} in Consul has no value")),
        StatusCode::OK => String::from_utf8(body)
            .map_err(|_| format!("the value of the key {key:?} in Consul is no UTF-8 text")),
        StatusCode::NOT_FOUND => Err(format!("there is no key {key:?} in Consul ({whole}); {PLACE}")),
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => {
            Err(format!("{whole} answered {status}; may the token in CONSUL_HTTP_TOKEN read this key?"))
        }
        _ => {
            let said = String::from_utf8_lossy(&body);
            let said: String = said.trim().chars().take(200).collect();
            Err(format!("{whole} answered {status}: {said}; {PLACE}"))
        }
    }
}
