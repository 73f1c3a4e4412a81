//! As much of Amazon's interface as a registry login needs: where an access key comes from, and a signed call (signature version 4).

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tintype_sdk::{Cx, Error, Result, World};

use crate::login::LoginConfig;

/// Who we are to Amazon.
#[derive(Clone, Default)]
pub(crate) struct AccessKey {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// The token of a temporary key; empty for others.
    pub token: String,
}

/// One call, in the JSON form.
pub(crate) struct Request<'a> {
    /// Where the service answers, with a `/` at the end.
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

/// How long a machine's own services may take to answer; where there are none nobody answers at all.
const LOCAL_PATIENCE: Duration = Duration::from_secs(1);

/// How long Amazon may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Finds the access key: the options, the environment, a profile, the container's or the machine's role.
pub(crate) async fn access_key(config: &LoginConfig, cx: &Cx) -> Result<AccessKey> {
    let world = cx.world();
    let key = if !config.aws_access_key.is_empty() || !config.aws_secret_key.is_empty() {
        Some(AccessKey {
            id: config.aws_access_key.clone(),
            secret: config.aws_secret_key.clone(),
            token: config.aws_token.clone(),
        })
    } else if config.aws_profile.is_empty() && world.env("AWS_ACCESS_KEY_ID").is_some() {
        let of = |name: &str| world.env(name).unwrap_or_default().to_owned();
        Some(AccessKey {
            id: of("AWS_ACCESS_KEY_ID"),
            secret: of("AWS_SECRET_ACCESS_KEY"),
            token: of("AWS_SESSION_TOKEN"),
        })
    } else {
        match from_profile(&config.aws_profile, world)? {
            Some(key) => Some(key),
            None => from_role(world).await,
        }
    };
    let key = key.filter(|key| !key.id.is_empty() && !key.secret.is_empty()).ok_or_else(|| {
        Error::user("Error fetching ECR credentials: no AWS access key was found").hint(
            "Set aws_access_key and aws_secret_key, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or aws_profile.",
        )
    })?;
    cx.secrets().add(&key.secret);
    cx.secrets().add(&key.token);
    Ok(key)
}

/// A profile's key, from the credentials file or the settings file. Nothing when there is no such profile and none was asked for.
fn from_profile(asked: &str, world: &World) -> Result<Option<AccessKey>> {
    let name = if asked.is_empty() { world.env("AWS_PROFILE").unwrap_or_default() } else { asked };
    let wanted = if name.is_empty() { "default" } else { name };
    let file = |variable: &str, usual: &str| match world.env(variable) {
        Some(path) => Some(world.path(path)),
        None => world.home.as_ref().map(|home| home.join(".aws").join(usual)),
    };
    let settings_section = if wanted == "default" { wanted.to_owned() } else { format!("profile {wanted}") };
    let places = [
        (file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), wanted),
        (file("AWS_CONFIG_FILE", "config"), settings_section.as_str()),
    ];
    let mut found = BTreeMap::new();
    for (path, section) in places.into_iter().rev() {
        let Some(text) = path.and_then(|path| std::fs::read_to_string(path).ok()) else { continue };
        found.extend(ini_section(&text, section));
    }
    let take = |name: &str| found.get(name).cloned().unwrap_or_default();
    let key = AccessKey {
        id: take("aws_access_key_id"),
        secret: take("aws_secret_access_key"),
        token: take("aws_session_token"),
    };
    if !key.id.is_empty() {
        return Ok(Some(key));
    }
    if name.is_empty() {
        return Ok(None);
    }
    let why = if found.is_empty() { "there is no such profile" } else { "it holds no access key" };
    Err(Error::user(format!("Error fetching ECR credentials: AWS profile \"{name}\": {why}"))
        .hint("`aws configure export-credentials --format env` turns any profile into variables that can be used here."))
}

