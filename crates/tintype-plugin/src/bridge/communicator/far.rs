//! A machine behind the wire.

use std::path::Path;

use async_trait::async_trait;
use bytes::BytesMut;
use futures::future::{Either, select};
use gorpc::{CallError, Client, Expected, Mux, Value};
use tintype_event::Stream as Which;
use tintype_sdk::{
    BoxRead, Communicator, Error, ExitStatus, FileMeta, OnBytes, RemoteCommand, Result, Running,
};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::mode;
use crate::bridge::finished;
use crate::bridge::pump::{CHUNK, pump};

/// Chunks of output on their way to whoever reads it.
const AHEAD: usize = 4;

/// A machine behind the wire.
#[derive(Clone)]
pub(crate) struct FarCommunicator {
    client: Client,
    mux: Mux,
}

impl FarCommunicator {
    pub(crate) fn new(client: Client, mux: Mux) -> Self {
        Self { client, mux }
    }

    /// Calls a method that moves the content of one file over a stream of its own. What the machine says counts more than what became of
    /// the stream.
    async fn with_stream<F>(
        &self,
        method: &str,
        argument: Value,
        work: impl Future<Output = F> + Send,
    ) -> Result<()>
    where
        F: Into<std::io::Result<()>> + Send,
    {
        let (call, work) = (self.client.call(method, &argument), work);
        tokio::pin!(call, work);
        match select(call, work).await {
            Either::Left((answer, work)) => {
                answer.map_err(failed)?;
                work.await.into()?;
            }
            Either::Right((done, call)) => {
                call.await.map_err(failed)?;
                done.into()?;
            }
        }
        Ok(())
    }

    async fn plain(&self, method: &str, argument: Value) -> Result<()> {
        self.client.call(method, &argument).await.map(drop).map_err(failed)
    }
}

/// Whatever fails here is the way to the machine: how a command ended is no failure.
fn failed(error: CallError) -> Error {
    match error {
        CallError::Refused(text) | CallError::Lost(text) => Error::environment(text),
    }
}

/// The paths of a directory that is on the side of the machine's communicator.
fn local(path: &Path) -> Result<Value> {
    // A trailing separator means something, and is part of the text.
    path.to_str().map(Value::from).ok_or_else(|| Error::user(format!("{} is no UTF-8", path.display())))
}

