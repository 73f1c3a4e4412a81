//! The Engine's interface as a driver: who is asked and how answers are read. The larger calls have modules of their own
//! (`engine_run`, `engine_exec`, `engine_files`, `engine_images`, `engine_build`).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bollard::Docker;
use bollard::models::{ContainerSummary, MountType};
use bollard::query_parameters::{
    CommitContainerOptions, ContainerArchiveInfoOptions, ListContainersOptions, RemoveContainerOptions,
    UploadToContainerOptions,
};
use futures::{StreamExt, TryStreamExt};
use tintype_sdk::{Cx, Error, Result, Running, World};

use super::failure::{absent, explain, status};
use super::{
    Commit, Container, Driver, Exec, Image, ImageBuild, Import, Kind, NotStarted, Pull, Push, transport,
};
use crate::auth::Credentials;
use crate::chunks::{Incoming, Outgoing};
use crate::client_files::ClientFiles;
use crate::endpoint::Endpoint;

/// Marks of Go's file modes in the Engine's answers.
const DIRECTORY: u32 = 1 << 31;
const LINK: u32 = 1 << 27;

/// Links that are followed before we believe in a circle.
const LINKS: usize = 40;

/// An Engine.
pub(crate) struct Engine {
    pub(super) docker: Docker,
    pub(super) endpoint: Endpoint,
    pub(super) files: ClientFiles,
    pub(super) world: Arc<World>,
}

impl Engine {
    /// The Engine at this place. Does not connect yet.
    pub(crate) fn new(endpoint: Endpoint, files: ClientFiles, cx: &Cx) -> Result<Self> {
        let docker = transport::client(&endpoint)?.with_request_modifier(|mut request| {
            // The Engine reads this header with the alphabet for addresses; bollard writes it with the other one.
            for name in ["X-Registry-Auth", "X-Registry-Config"] {
                let Some(value) = request.headers_mut().get_mut(name) else { continue };
                let fixed = value.to_str().map(|text| text.replace('+', "-").replace('/', "_"));
                if let Some(fixed) = fixed.ok().and_then(|text| text.parse().ok()) {
                    *value = fixed;
                }
            }
            request
        });
        Ok(Self { docker, endpoint, files, world: cx.world_arc() })
    }

    /// Whether it answers.
    pub(crate) async fn ping(&self) -> Result<()> {
        self.docker.ping().await.map(|_| ()).map_err(|cause| self.explain(cause))
    }

    /// A failure in the client's words.
    pub(super) fn explain(&self, cause: bollard::errors::Error) -> Error {
        explain(cause, &self.endpoint.host)
    }

    /// A stream of bytes with its failures explained. The first chunk is awaited, so that a refusal is an error of the call.
    pub(super) async fn open(
        &self,
        stream: impl futures::Stream<Item = Result<bytes::Bytes, bollard::errors::Error>> + Send + 'static,
    ) -> Result<Incoming> {
        let host = self.endpoint.host.clone();
        let mut stream = stream.map_err(move |cause| explain(cause, &host)).boxed();
        match stream.next().await {
            Some(first) => {
                let first = first?;
                Ok(futures::stream::iter([Ok(first)]).chain(stream).boxed())
            }
            None => Ok(stream),
        }
    }
}

#[async_trait]
impl Driver for Engine {
    fn shown(&self) -> &str {
        super::DOCKER
    }

    fn place(&self) -> BTreeMap<String, String> {
        self.endpoint.to_place()
    }

    async fn image(&self, name: &str) -> Result<Option<Image>> {
        self.look_at_image(name).await
    }

    async fn pull(&self, pull: Pull<'_>, cx: &Cx) -> Result<()> {
        self.pull_image(pull, cx).await
    }

    async fn push(&self, push: Push<'_>, cx: &Cx) -> Result<()> {
        self.push_image(push, cx).await
    }

    async fn build(&self, build: ImageBuild<'_>, cx: &Cx) -> Result<String> {
        self.build_image(build, cx).await
    }

    async fn tag(&self, image: &str, name: &str) -> Result<()> {
        self.tag_image(image, name).await
    }

    async fn save(&self, image: &str) -> Result<Incoming> {
        self.open(self.docker.export_image(image)).await
    }

    async fn import(&self, import: Import<'_>, files: Outgoing) -> Result<String> {
        self.import_files(import, files).await
    }

    async fn remove_image(&self, image: &str) -> Result<()> {
        self.remove_one_image(image).await
    }

    async fn log_in(&self, credentials: &Credentials, cx: &Cx) -> Result<()> {
        self.check_login(credentials).await?;
        cx.say("Login Succeeded");
        Ok(())
    }

