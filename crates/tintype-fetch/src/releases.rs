//! The release index, `releases.hashicorp.com`: the first place where plugins are looked for.

use std::sync::Arc;

use async_trait::async_trait;
use go_version::Version;
use serde_json::Value;
use tintype_sdk::{Error, PluginSource, Result, World};

use crate::http::Http;
use crate::name::PREFIX;
use crate::place::{base, github_plugin, json, versions_in};
use crate::remote::{Archive, LARGEST_INDEX, LARGEST_SUMS, Location, Remote};
use crate::{Api, sums};

/// The release index. It knows plugins by their names alone.
pub(crate) struct Releases {
    base: String,
    http: Arc<Http>,
}

impl Releases {
    pub(crate) fn new(world: &World, http: Arc<Http>) -> Self {
        Self { base: base(world, "TINTYPE_RELEASES_URL", "https://releases.hashicorp.com"), http }
    }

    fn folder(&self, source: &PluginSource) -> Result<String> {
        let (_, name) = github_plugin(source)?;
        Ok(format!("{}/{PREFIX}{name}", self.base))
    }

    /// The beginning of the addresses of a version's files.
    fn files(&self, source: &PluginSource, version: &Version) -> Result<String> {
        Ok(format!("{}/{version}/{PREFIX}{}_{version}", self.folder(source)?, source.name()))
    }
}

#[async_trait]
impl Remote for Releases {
    fn title(&self) -> String {
        self.base.clone()
    }

    async fn versions(&self, source: &PluginSource) -> Result<Vec<Version>> {
        let url = format!("{}/index.json", self.folder(source)?);
        let body = self.http.get_good(&url, &Vec::new(), LARGEST_INDEX).await?;
        Ok(versions_in(&json(&url, &body)?))
    }

    async fn archives(&self, source: &PluginSource, version: &Version) -> Result<Vec<Archive>> {
        let files = self.files(source, version)?;
        let url = format!("{files}_SHA256SUMS");
        let listed = self.http.get_good(&url, &Vec::new(), LARGEST_SUMS).await?;
        // Without its manifest nobody knows which interface a version speaks: as if it had no archives.
        let url = format!("{files}_manifest.json");
        let Ok(manifest) = self.http.get_good(&url, &Vec::new(), LARGEST_SUMS).await else {
            return Ok(Vec::new());
        };
        let manifest = json(&url, &manifest)?;
        let api = manifest.pointer("/metadata/protocol_version").and_then(Value::as_str);
        let api = api.and_then(Api::from_numbers).ok_or_else(|| {
            Error::environment(format!("{url}: it does not say which interface the plugin speaks"))
        })?;
        Ok(sums::without_api(&String::from_utf8_lossy(&listed), source.name(), api))
    }

    async fn locate(&self, source: &PluginSource, archive: &Archive) -> Result<Location> {
        let url = format!("{}/{}/{}", self.folder(source)?, archive.version, archive.file);
        Ok(Location::Url { url, headers: Vec::new() })
    }

    fn is_optional(&self) -> bool {
        true
    }
}
