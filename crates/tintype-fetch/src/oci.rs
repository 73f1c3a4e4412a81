//! A mirror that is a container registry: each source is a repository, each version a tag (`v1.1.5`), each archive a layer that bears its
//! file's name. `oras push registry/plugins/github.com/acme/x:v1.0.0 packer-plugin-x_v1.0.0_x5.0_linux_amd64.zip …` makes one.
//! A layer's digest is its checksum, so no file with checksums is needed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use go_version::Version;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, LINK, WWW_AUTHENTICATE};
use reqwest::{StatusCode, Url};
use serde_json::Value;
use tintype_sdk::{Error, PluginSource, Result, World};

use crate::http::{Answer, Headers, Http, refused};
use crate::place::json;
use crate::remote::{Archive, LARGEST_INDEX, LARGEST_SUMS, Location, Remote};
use crate::{Digest, sums};

/// The annotation that has a layer's file name.
const TITLE: &str = "org.opencontainers.image.title";

const MANIFESTS: &str =
    "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

/// More pages of tags than any repository has.
const MOST_PAGES: usize = 200;

/// A registry.
pub(crate) struct Oci {
    registry: String,
    /// `https://registry:5000`.
    base: String,
    /// What stands before the source in names of repositories; empty or with a slash at its end.
    prefix: String,
    /// The user's name and password, as they are sent.
    basic: Option<String>,
    /// What to send as authorization, by repository.
    known: Mutex<HashMap<String, String>>,
    http: Arc<Http>,
}

impl Oci {
    /// `address` is `registry[:port][/path]`.
    pub(crate) fn new(
        address: &str,
        encrypted: bool,
        world: &World,
        http: Arc<Http>,
    ) -> Result<Self, String> {
        let (registry, path) = address.split_once('/').unwrap_or((address, ""));
        let path = path.trim_matches('/');
        if registry.is_empty() || path.contains(['?', '#', ':', '@']) {
            return Err(format!("\"oci://{address}\" is no registry: write oci://registry/path."));
        }
        let scheme = if encrypted { "https" } else { "http" };
        Ok(Self {
            registry: registry.to_owned(),
            base: format!("{scheme}://{registry}"),
            prefix: if path.is_empty() { String::new() } else { format!("{path}/") },
            basic: credentials(registry, world),
            known: Mutex::default(),
            http,
        })
    }

    fn repository(&self, source: &PluginSource) -> String {
        // Names of repositories have no capitals.
        format!("{}{}", self.prefix, source.to_string().to_lowercase())
    }

    fn authorization(&self, repository: &str) -> Headers {
        let known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        known.get(repository).map(|value| (AUTHORIZATION, value.clone())).into_iter().collect()
    }

    /// Asks about a repository; when the registry wants to know who asks, finds out what to say and asks again.
    async fn ask(&self, repository: &str, url: &str, accept: &str, largest: usize) -> Result<Answer> {
        for last in [false, true] {
            let mut headers = self.authorization(repository);
            if !accept.is_empty() {
                headers.push((ACCEPT, accept.to_owned()));
            }
            let answer = self.http.get(url, &headers, largest).await?;
            if answer.status != StatusCode::UNAUTHORIZED || last {
                return Ok(answer);
            }
            let authorization = self.introduce(url, repository, &answer.headers).await?;
            let mut known = self.known.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            known.insert(repository.to_owned(), authorization);
        }
        Err(Error::bug("a question was asked three times"))
    }

    /// What the registry wants to hear, by its challenge.
    async fn introduce(&self, url: &str, repository: &str, headers: &HeaderMap) -> Result<String> {
        let no_way = |why: &str| {
            Error::user(format!("{url}: {why}"))
                .hint(format!("Log in to {} with a program that writes the file config.json.", self.registry))
        };
        let challenge =
            headers.get(WWW_AUTHENTICATE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, parameters) = challenge.split_once(' ').unwrap_or((challenge, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return self.basic.clone().ok_or_else(|| no_way("the registry wants a name and a password"));
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(no_way("the registry does not let us in"));
        }
        let parameters = parameters_in(parameters);
        let realm = parameters.iter().find(|(name, _)| name == "realm").map_or("", |(_, value)| value);
        let mut realm =
            Url::parse(realm).map_err(|_| no_way("the registry does not say where to get a token"))?;
        let service = parameters.iter().find(|(name, _)| name == "service");
        realm
            .query_pairs_mut()
            .extend_pairs(service.map(|(name, value)| (name, value)))
            .append_pair("scope", &format!("repository:{repository}:pull"));
        let headers: Headers = self.basic.iter().map(|basic| (AUTHORIZATION, basic.clone())).collect();
        let body = self.http.get_good(realm.as_str(), &headers, LARGEST_SUMS).await?;
        let answer = json(realm.as_str(), &body)?;
        let token = ["token", "access_token"].iter().find_map(|name| answer.get(name)?.as_str());
        token.map(|token| format!("Bearer {token}")).ok_or_else(|| no_way("no token was given to us"))
    }
}

#[async_trait]
impl Remote for Oci {
    fn title(&self) -> String {
        format!("oci://{}/{}", self.registry, self.prefix.trim_end_matches('/'))
    }

