//! The engine in this program: containers are machines made of namespaces, images lie in a store in the cache directory. What a container
//! and an image are is tintype-oci's affair; here `docker run` and its like are turned into that. Containers live in this process and
//! end with it.

mod containers;
mod images;
mod registry;
mod run_config;
#[cfg(test)]
mod tests;
mod wanted;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use oci::Platform;
use tintype_oci::{Base, Host, Store, StoredImage};
use tintype_sdk::{Cx, Error, Result, Running, World};
use tokio::sync::OnceCell;

use super::{
    Commit, Container, Driver, EMBEDDED, Exec, Image, ImageBuild, Import, Kind, NotStarted, Pull, Push,
};
use crate::auth::Credentials;
use crate::chunks::{Incoming, Outgoing};
use crate::client_files::ClientFiles;

pub(crate) use containers::{Start, search};
pub(crate) use images::shown as shown_image;

/// The engine in this program.
pub(crate) struct Embedded {
    store: Store,
    files: ClientFiles,
    world: Arc<World>,
    /// What this host allows, once it was asked.
    host: OnceCell<Arc<Host>>,
    live: Mutex<BTreeMap<String, Arc<containers::Live>>>,
}

impl Embedded {
    /// The engine of this user. `logins`: whether those of docker's client are used.
    pub(crate) fn open(logins: bool, cx: &Cx) -> Result<Self> {
        let store = Store::open(&cx.world().cache_dir.join("oci"))?;
        let files = ClientFiles::read(cx.world());
        let files = if logins { files } else { files.without_logins() };
        Ok(Self { store, files, world: cx.world_arc(), host: OnceCell::new(), live: Mutex::default() })
    }

    /// The images.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// A platform; this host's when it is empty.
    pub(crate) fn platform(&self, text: &str) -> Result<Platform> {
        images::platform(text)
    }

    /// The image of a base that comes from no registry.
    pub(crate) async fn base(&self, base: &Base, platform: &str, cx: &Cx) -> Result<StoredImage> {
        let platform = images::platform(platform)?;
        Ok(cx.wait(self.store.base(base, &platform, cx)).await??)
    }
}

/// The time that results are to bear, when somebody has said one.
fn source_date(world: &World) -> Result<Option<i64>> {
    let Some(text) = world.env("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty()) else { return Ok(None) };
    let seconds = text.parse().map_err(|_| {
        Error::user(format!("SOURCE_DATE_EPOCH is \"{text}\", which is no number of seconds since 1970"))
    })?;
    Ok(Some(seconds))
}

#[async_trait]
impl Driver for Embedded {
    fn shown(&self) -> &str {
        super::DOCKER
    }

    fn is_embedded(&self) -> bool {
        true
    }

    fn place(&self) -> BTreeMap<String, String> {
        BTreeMap::from([("engine".to_owned(), EMBEDDED.to_owned())])
    }

    async fn image(&self, name: &str) -> Result<Option<Image>> {
        self.look_at_image(name)
    }

    async fn pull(&self, pull: Pull<'_>, cx: &Cx) -> Result<()> {
        self.fetch(pull, cx).await.map(drop)
    }

    async fn push(&self, push: Push<'_>, cx: &Cx) -> Result<()> {
        self.push_image(push, cx).await
    }

    async fn build(&self, _: ImageBuild<'_>, _: &Cx) -> Result<String> {
        Err(Error::user("A Dockerfile needs a Docker Engine").hint(
            "Leave TINTYPE_DOCKER out to use one, or name the image that the Dockerfile begins with and let provisioners do the rest.",
        ))
    }

    async fn tag(&self, image: &str, name: &str) -> Result<()> {
        Ok(self.store.tag(&self.store.expect(image)?, &images::reference(name)?)?)
    }

    async fn save(&self, image: &str) -> Result<Incoming> {
        self.save_image(image)
    }

    async fn import(&self, import: Import<'_>, files: Outgoing) -> Result<String> {
        self.import_files(import, files).await
    }

    async fn remove_image(&self, image: &str) -> Result<()> {
        self.remove_one_image(image)
    }

    async fn log_in(&self, credentials: &Credentials, cx: &Cx) -> Result<()> {
        self.check_login(credentials, cx).await?;
        cx.say("Login Succeeded");
        Ok(())
    }

    async fn run(&self, args: &[String], cx: &Cx) -> Result<String, NotStarted> {
        self.run_container(args, cx).await
    }

    async fn look(&self, container: &str) -> Result<Container> {
        // Archives are unpacked inside: they reach what is kept in memory, too.
        Ok(Container { address: self.live(container)?.address.clone(), in_memory: Vec::new() })
    }

    async fn exec(&self, container: &str, exec: Exec) -> Result<Running> {
        let Exec { argv, user, tty, stdin } = exec;
        let command = tintype_oci::Command { argv, env: Vec::new(), user, tty, stdin };
        Ok(self.live(container)?.container.exec(command).await?)
    }

    async fn kind_of(&self, container: &str, path: &str) -> Result<Option<Kind>> {
        let kind = self.live(container)?.container.kind_of(path).await?;
        Ok(kind.map(|kind| match kind {
            tintype_oci::Kind::Directory => Kind::Directory,
            tintype_oci::Kind::Other => Kind::Other,
        }))
    }

    async fn put(&self, container: &str, dir: &str, tar: Outgoing) -> Result<()> {
        Ok(self.live(container)?.container.put(dir, tar.into_read()).await?)
    }

    async fn get(&self, container: &str, path: &str) -> Result<Incoming> {
        containers::opened(self.live(container)?.container.get(path).await?).await
    }

    async fn commit(&self, container: &str, commit: Commit<'_>) -> Result<String> {
        self.make_image(container, commit).await.map(|image| image.id.to_string())
    }

    async fn export(&self, container: &str) -> Result<Incoming> {
        containers::opened(self.live(container)?.container.export().await?).await
    }

    async fn stop(&self, container: &str) -> Result<()> {
        Ok(self.live(container)?.container.stop().await?)
    }

    async fn remove(&self, container: &str) -> Result<()> {
        self.take_down(container).await
    }

    async fn find(&self, mounted: &Path) -> Result<Option<String>> {
        Ok(self.all().iter().find(|(_, live)| live.sees(mounted)).map(|(id, _)| id.clone()))
    }
}
