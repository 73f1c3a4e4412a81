//! Where plugins can be had from: the one interface of the release index, GitHub and mirrors.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use go_version::Version;
use tintype_sdk::{Cx, PluginSource, Result, World};

use crate::folder::Folder;
use crate::github::GitHub;
use crate::http::{Headers, Http};
use crate::oci::{Layer, Oci};
use crate::releases::Releases;
use crate::{Api, Digest, Platform};

/// More than the list of all versions of any plugin has.
pub(crate) const LARGEST_INDEX: usize = 16 << 20;

/// More than any file with checksums has.
pub(crate) const LARGEST_SUMS: usize = 1 << 20;

/// A place from which plugins can be had.
#[async_trait]
pub trait Remote: Send + Sync {
    /// What it is called in messages.
    fn title(&self) -> String;

    /// All versions of a plugin that it has, in no order.
    async fn versions(&self, source: &PluginSource) -> Result<Vec<Version>>;

    /// The archives of a version, one for each platform, with their checksums.
    async fn archives(&self, source: &PluginSource, version: &Version) -> Result<Vec<Archive>>;

    /// Where to get an archive.
    async fn locate(&self, source: &PluginSource, archive: &Archive) -> Result<Location>;

    /// Whether the next source may be asked when versions cannot be listed.
    fn is_optional(&self) -> bool {
        false
    }

    /// Whether a version whose files cannot be had is passed over for the next lower one.
    fn passes_over(&self) -> bool {
        false
    }
}

/// A plugin for one platform, packed.
#[derive(Clone, PartialEq, Debug)]
pub struct Archive {
    /// Its file's name: `packer-plugin-docker_v1.1.5_x5.0_linux_amd64.zip`.
    pub file: String,
    /// The version.
    pub version: Version,
    /// The interface that the plugin speaks.
    pub api: Api,
    /// The platform.
    pub platform: Platform,
    /// The archive's digest.
    pub digest: Digest,
}

/// Where an archive is.
#[derive(Clone, Debug)]
pub enum Location {
    /// Behind an address.
    Url {
        /// The address.
        url: String,
        /// What to send along.
        headers: Headers,
    },
    /// In a registry.
    Layer(Box<Layer>),
    /// On this machine.
    File(PathBuf),
}

/// The places where everybody looks, in order: the release index, then GitHub.
pub fn public(world: &World, http: &Arc<Http>) -> Vec<Arc<dyn Remote>> {
    vec![Arc::new(Releases::new(world, http.clone())), Arc::new(GitHub::new(world, http.clone()))]
}

/// A mirror: `https://…` or `http://…` is a folder on a server, `oci://registry/path` a registry (`oci+http://` one without encryption),
/// anything else a folder on this machine.
///
/// # Errors
/// The address cannot be one; a sentence.
pub fn mirror(address: &str, cx: &Cx, http: &Arc<Http>) -> Result<Arc<dyn Remote>, String> {
    let scheme = address.split_once("://").map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    Ok(match scheme {
        Some((scheme, rest)) if matches!(&*scheme, "http" | "https") => {
            Arc::new(Folder::at_url(&format!("{scheme}://{rest}"), http.clone()))
        }
        Some((scheme, rest)) if matches!(&*scheme, "oci" | "oci+http") => {
            Arc::new(Oci::new(rest, scheme == "oci", http, cx)?)
        }
        Some((scheme, _)) => {
            return Err(format!(
                "A mirror is http://…, https://…, oci://… or a folder; \"{scheme}://\" is not known."
            ));
        }
        None if address.is_empty() => return Err("The address of the mirror is empty.".to_owned()),
        None => Arc::new(Folder::at_path(cx.world().path(address))),
    })
}
