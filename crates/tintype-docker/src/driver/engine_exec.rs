//! Commands in a container: two calls, one connection for the streams, and the status at the end.

use std::pin::Pin;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use futures::StreamExt;
use tintype_event::Stream;
use tintype_sdk::{BoxRead, ExitStatus, Result, Running};
use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};

use super::failure::status;
use super::{Engine, Exec};

/// Frames on their way to whoever shows them.
const AHEAD: usize = 16;

/// Read so much at once.
const BUFFER: usize = 64 << 10;

/// The longest time between two looks at a command whose streams have ended but which goes on.
const LONGEST_LOOK: Duration = Duration::from_millis(200);

impl Engine {
    pub(super) async fn start_exec(&self, container: &str, exec: Exec) -> Result<Running> {
        let config = ExecConfig {
            attach_stdin: Some(exec.stdin.is_some()),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(exec.tty),
            cmd: Some(exec.argv),
            user: Some(exec.user).filter(|user| !user.is_empty()),
            ..ExecConfig::default()
        };
        let id = self.docker.create_exec(container, config).await.map_err(|cause| self.explain(cause))?.id;
        let options = StartExecOptions { detach: false, tty: exec.tty, output_capacity: Some(BUFFER) };
        let started =
            self.docker.start_exec(&id, Some(options)).await.map_err(|cause| self.explain(cause))?;
        let (sender, output) = mpsc::channel(AHEAD);
        let (ended, end) = oneshot::channel();
        if let StartExecResults::Attached { output: mut frames, input } = started {
            let feeding = tokio::spawn(feed(exec.stdin, input));
            tokio::spawn(async move {
                while let Some(Ok(frame)) = frames.next().await {
                    let part = match frame {
                        LogOutput::StdErr { message } => (Stream::Stderr, message),
                        LogOutput::StdOut { message } | LogOutput::Console { message } => {
                            (Stream::Stdout, message)
                        }
                        LogOutput::StdIn { .. } => continue,
                    };
                    if sender.send(part).await.is_err() {
                        break;
                    }
                }
                feeding.abort();
                let _ = ended.send(());
            });
        }
        let docker = self.docker.clone();
        let host = self.endpoint.host.clone();
        let exit = Box::pin(async move {
            let _ = end.await;
            let mut look = Duration::from_millis(1);
            loop {
                let found = match docker.inspect_exec(&id).await {
                    Ok(found) => found,
                    // The container, and the command with it, is gone.
                    Err(cause) if status(&cause) == Some(404) => return Ok(ExitStatus::DISCONNECTED),
                    Err(cause) => return Err(super::failure::explain(cause, &host)),
                };
                if let (Some(false) | None, code) = (found.running, found.exit_code) {
                    return Ok(code.map_or(ExitStatus::DISCONNECTED, ExitStatus));
                }
                // A command may close its streams and go on.
                tokio::time::sleep(look).await;
                look = (look * 2).min(LONGEST_LOOK);
            }
        });
        Ok(Running { output, exit })
    }
}

/// Hands on what the command reads. Without anything to read the connection's own end is left open: closing it would end the
/// other direction on some transports.
async fn feed(stdin: Option<BoxRead>, mut input: Pin<Box<dyn AsyncWrite + Send>>) {
    match stdin {
        Some(mut stdin) => {
            // A command that stops reading early has what it wants.
            let _ = tokio::io::copy(&mut stdin, &mut input).await;
            let _ = input.shutdown().await;
            std::future::pending::<()>().await;
        }
        None => {
            let _held = input;
            std::future::pending::<()>().await;
        }
    }
}
