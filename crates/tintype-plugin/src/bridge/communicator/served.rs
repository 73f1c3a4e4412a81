//! A machine of ours, for the other side to use.

use std::path::Path;
use std::sync::{Arc, Mutex};

use gorpc::{Answer, Call, Fields, Mux, Stream, Value};
use tintype_event::Stream as Which;
use tintype_sdk::{Communicator, ExitStatus, RemoteCommand, Running};
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::mode;
use crate::bridge::finished;
use crate::bridge::screen::{FarScreen, shown};

/// Chunks of one of a command's streams that wait for its reader, so that the reader of the other need not wait for this one at once.
const AHEAD: usize = 64;

/// Gives the way to the machine as it is now.
pub(crate) type Current = Arc<dyn Fn() -> Arc<dyn Communicator> + Send + Sync>;

/// Serves a communicator. Commands that still run when this is dropped are given up.
pub(crate) struct CommunicatorServer {
    current: Current,
    mux: Mux,
    screen: Option<FarScreen>,
    commands: Mutex<JoinSet<()>>,
}

impl CommunicatorServer {
    /// `screen` is where the communicator tells things, if that is far: all of them are seen before an answer.
    pub(crate) fn new(current: Current, mux: Mux, screen: Option<FarScreen>) -> Self {
        Self { current, mux, screen, commands: Mutex::default() }
    }

    pub(crate) async fn answer(&self, call: &Call) -> Answer {
        let fields = call.fields()?;
        let done = match &*call.method {
            "Start" => self.start(&fields).await,
            "Upload" => self.upload(&fields).await,
            "UploadDir" => self.upload_dir(&fields).await,
            "Download" => self.download(&fields).await,
            "DownloadDir" => self.download_dir(&fields).await,
            _ => return Err(call.no_method()),
        };
        shown(self.screen.as_ref()).await;
        done.map(|()| Value::Nil)
    }

    async fn dial(&self, fields: &Fields, name: &str) -> Result<Option<Stream>, String> {
        match fields.stream(name).map_err(text)? {
            0 => Ok(None),
            id => self.mux.dial(id).await.map(Some).map_err(text),
        }
    }

    async fn start(&self, fields: &Fields) -> Result<(), String> {
        let command = fields.text("Command").map_err(text)?;
        let (stdin, stdout, stderr, response) = tokio::try_join!(
            self.dial(fields, "StdinStreamId"),
            self.dial(fields, "StdoutStreamId"),
            self.dial(fields, "StderrStreamId"),
            self.dial(fields, "ResponseStreamId"),
        )?;
        let stdin = stdin.map(|stream| Box::new(stream) as tintype_sdk::BoxRead);
        let running = (self.current)().start(RemoteCommand { command, stdin }).await.map_err(text)?;
        let mut commands = self.commands.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        while commands.try_join_next().is_some() {}
        commands.spawn(follow(running, stdout, stderr, response, self.screen.clone()));
        Ok(())
    }

    async fn upload(&self, fields: &Fields) -> Result<(), String> {
        let to = fields.text("Path").map_err(text)?;
        let stream = self.dial(fields, "ReaderStreamId").await?.ok_or("an upload has no content")?;
        (self.current)().upload(&to, Box::new(stream), mode::read(fields), &|_| ()).await.map_err(text)
    }

    async fn download(&self, fields: &Fields) -> Result<(), String> {
        let from = fields.text("Path").map_err(text)?;
        let mut stream = self.dial(fields, "WriterStreamId").await?.ok_or("a download has nowhere to go")?;
        let done = (self.current)().download(&from, &mut stream, &|_| ()).await.map_err(text);
        // An end in any case: the other side waits for one, and the answer says whether it was a good one.
        let ended = stream.shutdown().await.map_err(text);
        done.and(ended)
    }

    async fn upload_dir(&self, fields: &Fields) -> Result<(), String> {
        let (to, from) = (fields.text("Dst").map_err(text)?, fields.text("Src").map_err(text)?);
        let except = fields.texts("Exclude").map_err(text)?;
        (self.current)().upload_dir_except(&to, Path::new(&from), &except, &|_| ()).await.map_err(text)
    }

    async fn download_dir(&self, fields: &Fields) -> Result<(), String> {
        let (to, from) = (fields.text("Dst").map_err(text)?, fields.text("Src").map_err(text)?);
        let except = fields.texts("Exclude").map_err(text)?;
        (self.current)().download_dir_except(&from, Path::new(&to), &except, &|_| ()).await.map_err(text)
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

/// Brings a command's output and its end to the other side.
async fn follow(
    mut running: Running,
    stdout: Option<Stream>,
    stderr: Option<Stream>,
    response: Option<Stream>,
    screen: Option<FarScreen>,
) {
    let (out, out_task) = writer(stdout);
    let (err, err_task) = writer(stderr);
    while let Some((which, bytes)) = running.output.recv().await {
        let to = if which == Which::Stdout { &out } else { &err };
        // A reader that has had enough does not stop the command.
        let _ = to.send(bytes).await;
    }
    drop((out, err));
    let status = running.exit.await;
    let _ = tokio::join!(out_task, err_task);
    shown(screen.as_ref()).await;
    let Some(mut response) = response else { return };
    // Without a status the other side is to see that: the reset says so.
    if let Ok(ExitStatus(status)) = status {
        let _ = response.write_all(&finished::write(status)).await;
        let _ = response.shutdown().await;
    }
}

/// A task that writes to a stream, and the way to it. Without a stream everything is thrown away.
fn writer(stream: Option<Stream>) -> (mpsc::Sender<bytes::Bytes>, impl Future<Output = ()>) {
    let (sender, mut from) = mpsc::channel::<bytes::Bytes>(AHEAD);
    let task = async move {
        let mut stream = stream;
        while let Some(bytes) = from.recv().await {
            if let Some(to) = &mut stream
                && to.write_all(&bytes).await.is_err()
            {
                stream = None;
            }
        }
        if let Some(to) = &mut stream {
            // The reader may be gone.
            let _ = to.shutdown().await;
        }
    };
    let task = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(task));
    (sender, async move { task.await.unwrap_or_default() })
}