    async fn versions(&self, source: &PluginSource) -> Result<Vec<Version>> {
        let repository = self.repository(source);
        let mut url = format!("{}/v2/{repository}/tags/list?n=1000", self.base);
        let mut found = Vec::new();
        for _ in 0..MOST_PAGES {
            let answer = self.ask(&repository, &url, "", LARGEST_INDEX).await?;
            if answer.status.as_u16() >= 400 {
                return Err(refused(&url, answer.status));
            }
            let page = json(&url, &answer.body)?;
            let tags = page.get("tags").and_then(Value::as_array).into_iter().flatten();
            found.extend(tags.filter_map(|tag| tag.as_str()?.parse::<Version>().ok()));
            match next_page(&self.base, &answer.headers) {
                Some(next) => url = next,
                None => return Ok(found),
            }
        }
        Err(Error::environment(format!("{url}: the list of tags does not end")))
    }

    async fn archives(&self, source: &PluginSource, version: &Version) -> Result<Vec<Archive>> {
        let repository = self.repository(source);
        for tag in [format!("v{version}"), version.to_string()] {
            let url = format!("{}/v2/{repository}/manifests/{tag}", self.base);
            let answer = self.ask(&repository, &url, MANIFESTS, LARGEST_INDEX).await?;
            if answer.status == StatusCode::NOT_FOUND {
                continue;
            }
            if answer.status.as_u16() >= 400 {
                return Err(refused(&url, answer.status));
            }
            let manifest = json(&url, &answer.body)?;
            let layers = manifest.get("layers").and_then(Value::as_array).into_iter().flatten();
            let line = |layer: &Value| {
                let title = layer.get("annotations")?.get(TITLE)?.as_str()?;
                let digest: Digest = layer.get("digest")?.as_str()?.strip_prefix("sha256:")?.parse().ok()?;
                Some(format!("{digest}  {title}\n"))
            };
            let lines: String = layers.filter_map(line).collect();
            return Ok(sums::with_api(&lines, source.name()));
        }
        Ok(Vec::new())
    }

    async fn locate(&self, source: &PluginSource, archive: &Archive) -> Result<Location> {
        let repository = self.repository(source);
        let url = format!("{}/v2/{repository}/blobs/sha256:{}", self.base, archive.digest);
        Ok(Location::Url { url, headers: self.authorization(&repository) })
    }
}

/// `name="value", name="value"`.
fn parameters_in(text: &str) -> Vec<(String, String)> {
    let (mut found, mut rest) = (Vec::new(), text.trim());
    while let Some((name, after)) = rest.split_once('=') {
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => after.split_once(',').unwrap_or((after, "")),
        };
        let name = name.trim_start_matches([',', ' ']).trim().to_ascii_lowercase();
        found.push((name, value.to_owned()));
        rest = after;
    }
    found
}

/// The address of the next page, on the same server only: our name goes along.
fn next_page(base: &str, headers: &HeaderMap) -> Option<String> {
    let link = headers.get(LINK)?.to_str().ok()?;
    let (target, rest) = link.strip_prefix('<')?.split_once('>')?;
    let base = Url::parse(base).ok()?;
    let next = base.join(target).ok()?;
    (rest.contains("next") && next.origin() == base.origin()).then(|| next.to_string())
}

/// Name and password as container programs keep them.
fn credentials(registry: &str, world: &World) -> Option<String> {
    let dir = match world.env("DOCKER_CONFIG").filter(|dir| !dir.is_empty()) {
        Some(dir) => world.path(dir),
        None => world.home.as_ref()?.join(".docker"),
    };
    let config: Value = serde_json::from_slice(&std::fs::read(dir.join("config.json")).ok()?).ok()?;
    let entry = config.get("auths")?.get(registry)?;
    let auth = entry.get("auth").and_then(Value::as_str).filter(|auth| !auth.is_empty());
    let auth = match auth {
        Some(auth) => auth.to_owned(),
        None => {
            let (name, password) = (entry.get("username")?.as_str()?, entry.get("password")?.as_str()?);
            STANDARD.encode(format!("{name}:{password}"))
        }
    };
    Some(format!("Basic {auth}"))
}