/// The settings of one section of an INI file.
pub(crate) fn ini_section(text: &str, section: &str) -> BTreeMap<String, String> {
    let mut inside = false;
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            inside = title.split_whitespace().eq(section.split_whitespace());
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
        {
            found.insert(name.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    found
}

/// The key of the role that this container or machine has in Amazon's cloud.
async fn from_role(world: &World) -> Option<AccessKey> {
    let client = reqwest::Client::builder().timeout(LOCAL_PATIENCE).no_proxy().build().ok()?;
    let container = match world.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        Some(path) => Some(format!("http://169.254.170.2{path}")),
        None => world.env("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned),
    };
    let text = if let Some(url) = container {
        let mut request = client.get(url);
        if let Some(token) = world.env("AWS_CONTAINER_AUTHORIZATION_TOKEN") {
            request = request.header("Authorization", token);
        }
        request.send().await.ok()?.error_for_status().ok()?.text().await.ok()?
    } else {
        if world.env("AWS_EC2_METADATA_DISABLED") == Some("true") {
            return None;
        }
        let base = world
            .env("AWS_EC2_METADATA_SERVICE_ENDPOINT")
            .unwrap_or("http://169.254.169.254")
            .trim_end_matches('/');
        let token = client
            .put(format!("{base}/latest/api/token"))
            .header("X-aws-ec2-metadata-token-ttl-seconds", "300");
        let token = token.send().await.ok()?.error_for_status().ok()?.text().await.ok()?;
        let get = |path: String| {
            client.get(format!("{base}{path}")).header("X-aws-ec2-metadata-token", &token).send()
        };
        let roles = "/latest/meta-data/iam/security-credentials/";
        let list = get(roles.to_owned()).await.ok()?.error_for_status().ok()?.text().await.ok()?;
        let role = list.lines().next()?;
        get(format!("{roles}{role}")).await.ok()?.error_for_status().ok()?.text().await.ok()?
    };
    let answer: Value = serde_json::from_str(&text).ok()?;
    let take = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(AccessKey { id: take("AccessKeyId"), secret: take("SecretAccessKey"), token: take("Token") })
}

/// Makes a signed call.
pub(crate) async fn call(request: &Request<'_>, key: &AccessKey) -> Result<Value> {
    let time = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let client = reqwest::Client::builder().timeout(PATIENCE).build().map_err(plain)?;
    let mut call = client.post(request.url).body(request.body.to_owned());
    for (name, value) in signed_headers(request, key, &time) {
        call = call.header(name, value);
    }
    let answer = call.send().await.map_err(plain)?;
    let status = answer.status();
    let text = answer.text().await.map_err(plain)?;
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
    Err(Error::environment(format!("{} answered {status}: {kind} {message}", request.url)))
}

fn plain(error: reqwest::Error) -> Error {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(deeper) = source {
        text = format!("{text}: {deeper}");
        source = deeper.source();
    }
    Error::environment(text)
}

/// The headers of a call with its signature.
pub(crate) fn signed_headers(
    request: &Request<'_>,
    key: &AccessKey,
    time: &str,
) -> Vec<(&'static str, String)> {
    let date = time.get(..8).unwrap_or_default();
    let host = crate::reference::host_of(request.url);
    let mut headers = vec![
        ("content-type", "application/x-amz-json-1.1".to_owned()),
        ("host", host.to_owned()),
        ("x-amz-date", time.to_owned()),
    ];
    if !key.token.is_empty() {
        headers.push(("x-amz-security-token", key.token.clone()));
    }
    headers.push(("x-amz-target", request.target.to_owned()));
    let names: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("POST\n/\n\n{lines}\n{names}\n{}", hex(&Sha256::digest(request.body)));
    let scope = format!("{date}/{}/{}/aws4_request", request.region, request.service);
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", hex(&Sha256::digest(&canonical)));
    let mut signing_key = hmac(format!("AWS4{}", key.secret).as_bytes(), date.as_bytes());
    for part in [request.region, request.service, "aws4_request"] {
        signing_key = hmac(&signing_key, part.as_bytes());
    }
    let signature = hex(&hmac(&signing_key, to_sign.as_bytes()));
    let id = &key.id;
    headers.push((
        "authorization",
        format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"),
    ));
    headers
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// HMAC over SHA-256.
pub(crate) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut block = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(BLOCK, 0);
    let pad = |with: u8| -> Vec<u8> { block.iter().map(|byte| byte ^ with).collect() };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}
