//! Commands in a container, as communicators want them: output in pieces as it comes, and how it ended.

use std::time::Duration;

use bytes::Bytes;
use oci::Platform;
use sandbox::{Exec, Process, Stdin};
use tintype_event::Stream;
use tintype_sdk::{BoxRead, ExitStatus, Running};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot, watch};

use super::Container;
use crate::{Error, Result};

/// What the kernel says of a program that neither it nor an emulator can run.
const FOREIGN: &str = "Exec format error";

/// Read so much at once.
const BUFFER: usize = 64 << 10;

/// Pieces on their way to whoever shows them.
const AHEAD: usize = 16;

/// What a command left running may hold its output open for ever. After its end this long a silence is taken for the output's end.
const SILENCE: Duration = Duration::from_millis(50);

/// A command.
#[derive(Default)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// What is added to the container's environment.
    pub env: Vec<(String, String)>,
    /// The user; empty for the container's.
    pub user: String,
    /// Whether it gets a terminal.
    pub tty: bool,
    /// What it reads; nothing when absent.
    pub stdin: Option<BoxRead>,
}

impl Container {
    /// Runs a command. A program that is not there ends with 127 and the reason on its standard error, as a shell's would.
    ///
    /// # Errors
    /// The machine is gone, or this host no longer allows one.
    pub async fn exec(&self, command: Command) -> Result<Running> {
        let in_use = self.machine("the start of a command").await?;
        let run = &self.wish.run;
        let pair = |text: &String| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (name.to_owned(), value.to_owned())
        };
        let exec = Exec {
            argv: command.argv,
            env: run.env.iter().map(pair).chain(command.env).collect(),
            cwd: run.working_dir.clone(),
            user: if command.user.is_empty() { run.user.clone() } else { command.user },
            tty: command.tty,
            stdin: if command.stdin.is_some() { Stdin::Pipe } else { Stdin::Null },
        };
        match in_use.machine.exec(exec).await {
            Ok(process) => Ok(follow(process, command.stdin)),
            Err(sandbox::Error::Exec { text, .. }) if text.contains(FOREIGN) && self.is_foreign() => {
                Err(self.no_emulator())
            }
            Err(sandbox::Error::Exec { text, code }) => Ok(never_ran(&text, code)),
            Err(error) => Err(super::host::failed("the command")(error)),
        }
    }
}

impl Container {
    /// Whether its programs are for another processor than this host's.
    fn is_foreign(&self) -> bool {
        self.image.image.config.architecture != Platform::host().architecture
    }

    /// It is of a kind that nobody tries again.
    fn no_emulator(&self) -> Error {
        let (wanted, host) = (self.image.image.config.platform(), Platform::host());
        let architecture = &wanted.architecture;
        tintype_sdk::Error::user(format!("No command can be run in the container: this host ({host}) runs no programs for {wanted}"))
            .hint(format!(
                "Let the kernel run them with an emulator: `apt install qemu-user-static`, or `docker run --privileged --rm tonistiigi/binfmt \
                 --install {architecture}`."
            ))
            .hint("Without one, files can be put into the image, and `changes` and `output` work.")
            .into()
    }
}

/// What looks like a command that has ended at once.
fn never_ran(text: &str, code: i32) -> Running {
    let (sender, output) = mpsc::channel(1);
    // There is room for one.
    let _ = sender.try_send((Stream::Stderr, Bytes::from(format!("{text}\n"))));
    let status = ExitStatus(i64::from(code));
    Running { output, exit: Box::pin(async move { Ok(status) }) }
}

fn follow(mut process: Process, stdin: Option<BoxRead>) -> Running {
    let (sender, output) = mpsc::channel(AHEAD);
    let (ended, end) = watch::channel(false);
    if let (Some(mut from), Some(mut to)) = (stdin, process.stdin.take()) {
        let mut end = end.clone();
        tokio::spawn(async move {
            tokio::select! {
                // A command that stops reading early has what it wants.
                _ = tokio::io::copy(&mut from, &mut to) => { let _ = to.shutdown().await; }
                () = ended_by(&mut end) => {}
            }
        });
    }
    for (stream, end_of) in [(Stream::Stdout, &mut process.stdout), (Stream::Stderr, &mut process.stderr)] {
        let from = std::mem::replace(end_of, Box::new(tokio::io::empty()));
        tokio::spawn(pass_on(from, stream, sender.clone(), end.clone()));
    }
    let (tell, told) = oneshot::channel();
    tokio::spawn(async move {
        let status = process.wait().await;
        let _ = ended.send(true);
        // Whoever asked may have gone.
        let _ = tell.send(status);
    });
    let exit = Box::pin(async move {
        match told.await {
            Ok(Ok(status)) => Ok(ExitStatus(i64::from(status.code()))),
            // The machine ended, and the command with it.
            Ok(Err(_)) | Err(_) => Ok(ExitStatus::DISCONNECTED),
        }
    });
    Running { output, exit }
}

async fn ended_by(end: &mut watch::Receiver<bool>) {
    // Whoever would have told is gone: that is an end as well.
    let _ = end.wait_for(|ended| *ended).await;
}

async fn pass_on(
    mut from: impl AsyncRead + Unpin,
    stream: Stream,
    to: mpsc::Sender<(Stream, Bytes)>,
    mut end: watch::Receiver<bool>,
) {
    loop {
        let mut buffer = bytes::BytesMut::with_capacity(BUFFER);
        let ended = *end.borrow();
        let read = if ended {
            match tokio::time::timeout(SILENCE, from.read_buf(&mut buffer)).await {
                Ok(read) => read,
                Err(_) => return,
            }
        } else {
            tokio::select! {
                biased;
                read = from.read_buf(&mut buffer) => read,
                () = ended_by(&mut end) => continue,
            }
        };
        match read {
            Ok(0) | Err(_) => return,
            Ok(_) if to.send((stream, buffer.freeze())).await.is_err() => return,
            Ok(_) => {}
        }
    }
}