#[async_trait]
impl Communicator for FarCommunicator {
    fn kind(&self) -> &'static str {
        "plugin"
    }

    async fn start(&self, command: RemoteCommand) -> Result<Running> {
        let stdin = command.stdin.as_ref().map(|_| self.mux.announce());
        let (stdout, stderr, response) = (self.mux.announce(), self.mux.announce(), self.mux.announce());
        let argument = Value::record([
            ("Command", command.command.as_str().into()),
            ("StdinStreamId", stdin.as_ref().map_or(0, Expected::id).into()),
            ("StdoutStreamId", stdout.id().into()),
            ("StderrStreamId", stderr.id().into()),
            ("ResponseStreamId", response.id().into()),
        ]);
        let call = async { self.client.call("Communicator.Start", &argument).await.map_err(failed) };
        let streams = async {
            let stdin = async {
                match stdin {
                    Some(stdin) => stdin.accept().await.map(Some),
                    None => Ok(None),
                }
            };
            tokio::try_join!(stdin, stdout.accept(), stderr.accept(), response.accept()).map_err(Error::from)
        };
        let (_, (stdin, stdout, stderr, mut response)) = tokio::try_join!(call, streams)?;
        let mut tasks = Vec::new();
        if let (Some(mut from), Some(mut to)) = (command.stdin, stdin) {
            tasks.push(AbortOnDropHandle::new(tokio::spawn(async move {
                // A command that stops reading early has what it wants.
                let _ = pump(&mut from, &mut to, |_| ()).await;
                let _ = to.shutdown().await;
            })));
        }
        let (sender, output) = mpsc::channel(AHEAD);
        tokio::spawn(forward(stdout, Which::Stdout, sender.clone()));
        tokio::spawn(forward(stderr, Which::Stderr, sender));
        let exit = async move {
            let mut message = Vec::new();
            // A message that does not come counts as an unknown end.
            let _ = (&mut response).take(4096).read_to_end(&mut message).await;
            let _ = response.shutdown().await;
            drop(tasks);
            Ok(ExitStatus(finished::read(&message)))
        };
        let exit = AbortOnDropHandle::new(tokio::spawn(exit));
        Ok(Running {
            output,
            exit: Box::pin(async move { exit.await.unwrap_or(Ok(ExitStatus(finished::UNKNOWN))) }),
        })
    }

    async fn upload(&self, to: &str, from: BoxRead, meta: FileMeta, progress: OnBytes<'_>) -> Result<()> {
        let (mut from, meta) = sized(from, meta).await?;
        let expected = self.mux.announce();
        let argument = Value::record([
            ("Path", to.into()),
            ("ReaderStreamId", expected.id().into()),
            ("FileInfo", mode::write(to, meta)),
        ]);
        let work = async {
            let mut stream = expected.accept().await?;
            pump(&mut from, &mut stream, progress).await?;
            stream.shutdown().await
        };
        self.with_stream("Communicator.Upload", argument, work).await
    }

    async fn upload_dir(&self, to: &str, from: &Path, progress: OnBytes<'_>) -> Result<()> {
        self.upload_dir_except(to, from, &[], progress).await
    }

    async fn upload_dir_except(
        &self,
        to: &str,
        from: &Path,
        except: &[String],
        _: OnBytes<'_>,
    ) -> Result<()> {
        let except = Value::texts(except);
        let argument = Value::record([("Dst", to.into()), ("Src", local(from)?), ("Exclude", except)]);
        self.plain("Communicator.UploadDir", argument).await
    }

    async fn download(
        &self,
        from: &str,
        to: &mut (dyn AsyncWrite + Send + Unpin),
        progress: OnBytes<'_>,
    ) -> Result<()> {
        let expected = self.mux.announce();
        let argument = Value::record([("Path", from.into()), ("WriterStreamId", expected.id().into())]);
        let work = async {
            let mut stream = expected.accept().await?;
            pump(&mut stream, to, progress).await?;
            stream.shutdown().await
        };
        self.with_stream("Communicator.Download", argument, work).await
    }

    async fn download_dir(&self, from: &str, to: &Path, progress: OnBytes<'_>) -> Result<()> {
        self.download_dir_except(from, to, &[], progress).await
    }

    async fn download_dir_except(
        &self,
        from: &str,
        to: &Path,
        except: &[String],
        _: OnBytes<'_>,
    ) -> Result<()> {
        let except = Value::texts(except);
        let argument = Value::record([("Dst", local(to)?), ("Src", from.into()), ("Exclude", except)]);
        self.plain("Communicator.DownloadDir", argument).await
    }
}

/// Go tells of a file all or nothing: where the mode matters the size must be known, too.
async fn sized(mut from: BoxRead, meta: FileMeta) -> Result<(BoxRead, FileMeta)> {
    if meta.mode.is_none() || meta.size.is_some() {
        return Ok((from, meta));
    }
    let mut kept = tokio::fs::File::from_std(tempfile::tempfile()?);
    pump(&mut from, &mut kept, |_| ()).await?;
    let size = kept.stream_position().await?;
    kept.rewind().await?;
    Ok((Box::new(kept), FileMeta { size: Some(size), ..meta }))
}

/// Gives output on until its end, or until nobody reads it.
async fn forward(mut from: gorpc::Stream, which: Which, to: mpsc::Sender<(Which, bytes::Bytes)>) {
    let mut buffer = BytesMut::new();
    loop {
        buffer.reserve(CHUNK);
        match from.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(_) => {
                if to.send((which, buffer.split().freeze())).await.is_err() {
                    // Nobody reads: the reset tells the other side.
                    return;
                }
            }
        }
    }
    let _ = from.shutdown().await;
}
