//! Files into a container and out of it, as tar archives. They are packed and unpacked inside, where links mean what they mean there.

use std::sync::PoisonError;

use bytes::{Bytes, BytesMut};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt};
use oci::layer::paths::parts;
use sandbox::{Bind, TaskIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_util::io::SyncIoBridge;

use super::transfers::Transfer;
use super::{Container, InUse, host, pipe, tasks};
use crate::{Error, Result};

/// Read so much at once.
const BUFFER: usize = 256 << 10;

/// Bytes that arrive.
pub type Chunks = BoxStream<'static, Result<Bytes>>;

/// What a path in a container is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Kind {
    /// A directory, or a link to one.
    Directory,
    /// Anything else.
    Other,
}

impl Container {
    /// What a path is. Nothing when there is nothing.
    ///
    /// # Errors
    /// The machine is gone.
    pub async fn kind_of(&self, path: &str) -> Result<Option<Kind>> {
        if let Some(still) = &self.still {
            let path = path.to_owned();
            return Self::with_still(still, move |still| Ok(still.kind_of(&path))).await;
        }
        let (args, in_use) = (tasks::to_bytes(&path)?, self.machine(path).await?);
        let answer = in_use.machine.task(tasks::KIND, args, TaskIo::default()).await;
        tasks::from_bytes(tasks::KIND, &answer.map_err(host::failed("the container"))?)
    }

    /// Unpacks a tar archive in a directory, which must exist.
    ///
    /// # Errors
    /// There is no such directory, it is no archive, or it cannot be written.
    pub async fn put(&self, dir: &str, tar: impl AsyncRead + Send + Unpin) -> Result<()> {
        self.check_mounted(dir)?;
        let what = format!("what is put into {dir}");
        let (sent, done) = if let Some(still) = &self.still {
            let transfer = self.transfers.begin(what);
            let (to, from) = tokio::io::duplex(BUFFER);
            let (from, into) = (SyncIoBridge::new(from), dir.to_owned());
            let putting = Self::with_still(still, move |still| still.put(&into, from));
            both(pass_on(tar, to, &transfer), putting, &transfer).await?
        } else {
            let (to, input) = pipe::to_task()?;
            let InUse { machine, transfer } = &self.machine(&what).await?;
            let io = TaskIo { input: Some(input), output: None };
            let args = tasks::to_bytes(&dir)?;
            let task = async {
                machine.task(tasks::PUT, args, io).await.map(drop).map_err(host::failed("the container"))
            };
            both(pass_on(tar, to, transfer), task, transfer).await?
        };
        // A source that failed explains whatever else went wrong.
        sent.map_err(|error| Error::Tree { what: dir.to_owned(), why: tintype_sdk::os_text(&error) })?;
        done
    }

    /// A file or directory as a tar archive. With a slash at its end a link stands for what it leads to.
    ///
    /// # Errors
    /// The machine is gone. That there is no such file comes with the first chunk.
    pub async fn get(&self, path: &str) -> Result<Chunks> {
        self.check_mounted(path)?;
        if let Some(still) = &self.still {
            let path = path.to_owned();
            return Ok(of_file(Self::with_still(still, move |still| still.get(&path)).await?));
        }
        self.archive(tasks::GET, path).await
    }

    /// All its files as a tar archive, without what is mounted in it.
    ///
    /// # Errors
    /// The machine is gone.
    pub async fn export(&self) -> Result<Chunks> {
        if let Some(still) = &self.still {
            return Ok(of_file(Self::with_still(still, |still| still.export()).await?));
        }
        self.archive(tasks::EXPORT, "/").await
    }

    /// Without a machine nothing of the host is mounted: what is meant for it shall not become part of the image.
    fn check_mounted(&self, path: &str) -> Result<()> {
        let Some(still) = &self.still else { return Ok(()) };
        let below = |bind: &Bind| {
            let place = bind.machine.to_string_lossy();
            let mut inside = parts(path.as_bytes());
            parts(place.as_bytes()).all(|part| inside.next() == Some(part))
        };
        if self.wish.machine.binds.iter().any(below) {
            return Err(still.lock().unwrap_or_else(PoisonError::into_inner).not_mounted(path));
        }
        Ok(())
    }

    async fn archive(&self, task: &'static str, path: &str) -> Result<Chunks> {
        let (from, output) = pipe::from_task()?;
        let args = tasks::to_bytes(&path)?;
        let in_use = self.machine(&format!("what is read from {path}")).await?;
        let all = self.transfers.clone();
        let work = tokio::spawn(async move {
            let io = TaskIo { input: None, output: Some(output) };
            tokio::select! {
                done = in_use.machine.task(task, args, io) => {
                    done.map(drop).map_err(host::failed("the container"))
                }
                () = in_use.transfer.aborted() => Err(removed()),
            }
        });
        Ok(Box::pin(chunks(from, work).inspect(move |_| all.moved())))
    }
}

/// What a transfer says when its container was removed.
fn removed() -> Error {
    Error::Tree { what: "the container".to_owned(), why: "it was removed meanwhile".to_owned() }
}

/// Both sides of what is put into a container.
///
/// # Errors
/// The container was removed.
async fn both<T, U>(
    sending: impl Future<Output = T>,
    taking: impl Future<Output = U>,
    transfer: &Transfer,
) -> Result<(T, U)> {
    tokio::select! {
        ended = async { tokio::join!(sending, taking) } => Ok(ended),
        () = transfer.aborted() => Err(removed()),
    }
}

/// A file that was written for this.
fn of_file(file: std::fs::File) -> Chunks {
    let whole = tokio::spawn(async { Ok(()) });
    Box::pin(chunks(tokio::fs::File::from_std(file), whole))
}

/// Sends what is read to whoever takes it in, and then says that this was all.
async fn pass_on(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    transfer: &Transfer,
) -> std::io::Result<()> {
    let mut buffer = BytesMut::with_capacity(BUFFER);
    loop {
        buffer.clear();
        // Whoever reads no further says why itself.
        if from.read_buf(&mut buffer).await? == 0 || to.write_all(&buffer).await.is_err() {
            return Ok(());
        }
        transfer.moved();
    }
}

/// What a task writes, and at the end how it went.
fn chunks(
    from: impl AsyncRead + Send + Unpin,
    work: tokio::task::JoinHandle<Result<()>>,
) -> impl Stream<Item = Result<Bytes>> + Send {
    futures::stream::unfold(Some((from, work)), |state| async {
        let (mut from, work) = state?;
        let mut buffer = BytesMut::with_capacity(BUFFER);
        match from.read_buf(&mut buffer).await {
            Ok(0) => match work.await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some((Err(error), None)),
                Err(error) => Some((Err(tintype_sdk::Error::bug(error.to_string()).into()), None)),
            },
            Ok(_) => Some((Ok(buffer.freeze()), Some((from, work)))),
            Err(error) => {
                let why = tintype_sdk::os_text(&error);
                Some((Err(Error::Tree { what: "the container".to_owned(), why }), None))
            }
        }
    })
}
