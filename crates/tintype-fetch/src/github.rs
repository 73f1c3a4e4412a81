//! Plugins' own repositories on GitHub: the second place where plugins are looked for.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use go_version::Version;
use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, USER_AGENT};
use serde_json::Value;
use tintype_sdk::{Error, PluginSource, Result, World};

use crate::http::{Answer, Headers, Http, refused};
use crate::name::PREFIX;
use crate::place::{base, github_plugin, json};
use crate::remote::{Archive, LARGEST_INDEX, LARGEST_SUMS, Location, Remote};
use crate::sums;

/// GitHub: tags are versions, releases have the files.
pub(crate) struct GitHub {
    api: String,
    site: String,
    /// For the interface alone; files are public.
    token: Option<String>,
    agent: String,
    http: Arc<Http>,
}

impl GitHub {
    pub(crate) fn new(world: &World, http: Arc<Http>) -> Self {
        Self {
            api: base(world, "TINTYPE_GITHUB_API_URL", "https://api.github.com"),
            site: base(world, "TINTYPE_GITHUB_URL", "https://github.com"),
            token: world.env("PACKER_GITHUB_API_TOKEN").filter(|token| !token.is_empty()).map(str::to_owned),
            agent: format!("packer-getter-github-{}", world.core_version),
            http,
        }
    }

    fn headers(&self) -> Headers {
        vec![(USER_AGENT, self.agent.clone())]
    }

    fn release(&self, source: &PluginSource, version: &Version) -> Result<String> {
        let (namespace, name) = github_plugin(source)?;
        Ok(format!("{}/{namespace}/{PREFIX}{name}/releases/download/v{version}", self.site))
    }
}

#[async_trait]
impl Remote for GitHub {
    fn title(&self) -> String {
        self.site.clone()
    }

    async fn versions(&self, source: &PluginSource) -> Result<Vec<Version>> {
        let (namespace, name) = github_plugin(source)?;
        let url = format!("{}/repos/{namespace}/{PREFIX}{name}/git/matching-refs/tags", self.api);
        let mut headers = self.headers();
        headers.push((ACCEPT, "application/vnd.github+json".to_owned()));
        headers.extend(self.token.iter().map(|token| (AUTHORIZATION, format!("Bearer {token}"))));
        let answer = self.http.get(&url, &headers, LARGEST_INDEX).await?;
        if answer.status.as_u16() >= 400 {
            return Err(self.complaint(&url, &answer));
        }
        let refs = json(&url, &answer.body)?;
        let tag = |item: &Value| item.get("ref")?.as_str()?.strip_prefix("refs/tags/")?.parse().ok();
        Ok(refs.as_array().into_iter().flatten().filter_map(tag).collect())
    }

    async fn archives(&self, source: &PluginSource, version: &Version) -> Result<Vec<Archive>> {
        let name = source.name();
        let url = format!("{}/{PREFIX}{name}_v{version}_SHA256SUMS", self.release(source, version)?);
        let listed = self.http.get_good(&url, &self.headers(), LARGEST_SUMS).await?;
        Ok(sums::with_api(&String::from_utf8_lossy(&listed), name))
    }

    async fn locate(&self, source: &PluginSource, archive: &Archive) -> Result<Location> {
        let url = format!("{}/{}", self.release(source, &archive.version)?, archive.file);
        Ok(Location::Url { url, headers: self.headers() })
    }

    fn passes_over(&self) -> bool {
        true
    }
}

impl GitHub {
    /// What a refusal means.
    fn complaint(&self, url: &str, answer: &Answer) -> Error {
        let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
        let number = |name: &str| header(name).and_then(|text| text.trim().parse::<i64>().ok());
        let limited = matches!(answer.status.as_u16(), 403 | 429)
            && (number("x-ratelimit-remaining") == Some(0) || header("retry-after").is_some());
        if limited {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
            let now = i64::try_from(now).unwrap_or_default();
            let reset = number("x-ratelimit-reset")
                .filter(|_| number("x-ratelimit-remaining") == Some(0))
                .or_else(|| number("retry-after").map(|seconds| now.saturating_add(seconds)));
            let when = reset.and_then(|reset| Timestamp::from_second(reset).ok().map(|at| (reset, at)));
            let when = when.map_or_else(String::new, |(reset, at)| {
                let minutes = reset.saturating_sub(now).max(0) / 60;
                format!(" It is lifted at {} (in {minutes} min).", at.strftime("%Y-%m-%d %H:%M:%S UTC"))
            });
            let error = Error::environment(format!("{url}: GitHub's rate limit is used up.{when}"));
            return match self.token {
                Some(_) => error,
                None => error.hint("With a token in PACKER_GITHUB_API_TOKEN the limit is much higher."),
            };
        }
        let error = refused(url, answer.status);
        match (answer.status.as_u16(), &self.token) {
            (401, Some(_)) => error.hint("GitHub does not accept the token in PACKER_GITHUB_API_TOKEN."),
            _ => error,
        }
    }
}