    async fn run(&self, args: &[String], cx: &Cx) -> Result<String, NotStarted> {
        self.run_container(args, cx).await
    }

    async fn look(&self, container: &str) -> Result<Container> {
        let found =
            self.docker.inspect_container(container, None).await.map_err(|cause| self.explain(cause))?;
        let networks = found.network_settings.and_then(|settings| settings.networks).unwrap_or_default();
        let of = |name: &str| networks.get(name).and_then(|network| network.ip_address.clone());
        let others = || networks.values().filter_map(|network| network.ip_address.clone());
        let address = of("bridge").into_iter().chain(others()).find(|address| !address.is_empty());
        let host = found.host_config.unwrap_or_default();
        let mounts = host.mounts.into_iter().flatten();
        let mounted =
            mounts.filter(|mount| mount.typ == Some(MountType::TMPFS)).filter_map(|mount| mount.target);
        let in_memory = host.tmpfs.unwrap_or_default().into_keys().chain(mounted).collect();
        Ok(Container { address: address.unwrap_or_default(), in_memory })
    }

    async fn exec(&self, container: &str, exec: Exec) -> Result<Running> {
        self.start_exec(container, exec).await
    }

    async fn kind_of(&self, container: &str, path: &str) -> Result<Option<Kind>> {
        let mut path = path.to_owned();
        for _ in 0..LINKS {
            let options = ContainerArchiveInfoOptions { path: path.clone() };
            let answer = self.docker.get_container_archive_info(container, Some(options)).await;
            let Some(found) = absent(answer).map_err(|cause| self.explain(cause))? else { return Ok(None) };
            if found.file_mode & LINK != 0 && !found.link_target.is_empty() && found.link_target != path {
                path = found.link_target;
                continue;
            }
            return Ok(Some(if found.file_mode & DIRECTORY != 0 { Kind::Directory } else { Kind::Other }));
        }
        Ok(None)
    }

    async fn put(&self, container: &str, dir: &str, tar: Outgoing) -> Result<()> {
        let options = UploadToContainerOptions {
            path: dir.to_owned(),
            no_overwrite_dir_non_dir: Some("true".into()),
            copy_uidgid: None,
        };
        let body = bollard::body_try_stream(tar);
        match self.docker.upload_to_container(container, Some(options), body).await {
            Ok(()) => Ok(()),
            Err(cause) if status(&cause) == Some(404) => {
                Err(self.explain(cause).hint(format!("Make the directory {dir} in the container first.")))
            }
            Err(cause) => Err(self.explain(cause)),
        }
    }

    async fn get(&self, container: &str, path: &str) -> Result<Incoming> {
        self.get_files(container, path).await
    }

    async fn commit(&self, container: &str, commit: Commit<'_>) -> Result<String> {
        // The changes are applied to the configuration that is sent along; an empty one would lose the variables that they use.
        let found =
            self.docker.inspect_container(container, None).await.map_err(|cause| self.explain(cause))?;
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let options = CommitContainerOptions {
            container: Some(container.to_owned()),
            author: text(commit.author),
            comment: text(commit.message),
            changes: text(&commit.changes.join("\n")),
            pause: true,
            ..CommitContainerOptions::default()
        };
        let made = self.docker.commit_container(options, found.config.unwrap_or_default()).await;
        Ok(made.map_err(|cause| self.explain(cause))?.id)
    }

    async fn export(&self, container: &str) -> Result<Incoming> {
        self.open(self.docker.export_container(container)).await
    }

    async fn stop(&self, container: &str) -> Result<()> {
        self.docker.stop_container(container, None).await.map_err(|cause| self.explain(cause))
    }

    async fn remove(&self, container: &str) -> Result<()> {
        let options = RemoveContainerOptions { v: true, force: true, link: false };
        match self.docker.remove_container(container, Some(options)).await {
            // 409: somebody else, such as `--rm`, is removing it already.
            Err(cause) if !matches!(status(&cause), Some(404 | 409)) => Err(self.explain(cause)),
            _ => Ok(()),
        }
    }

    async fn find(&self, mounted: &Path) -> Result<Option<String>> {
        let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
        let list = self.docker.list_containers(Some(options)).await.map_err(|cause| self.explain(cause))?;
        Ok(list
            .into_iter()
            .find(|container| has_mount(container, mounted))
            .and_then(|container| container.id))
    }
}

fn has_mount(container: &ContainerSummary, source: &Path) -> bool {
    container
        .mounts
        .iter()
        .flatten()
        .any(|mount| mount.source.as_deref().is_some_and(|path| Path::new(path) == source))
}
