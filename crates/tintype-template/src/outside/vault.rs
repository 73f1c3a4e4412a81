//! Values of Vault, from both versions of its key-value store.

use reqwest::StatusCode;
use serde_json::{Map, Value};
use tintype_sdk::World;

use super::Outcome;
use super::http::{Get, Trust, address, below, get};

/// Where Vault is when nobody says otherwise.
const USUAL: &str = "https://127.0.0.1:8200";

const PLACE: &str = "VAULT_ADDR says where Vault is";

/// The value of a key in the secret at a path.
pub(crate) fn vault(world: &World, path: &str, key: &str) -> Outcome {
    let env = |name: &str| world.env(name).filter(|value| !value.is_empty());
    let token = env("VAULT_TOKEN")
        .ok_or("Vault lets nobody in without a token: set VAULT_TOKEN (and VAULT_ADDR, where Vault is)")?;
    let at = env("VAULT_AGENT_ADDR").or_else(|| env("VAULT_ADDR")).unwrap_or(USUAL);
    let (at, socket) = match at.strip_prefix("unix://") {
        Some(socket) => ("http://localhost", Some(socket.to_owned())),
        None => (at, None),
    };
    let url = address(at).map_err(|error| format!("{error}; {PLACE}"))?;
    let url = below(url, &["v1", path.trim_matches('/')]);
    let mut headers = vec![("x-vault-token", token.to_owned()), ("x-vault-request", "true".to_owned())];
    headers.extend(env("VAULT_NAMESPACE").map(|namespace| ("x-vault-namespace", namespace.to_owned())));
    let trust = Trust {
        authorities: env("VAULT_CACERT").map(str::to_owned),
        authorities_dir: env("VAULT_CAPATH").map(str::to_owned),
        identity: env("VAULT_CLIENT_CERT")
            .zip(env("VAULT_CLIENT_KEY"))
            .map(|(certificate, key)| (certificate.to_owned(), key.to_owned())),
        verify: !matches!(env("VAULT_SKIP_VERIFY"), Some("1" | "t" | "T" | "true" | "TRUE" | "True")),
    };
    let whole = url.to_string();
    let (status, body) =
        get(Get { url, headers, trust, socket }, world).map_err(|error| format!("{error}; {PLACE}"))?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if status != StatusCode::OK {
        return Err(refusal(status, &answer, path, &whole));
    }
    let Some(data) = answer.get("data").and_then(Value::as_object) else {
        return Err(format!("{whole} does not answer as Vault does: the answer holds no data; {PLACE}"));
    };
    // The second version of the store puts the values one level deeper, beside data about them.
    let data = match data.get("data") {
        Some(Value::Object(deeper)) => deeper,
        Some(Value::Null) => return Err(format!("the secret at {path:?} has been deleted")),
        _ => data,
    };
    value(data, path, key)
}

fn value(data: &Map<String, Value>, path: &str, key: &str) -> Outcome {
    match data.get(key) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(_) => Err(format!(
            "the value of {key:?} in the secret at {path:?} is no string; write it into Vault in quotes"
        )),
        None => {
            let advice = match diag::did_you_mean(key, data.keys().map(String::as_str)) {
                Some(near) => format!("did you mean {near:?}?"),
                None => format!("its keys are {}", keys(data)),
            };
            Err(format!("the secret at {path:?} has no key {key:?}; {advice}"))
        }
    }
}

/// The keys of an object, for a message.
pub(super) fn keys(data: &Map<String, Value>) -> String {
    let keys: Vec<String> = data.keys().map(|key| format!("{key:?}")).collect();
    keys.join(", ")
}

fn refusal(status: StatusCode, answer: &Value, path: &str, url: &str) -> String {
    let said = |list: &str| -> Vec<&str> {
        answer.get(list).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect()
    };
    let reasons = [said("errors"), said("warnings")].concat().join("; ");
    let reasons = if reasons.is_empty() { String::new() } else { format!(": {reasons}") };
    let way_out = match status {
        StatusCode::NOT_FOUND if !path.contains("data/") => {
            "; there is no such secret. In the second version of Vault's store paths have data/ after the first part: secret/data/NAME"
        }
        StatusCode::NOT_FOUND => "; there is no such secret",
        StatusCode::FORBIDDEN => {
            "; may the token in VAULT_TOKEN read this path, in the namespace VAULT_NAMESPACE?"
        }
        StatusCode::SERVICE_UNAVAILABLE => "; Vault is sealed or not ready",
        _ => "; VAULT_ADDR says where Vault is",
    };
    format!("{url} answered {status}{reasons}{way_out}")
}
