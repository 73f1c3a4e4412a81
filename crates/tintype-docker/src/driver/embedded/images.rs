//! Images of the engine in this program: looking, pulling, pushing, naming, saving, importing, removing. The store does the work.

use std::io::{self, Read, Write};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use oci::layer::Compression;
use oci::{Client, Digest, Platform, Reference};
use tintype_oci::{Base, Saved, StoredImage};
use tintype_sdk::{Cx, Error, Result};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};

use super::registry::{self, Direction, Shown};
use super::{Embedded, source_date};
use crate::auth::Credentials;
use crate::chunks::{CHUNK, Incoming, Outgoing};
use crate::driver::{Driver as _, Engine, Image, Import, Pull, Push, docker_engine};
use crate::reference::{HUB_KEY, host_of};
use crate::steps::write_beside;

/// Chunks of an archive on their way.
const AHEAD: usize = 4;

/// A local Engine answers at once; a far one that does not is not waited for.
const ENGINE_PATIENCE: Duration = Duration::from_secs(3);

/// A name, taken apart.
pub(super) fn reference(name: &str) -> Result<Reference> {
    name.parse().map_err(|error: oci::Error| Error::user(error.to_string()))
}

/// A platform; this host's when it is empty.
pub(super) fn platform(text: &str) -> Result<Platform> {
    if text.is_empty() {
        return Ok(Platform::host());
    }
    Platform::from_str(text).map_err(|error| Error::user(error.to_string()))
}

/// An image, as far as it matters to the builders.
pub(crate) fn shown(image: &StoredImage) -> Image {
    let config = &image.image.config.config;
    Image {
        id: image.id.to_string(),
        digests: image.digests.iter().map(Reference::familiar).collect(),
        user: config.user.clone(),
        cmd: config.cmd.clone().unwrap_or_default(),
        entrypoint: config.entrypoint.clone().unwrap_or_default(),
    }
}

impl Embedded {
    pub(super) fn look_at_image(&self, name: &str) -> Result<Option<Image>> {
        Ok(self.store.image(name)?.as_ref().map(shown))
    }

    /// Fetches an image and gives it.
    pub(crate) async fn fetch(&self, pull: Pull<'_>, cx: &Cx) -> Result<StoredImage> {
        let name = reference(pull.image)?;
        let platform = platform(pull.platform)?;
        let client = registry::client(&self.files, pull.credentials, cx)?;
        let shown = Shown::new(pull.image, pull.quiet, Direction::Here, cx);
        shown.say(&format!("{}: Pulling from {}", name.wanted(), name.repository.path()));
        let pulled = cx.wait(self.store.pull(&name, &platform, &client, &shown)).await?;
        let pulled = pulled.map_err(|error| registry::explained(error, pull.image))?;
        shown.say(&format!("Digest: {}", pulled.digest));
        shown.say(&if pulled.fresh {
            format!("Status: Downloaded newer image for {}", name.familiar())
        } else {
            format!("Status: Image is up to date for {}", name.familiar())
        });
        shown.say(&name.to_string());
        Ok(pulled.image)
    }

    /// Takes an image over from a Docker Engine of this user, if one answers and has it: what was pulled or built with Docker is here, too.
    pub(crate) async fn take_over(&self, name: &str, wanted: &str, cx: &Cx) -> Result<Option<StoredImage>> {
        let Ok(Ok(engine)) = tokio::time::timeout(ENGINE_PATIENCE, docker_engine(cx)).await else {
            return Ok(None);
        };
        let Ok(Some(found)) = engine.image(name).await else { return Ok(None) };
        let by_id = found.id.trim_start_matches("sha256:").starts_with(name.trim_start_matches("sha256:"));
        let dir = tempfile::tempdir_in(self.store.dir())?;
        let file = dir.path().join("image.tar");
        write_beside(cx.wait(engine.save(name)).await??, &file, cx).await?;
        let image = self.base(&Base::Archive { file, name: None }, wanted, cx).await?;
        if let Ok(name) = name.parse::<Reference>()
            && name.digest.is_none()
            && !by_id
        {
            self.store.tag(&image, &name)?;
        }
        Ok(Some(self.store.expect(&image.id.to_string())?))
    }

    /// Sends an image to its registry.
    pub(crate) async fn send(
        &self,
        image: &StoredImage,
        push: Push<'_>,
        compression: Compression,
        cx: &Cx,
    ) -> Result<()> {
        let away = self.away(push, cx)?;
        let sending = self.store.push(image, &away.name, &away.client, &away.shown, compression);
        away.told(push, cx.wait(sending).await?)
    }

    /// Sends an image to its registry, into the index of a name.
    pub(crate) async fn send_together(
        &self,
        image: &StoredImage,
        push: Push<'_>,
        compression: Compression,
        cx: &Cx,
    ) -> Result<()> {
        let away = self.away(push, cx)?;
        let sending = self.store.push_together(image, &away.name, &away.client, &away.shown, compression);
        away.told(push, cx.wait(sending).await?)
    }

    fn away<'a>(&self, push: Push<'_>, cx: &'a Cx) -> Result<Away<'a>> {
        let name = reference(push.image)?;
        let client = registry::client(&self.files, push.credentials, cx)?;
        let shown = Shown::new(push.image, false, Direction::Away, cx);
        shown.say(&format!("The push refers to repository [{}]", name.repository));
        Ok(Away { name, client, shown })
    }

    pub(super) async fn push_image(&self, push: Push<'_>, cx: &Cx) -> Result<()> {
        let image = self.store.expect(push.image)?;
        let found = image.image.config.platform();
        if !push.platform.is_empty() && platform(push.platform)? != found {
            return Err(Error::user(format!("{} is for {found}, not for {}", push.image, push.platform)));
        }
        self.send(&image, push, Compression::GZIP, cx).await
    }

