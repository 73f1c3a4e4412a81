//! One call in the JSON form, from its address to its answer.

use std::time::Duration;

use serde_json::Value;
use tintype_sdk::{Error, Result, World};

use crate::AccessKey;
use crate::sign::signed_headers;

/// One call, in the JSON form.
pub struct Request<'a> {
    /// Where the service answers: an [`endpoint`].
    pub url: &'a str,
    /// Name of the service in signatures.
    pub service: &'a str,
    /// The region.
    pub region: &'a str,
    /// The call's name.
    pub target: &'a str,
    /// What it is given.
    pub body: &'a str,
}

/// How long Amazon may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where a service answers, with a `/` at the end: as the environment says (`AWS_ENDPOINT_URL_SERVICE` with the name given here, then
/// `AWS_ENDPOINT_URL`), else where it usually does.
pub fn endpoint(service: &str, usual: &str, world: &World) -> String {
    let own = world.env(&format!("AWS_ENDPOINT_URL_{service}"));
    let url = own.or_else(|| world.env("AWS_ENDPOINT_URL")).unwrap_or(usual);
    format!("{}/", url.trim_end_matches('/'))
}

/// Makes a signed call.
///
/// # Errors
/// The service cannot be reached, or refuses. The text names the address and what the service says.
pub async fn call(request: &Request<'_>, key: &AccessKey) -> Result<Value> {
    let unreachable = |error: reqwest::Error| {
        let why = innermost(&error);
        Error::environment(format!("{} cannot be reached: {why}", request.url))
            .hint("AWS_ENDPOINT_URL and AWS_REGION say where Amazon's services are.")
    };
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut client = reqwest::Client::builder().timeout(PATIENCE);
    if ["127.0.0.1", "localhost", "[::1]"].contains(&crate::sign::host_name(request.url)) {
        // A proxy's idea of this machine is another machine.
        client = client.no_proxy();
    }
    let mut call = client.build().map_err(unreachable)?.post(request.url).body(request.body.to_owned());
    for (name, value) in signed_headers(request, key, &time) {
        call = call.header(name, value);
    }
    let answer = call.send().await.map_err(unreachable)?;
    let status = answer.status();
    let text = answer.text().await.map_err(unreachable)?;
    let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
    if status.is_success() {
        return Ok(body);
    }
    let take = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let message = [take("message"), take("Message"), text]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let kind = take("__type");
    let kind = kind.rsplit('#').next().unwrap_or_default();
    let said = if kind.is_empty() { message } else { format!("{kind}: {message}") };
    Err(Error::environment(format!("{} answered {status}: {said}", request.url)))
}

/// The cause that everything else only wraps.
fn innermost(error: &reqwest::Error) -> String {
    let mut deepest: &dyn std::error::Error = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    deepest.to_string()
}
