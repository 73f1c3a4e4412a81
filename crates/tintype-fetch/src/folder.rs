//! A mirror that is a plain folder, on this machine or on a server: for each source a folder of its own with `index.json`, and for each
//! version the checksum file and the archives of a release on GitHub.
//!
//! ```text
//! github.com/hashicorp/docker/index.json                                       {"versions": {"1.1.5": {}}}
//! github.com/hashicorp/docker/packer-plugin-docker_v1.1.5_SHA256SUMS
//! github.com/hashicorp/docker/packer-plugin-docker_v1.1.5_x5.0_linux_amd64.zip
//! ```

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use go_version::Version;
use tintype_sdk::{Context, Error, PluginSource, Result};

use crate::http::Http;
use crate::name::PREFIX;
use crate::place::{json, versions_in};
use crate::remote::{Archive, LARGEST_INDEX, LARGEST_SUMS, Location, Remote};
use crate::sums;

/// The name of the file with all versions of a plugin.
pub(crate) const INDEX: &str = "index.json";

/// A folder with plugins.
pub(crate) enum Folder {
    Url { base: String, http: Arc<Http> },
    Path(PathBuf),
}

impl Folder {
    pub(crate) fn at_url(url: &str, http: Arc<Http>) -> Self {
        Self::Url { base: url.trim_end_matches('/').to_owned(), http }
    }

    pub(crate) fn at_path(path: PathBuf) -> Self {
        Self::Path(path)
    }

    async fn read(&self, source: &PluginSource, name: &str, largest: usize) -> Result<(String, Vec<u8>)> {
        match self {
            Self::Url { base, http } => {
                let url = format!("{base}/{source}/{name}");
                let body = http.get_good(&url, &Vec::new(), largest).await?;
                Ok((url, body))
            }
            Self::Path(dir) => {
                let path = below(dir, source).join(name);
                let text = path.display().to_string();
                let body = std::fs::read(path).context(|| text.clone())?;
                Ok((text, body))
            }
        }
    }
}

/// The folder of a source.
pub(crate) fn below(dir: &Path, source: &PluginSource) -> PathBuf {
    source.parts().fold(dir.to_path_buf(), |path, part| path.join(part))
}

/// The name of a version's checksum file.
pub(crate) fn sums_name(source: &PluginSource, version: &Version) -> String {
    format!("{PREFIX}{}_v{version}_SHA256SUMS", source.name())
}

#[async_trait]
impl Remote for Folder {
    fn title(&self) -> String {
        match self {
            Self::Url { base, .. } => base.clone(),
            Self::Path(dir) => dir.display().to_string(),
        }
    }

    async fn versions(&self, source: &PluginSource) -> Result<Vec<Version>> {
        // On this machine the files themselves say what there is.
        if let Self::Path(dir) = self {
            let (beginning, mut found) = (format!("{PREFIX}{}_v", source.name()), Vec::new());
            let entries = std::fs::read_dir(below(dir, source))
                .map_err(|_| Error::user(format!("{}: it has no folder {source}", dir.display())))?;
            for entry in entries {
                let name = entry?.file_name().to_string_lossy().into_owned();
                let version = name.strip_prefix(&beginning).and_then(|rest| rest.strip_suffix("_SHA256SUMS"));
                found.extend(version.and_then(|version| version.parse::<Version>().ok()));
            }
            return Ok(found);
        }
        let (place, body) = self.read(source, INDEX, LARGEST_INDEX).await?;
        Ok(versions_in(&json(&place, &body)?))
    }

    async fn archives(&self, source: &PluginSource, version: &Version) -> Result<Vec<Archive>> {
        let (_, listed) = self.read(source, &sums_name(source, version), LARGEST_SUMS).await?;
        Ok(sums::with_api(&String::from_utf8_lossy(&listed), source.name()))
    }

    async fn locate(&self, source: &PluginSource, archive: &Archive) -> Result<Location> {
        Ok(match self {
            Self::Url { base, .. } => {
                Location::Url { url: format!("{base}/{source}/{}", archive.file), headers: Vec::new() }
            }
            Self::Path(dir) => Location::File(below(dir, source).join(&archive.file)),
        })
    }
}