    pub(super) fn save_image(&self, name: &str) -> Result<Incoming> {
        let image = self.store.expect(name)?;
        let names = match name.parse::<Reference>() {
            Ok(name) if image.tags.contains(&name) => vec![name],
            // By its id: under all its names.
            _ => image.tags.clone(),
        };
        Ok(self.archive(Saved { image, names }, |_| false))
    }

    /// The image for an Engine: without the layers of its base, when the Engine has that.
    pub(crate) async fn archive_for(
        &self,
        engine: &Engine,
        base: &StoredImage,
        image: &StoredImage,
        name: Reference,
    ) -> Result<Incoming> {
        let there = engine.image(&base.id.to_string()).await?.is_some();
        let there: Vec<_> = base.image.config.rootfs.diff_ids.iter().filter(|_| there).cloned().collect();
        let saved = Saved { image: image.clone(), names: vec![name] };
        Ok(self.archive(saved, move |layer| there.contains(layer)))
    }

    fn archive(&self, saved: Saved, omit: impl Fn(&Digest) -> bool + Send + 'static) -> Incoming {
        let (sender, archive) = mpsc::channel(AHEAD);
        let (store, to) = (self.store.clone(), Chunks::new(sender.clone()));
        tokio::spawn(async move {
            let ended = match store.save(vec![saved], omit, to).await {
                Ok(mut to) => match tokio::task::spawn_blocking(move || to.flush()).await {
                    Ok(flushed) => flushed.map_err(Error::from),
                    Err(error) => Err(Error::bug(error.to_string())),
                },
                Err(error) => Err(Error::from(error)),
            };
            if let Err(error) = ended {
                // Perhaps nobody reads any more, and that was the error.
                let _ = sender.send(Err(error)).await;
            }
        });
        let parts = futures::stream::unfold(archive, |mut archive| async move {
            archive.recv().await.map(|part| (part, archive))
        });
        parts.boxed()
    }

    pub(super) async fn import_files(&self, import: Import<'_>, files: Outgoing) -> Result<String> {
        let name = reference(import.name)?;
        let platform = platform(import.platform)?;
        let created = source_date(&self.world)?;
        let (store, changes, runtime) = (self.store.clone(), import.changes.to_vec(), Handle::current());
        let files = Parts::of(files);
        // The first bytes are looked at on the spot: that is for a thread that may wait for them.
        let imported = tokio::task::spawn_blocking(move || {
            runtime.block_on(store.import(files, &platform, &changes, "Imported from -", created))
        });
        let image = imported.await.map_err(|error| Error::bug(error.to_string()))??;
        self.store.tag(&image, &name)?;
        Ok(image.id.to_string())
    }

    pub(super) fn remove_one_image(&self, name: &str) -> Result<()> {
        match self.store.remove(name) {
            Ok(_) | Err(tintype_oci::Error::NoImage { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn check_login(&self, credentials: &Credentials, cx: &Cx) -> Result<()> {
        let server = if credentials.server == HUB_KEY { "docker.io" } else { host_of(&credentials.server) };
        // Nothing is asked of the repository; a registry alone is no name.
        let name = reference(&format!("{server}/login/check"))?;
        let client = registry::client(&self.files, Some(credentials), cx)?;
        let entered = cx.wait(client.enter(&name.repository)).await?;
        entered.map_err(|error| {
            Error::user(format!("Error logging in to {server}: {error}"))
                .hint("Check login_server, login_username and login_password.")
        })
    }
}

/// A push that begins.
struct Away<'a> {
    name: Reference,
    client: Client,
    shown: Shown<'a>,
}

impl Away<'_> {
    fn told(&self, push: Push<'_>, pushed: tintype_oci::Result<Digest>) -> Result<()> {
        let digest = pushed.map_err(|error| registry::explained(error, push.image))?;
        self.shown.say(&format!("{}: digest: {digest}", self.name.wanted()));
        Ok(())
    }
}

/// Writes into a queue of chunks.
struct Chunks {
    to: mpsc::Sender<Result<Bytes>>,
    buffer: BytesMut,
}

impl Chunks {
    fn new(to: mpsc::Sender<Result<Bytes>>) -> Self {
        Self { to, buffer: BytesMut::with_capacity(CHUNK) }
    }
}

impl Write for Chunks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= CHUNK {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let chunk = self.buffer.split().freeze();
        self.to.blocking_send(Ok(chunk)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Reads a queue of chunks on a thread that may block.
struct Parts {
    from: std::sync::mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
    /// How many more may wait.
    space: Arc<Semaphore>,
}

impl Parts {
    /// Of what arrives here. It is passed on by a task: on the other thread the runtime cannot be waited for a second time.
    fn of(mut from: Outgoing) -> Self {
        let (sender, parts) = std::sync::mpsc::channel();
        let space = Arc::new(Semaphore::new(AHEAD));
        let (free, taken) = (space.clone(), space);
        tokio::spawn(async move {
            while let (Ok(permit), Some(part)) = (free.acquire().await, from.next().await) {
                permit.forget();
                if sender.send(part).is_err() {
                    return;
                }
            }
        });
        Self { from: parts, current: Bytes::new(), space: taken }
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // Whoever passes parts on has nobody to wait for any more.
        self.space.close();
    }
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.from.recv() {
                Ok(part) => {
                    self.space.add_permits(1);
                    self.current = part?;
                }
                Err(_) => return Ok(0),
            }
        }
        let count = self.current.len().min(buffer.len());
        let part = self.current.split_to(count);
        if let Some(place) = buffer.get_mut(..count) {
            place.copy_from_slice(&part);
        }
        Ok(count)
    }
}
