//! Files into a container and out of it, as tar archives. They are packed and unpacked inside, where links mean what they mean there.

use bytes::{Bytes, BytesMut};
use futures::Stream;
use futures::stream::BoxStream;
use sandbox::TaskIo;
use serde::Serialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use super::{Container, host, pipe, tasks};
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
        let answer = self.inside(tasks::KIND, &path, TaskIo::default()).await?;
        tasks::from_bytes(tasks::KIND, &answer)
    }

    /// Unpacks a tar archive in a directory, which must exist.
    ///
    /// # Errors
    /// There is no such directory, it is no archive, or it cannot be written.
    pub async fn put(&self, dir: &str, mut tar: impl AsyncRead + Send + Unpin) -> Result<()> {
        let (mut to, input) = pipe::to_task()?;
        let task = self.inside(tasks::PUT, &dir, TaskIo { input: Some(input), output: None });
        let sending = async move {
            let mut buffer = BytesMut::with_capacity(BUFFER);
            loop {
                buffer.clear();
                match tar.read_buf(&mut buffer).await {
                    Ok(0) => return Ok(()),
                    Ok(_) => {}
                    Err(error) => return Err(error),
                }
                // A task that reads no further says why itself.
                if to.write_all(&buffer).await.is_err() {
                    return Ok(());
                }
            }
        };
        let (sent, done) = tokio::join!(sending, task);
        // A source that failed explains whatever else went wrong.
        sent.map_err(|error| Error::Tree { what: dir.to_owned(), why: tintype_sdk::os_text(&error) })?;
        done.map(drop)
    }

    /// A file or directory as a tar archive. With a slash at its end a link stands for what it leads to.
    ///
    /// # Errors
    /// The machine is gone. That there is no such file comes with the first chunk.
    pub async fn get(&self, path: &str) -> Result<Chunks> {
        self.archive(tasks::GET, &path).await
    }

    /// All its files as a tar archive, without what is mounted in it.
    ///
    /// # Errors
    /// The machine is gone.
    pub async fn export(&self) -> Result<Chunks> {
        self.archive(tasks::EXPORT, &()).await
    }

    async fn inside(&self, task: &'static str, args: &impl Serialize, io: TaskIo) -> Result<Vec<u8>> {
        let args = tasks::to_bytes(args)?;
        self.machine().await?.task(task, args, io).await.map_err(host::failed("the container"))
    }

    async fn archive(&self, task: &'static str, args: &impl Serialize) -> Result<Chunks> {
        let (from, output) = pipe::from_task()?;
        let (machine, args) = (self.machine().await?, tasks::to_bytes(args)?);
        let work = tokio::spawn(async move {
            let io = TaskIo { input: None, output: Some(output) };
            machine.task(task, args, io).await.map(drop).map_err(host::failed("the container"))
        });
        Ok(Box::pin(chunks(from, work)))
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
