//! Files into a container and out of it, as tar archives. They are packed and unpacked inside, where links mean what they mean there.

use bytes::{Buf as _, Bytes, BytesMut};
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
        if let Some(still) = &self.still {
            let path = path.to_owned();
            return Self::with_still(still, move |still| Ok(still.kind_of(&path))).await;
        }
        let answer = self.inside(tasks::KIND, &path, TaskIo::default()).await?;
        tasks::from_bytes(tasks::KIND, &answer)
    }

    /// Unpacks a tar archive in a directory, which must exist.
    ///
    /// # Errors
    /// There is no such directory, it is no archive, or it cannot be written.
    pub async fn put(&self, dir: &str, mut tar: impl AsyncRead + Send + Unpin) -> Result<()> {
        if let Some(still) = &self.still {
            let (sender, from) = received();
            let into = dir.to_owned();
            let putting = Self::with_still(still, move |still| still.put(&into, from));
            let (sent, done) = tokio::join!(pass_on(&mut tar, sender), putting);
            sent.map_err(|error| Error::Tree { what: dir.to_owned(), why: tintype_sdk::os_text(&error) })?;
            return done;
        }
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
        if let Some(still) = &self.still {
            let path = path.to_owned();
            return Ok(of_file(Self::with_still(still, move |still| still.get(&path)).await?));
        }
        self.archive(tasks::GET, &path).await
    }

    /// All its files as a tar archive, without what is mounted in it.
    ///
    /// # Errors
    /// The machine is gone.
    pub async fn export(&self) -> Result<Chunks> {
        if let Some(still) = &self.still {
            return Ok(of_file(Self::with_still(still, |still| still.export()).await?));
        }
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

/// A file that was written for this.
fn of_file(file: std::fs::File) -> Chunks {
    let whole = tokio::spawn(async { Ok(()) });
    Box::pin(chunks(tokio::fs::File::from_std(file), whole))
}

/// Bytes on their way to a thread that may wait for them.
struct Received {
    from: tokio::sync::mpsc::Receiver<Bytes>,
    rest: Bytes,
}

fn received() -> (tokio::sync::mpsc::Sender<Bytes>, Received) {
    let (sender, from) = tokio::sync::mpsc::channel(2);
    (sender, Received { from, rest: Bytes::new() })
}

impl std::io::Read for Received {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        while self.rest.is_empty() {
            match self.from.blocking_recv() {
                Some(bytes) => self.rest = bytes,
                None => return Ok(0),
            }
        }
        let count = self.rest.len().min(buffer.len());
        self.rest.copy_to_slice(buffer.get_mut(..count).unwrap_or_default());
        Ok(count)
    }
}

async fn pass_on(
    from: &mut (impl AsyncRead + Unpin),
    to: tokio::sync::mpsc::Sender<Bytes>,
) -> std::io::Result<()> {
    loop {
        let mut buffer = BytesMut::with_capacity(BUFFER);
        if from.read_buf(&mut buffer).await? == 0 || to.send(buffer.freeze()).await.is_err() {
            return Ok(());
        }
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
