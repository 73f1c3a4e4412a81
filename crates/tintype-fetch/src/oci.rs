//! A mirror that is a container registry: each source is a repository, each version a tag (`v1.1.5`), each archive a layer that bears its
//! file's name. `oras push registry/plugins/github.com/acme/x:v1.0.0 packer-plugin-x_v1.0.0_x5.0_linux_amd64.zip …` makes one.
//! A layer's digest is its checksum, so no file with checksums is needed. Logins are docker's.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use futures::future::BoxFuture;
use go_version::Version;
use oci::{
    Blobs, Client, Descriptor, DockerConfig, DockerLogins, Document, Helper, HelperAnswer, Moved, Options,
    Progress, Reference, Repository,
};
use tintype_sdk::{Context, Cx, Error, PluginSource, Result};

use crate::http::Http;
use crate::remote::{Archive, Location, Remote};
use crate::{Digest, sums};

/// The annotation that has a layer's file name.
const TITLE: &str = "org.opencontainers.image.title";

/// No archive is larger.
const LARGEST: u64 = 4 << 30;

/// A registry.
pub(crate) struct Oci {
    /// `registry:5000/path`, without a slash at its end.
    base: String,
    client: Client,
    /// Layers by their digests, as they were listed.
    layers: Mutex<HashMap<Digest, Descriptor>>,
}

/// A layer of a repository.
#[derive(Clone, Debug)]
pub struct Layer {
    client: Client,
    repository: Repository,
    blob: Descriptor,
}

impl Oci {
    /// `address` is `registry[:port][/path]`.
    ///
    /// # Errors
    /// It is none, or docker's settings cannot be read; a sentence.
    pub(crate) fn new(address: &str, encrypted: bool, http: &Http, cx: &Cx) -> Result<Self, String> {
        let base = address.trim_end_matches('/');
        let registry = base.split('/').next().unwrap_or(base);
        let probe = format!("{base}/x").parse::<Repository>();
        // A name without a dot or a port would be taken for a path at the usual registry.
        if probe.is_err() || probe.is_ok_and(|probe| probe.registry() != registry) {
            return Err(format!("\"oci://{address}\" is no registry: write oci://registry.example/path."));
        }
        let plain = if encrypted { Vec::new() } else { vec![registry.to_owned()] };
        let options = Options { plain, largest_blob: Some(LARGEST), ..Options::default() };
        let logins = Arc::new(DockerLogins::new(settings(cx)?, Arc::new(Helpers { cx: cx.clone() })));
        let client = Client::new(http.builder(), logins, options).map_err(|error| error.to_string())?;
        Ok(Self { base: base.to_owned(), client, layers: Mutex::default() })
    }

    fn repository(&self, source: &PluginSource) -> Result<Repository> {
        // Names of repositories have no capitals.
        let name = format!("{}/{}", self.base, source.to_string().to_lowercase());
        name.parse().map_err(|error: oci::Error| Error::user(error.to_string()))
    }
}

#[async_trait]
impl Remote for Oci {
    fn title(&self) -> String {
        format!("oci://{}", self.base)
    }

    async fn versions(&self, source: &PluginSource) -> Result<Vec<Version>> {
        let tags = self.client.tags(&self.repository(source)?).await.map_err(failure)?;
        Ok(tags.iter().filter_map(|tag| tag.parse().ok()).collect())
    }

    async fn archives(&self, source: &PluginSource, version: &Version) -> Result<Vec<Archive>> {
        let repository = self.repository(source)?;
        for tag in [format!("v{version}"), version.to_string()] {
            let reference = Reference { repository: repository.clone(), tag: Some(tag), digest: None };
            let answer = match self.client.manifest(&reference).await {
                Ok(answer) => answer,
                Err(oci::Error::NotFound { .. }) => continue,
                Err(error) => return Err(failure(error)),
            };
            let Document::Manifest(manifest) = answer.document else {
                let why = "it is an index, where a manifest with archives as layers is expected";
                return Err(Error::environment(format!("{}: {why}", reference.familiar())));
            };
            let mut lines = String::new();
            let mut known = self.layers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            for layer in manifest.layers {
                let digest =
                    layer.digest.to_string().strip_prefix("sha256:").and_then(|hex| hex.parse().ok());
                if let (Some(digest), Some(title)) = (digest, layer.annotations.get(TITLE)) {
                    lines.push_str(&format!("{digest}  {title}\n"));
                    known.insert(digest, layer);
                }
            }
            return Ok(sums::with_api(&lines, source.name()));
        }
        Ok(Vec::new())
    }

    async fn locate(&self, source: &PluginSource, archive: &Archive) -> Result<Location> {
        let known = self.layers.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let blob = known.get(&archive.digest).cloned();
        let blob = blob.ok_or_else(|| Error::bug("an archive that no manifest named"))?;
        let (client, repository) = (self.client.clone(), self.repository(source)?);
        Ok(Location::Layer(Box::new(Layer { client, repository, blob })))
    }
}

impl Layer {
    /// Gets the layer, going on where a broken download ended.
    pub(crate) async fn download(&self, to: &Path, progress: &tintype_sdk::Progress) -> Result<()> {
        let store = to.with_extension("blobs");
        let blobs = Blobs::at(&store);
        let told = Told { progress, total: self.blob.size };
        self.client.blob(&self.repository, &self.blob, &blobs, &told).await.map_err(failure)?;
        let place = || to.display().to_string();
        std::fs::rename(blobs.path(&self.blob.digest), to).context(place)?;
        std::fs::remove_dir_all(&store).context(place)
    }
}

fn failure(error: oci::Error) -> Error {
    let denied = matches!(error, oci::Error::Denied { .. });
    let error = Error::environment(error.to_string());
    if denied { error.hint("Log in to the registry, as docker does it.") } else { error }
}

/// Shows how much has come.
struct Told<'a> {
    progress: &'a tintype_sdk::Progress,
    total: u64,
}

impl Progress for Told<'_> {
    fn blob(&self, _: &Descriptor, moved: Moved<'_>) {
        match moved {
            Moved::Started { have } | Moved::Back { have } => self.progress.set(have, Some(self.total)),
            Moved::Bytes(more) => self.progress.add(more),
            _ => {}
        }
    }
}

/// Docker's settings; empty ones where there are none.
fn settings(cx: &Cx) -> Result<DockerConfig, String> {
    let world = cx.world();
    let dir = match world.env("DOCKER_CONFIG").filter(|dir| !dir.is_empty()) {
        Some(dir) => Some(world.path(dir)),
        None => world.home.as_ref().map(|home| home.join(".docker")),
    };
    match dir.map(|dir| std::fs::read(dir.join("config.json"))) {
        Some(Ok(text)) => DockerConfig::parse(&text).map_err(|error| error.to_string()),
        _ => Ok(DockerConfig::default()),
    }
}

/// Starts docker's credential helpers.
struct Helpers {
    cx: Cx,
}

impl Helper for Helpers {
    fn get<'a>(&'a self, program: &'a str, server: &'a str) -> BoxFuture<'a, io::Result<HelperAnswer>> {
        Box::pin(async move {
            let stdin = Box::new(io::Cursor::new(server.as_bytes().to_vec()));
            let asked = self.cx.command(program).arg("get").stdin(stdin).gather().await;
            let (status, stdout, stderr) = asked.map_err(|error| io::Error::other(error.to_string()))?;
            Ok(HelperAnswer { success: status.0 == 0, stdout, stderr })
        })
    }
}
