//! Commands in a container, each in a shell of its own that waits for more when its command has ended. The Engine takes a
//! twentieth of a second and more to start a program in a container, and provisioners clean up after every script: small commands
//! that can do no harm to each other go to the shell that is there already.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::future::BoxFuture;
use tintype_event::Stream;
use tintype_sdk::{BoxRead, ExitStatus, Result, Running};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::{Mutex, mpsc, oneshot};

use crate::driver::{Driver, Exec};

/// Programs whose commands may go to a shell that is there already: alone they read nothing, leave nothing running, and mean the same
/// when they are run twice.
const PROGRAMS: [&str; 4] = ["chmod", "rm", "mkdir", "true"];

/// Commands longer than this get a shell of their own: one that is there reads them byte by byte.
const LONGEST: usize = 4096;

/// A shell that takes longer over such a command was stopped by somebody.
const PATIENCE: Duration = Duration::from_secs(10);

/// Output on its way to whoever shows it.
const AHEAD: usize = 16;

/// The shells of one container.
pub(crate) struct Sessions {
    driver: Arc<dyn Driver>,
    container: String,
    user: String,
    /// The one that waits for more.
    idle: Mutex<Option<Session>>,
}

/// One shell, at work or waiting.
struct Session {
    stdin: DuplexStream,
    output: mpsc::Receiver<(Stream, Bytes)>,
    exit: BoxFuture<'static, Result<ExitStatus>>,
    /// What it writes on both streams after each command. Nobody else can know it.
    mark: Arc<[u8]>,
}

impl Sessions {
    /// For commands in this container as this user.
    pub fn new(driver: Arc<dyn Driver>, container: &str, user: &str) -> Self {
        Self { driver, container: container.to_owned(), user: user.to_owned(), idle: Mutex::new(None) }
    }

    /// Runs a command that reads nothing.
    pub async fn run(self: &Arc<Self>, command: &str) -> Result<Running> {
        if harmless(command)
            && let Some(running) = self.run_in_idle(command).await
        {
            return Ok(running);
        }
        let session = self.begin(command).await?;
        let (sender, output) = mpsc::channel(AHEAD);
        let (ended, end) = oneshot::channel();
        let sessions = self.clone();
        tokio::spawn(async move {
            // Whoever waited for the end may have gone.
            let _ = ended.send(sessions.follow(session, sender).await);
        });
        let exit = Box::pin(async move { end.await.unwrap_or(Ok(ExitStatus::DISCONNECTED)) });
        Ok(Running { output, exit })
    }

    async fn begin(&self, command: &str) -> Result<Session> {
        let mark = format!("\u{1}{}\u{1}", uuid::Uuid::new_v4().simple());
        // `echo`: not every shell has another way to write that is no program of its own.
        let script = format!(
            "({command}) </dev/null\n\
             echo \"{mark}$?\"; echo '{mark}' >&2\n\
             while IFS= read -r line; do eval \"$line\"; echo \"{mark}$?\"; echo '{mark}' >&2; done"
        );
        let (stdin, theirs) = tokio::io::duplex(LONGEST * 2);
        let theirs: BoxRead = Box::new(theirs);
        let exec = Exec { stdin: Some(theirs), ..Exec::new(&["/bin/sh", "-c", &script]).by(&self.user) };
        let Running { output, exit } = self.driver.exec(&self.container, exec).await?;
        Ok(Session { stdin, output, exit, mark: mark.into_bytes().into() })
    }

    /// Passes on what a command writes until it ends. Its shell waits for more then, unless it ended as well.
    async fn follow(&self, mut session: Session, to: mpsc::Sender<(Stream, Bytes)>) -> Result<ExitStatus> {
        let mut ends = Ends::new(&session.mark);
        loop {
            let Some((stream, bytes)) = session.output.recv().await else {
                // The shell itself ended: by a signal, or because the command made no sense to it.
                for part in ends.rest() {
                    let _ = to.send(part).await;
                }
                return session.exit.await;
            };
            if let Some(bytes) = ends.take(stream, bytes)
                && to.send((stream, bytes)).await.is_err()
            {
                // Nobody looks any more: the command is given up, and the shell with it.
                return Ok(ExitStatus::DISCONNECTED);
            }
            if let Some(status) = ends.status() {
                *self.idle.lock().await = Some(session);
                return Ok(status);
            }
        }
    }

    /// Runs a harmless command in the shell that waits, if there is one. Nothing when the shell is of no use any more: then the command
    /// may have run, which makes no difference.
    async fn run_in_idle(&self, command: &str) -> Option<Running> {
        let mut idle = self.idle.lock().await;
        let mut session = idle.take()?;
        let asked = tokio::time::timeout(PATIENCE, session.ask(command)).await;
        let (status, parts) = asked.ok()??;
        *idle = Some(session);
        drop(idle);
        let (sender, output) = mpsc::channel(parts.len().max(1));
        for part in parts {
            // There is room for all of them.
            let _ = sender.try_send(part);
        }
        Some(Running { output, exit: Box::pin(async move { Ok(status) }) })
    }

    /// Ends the shell that waits.
    pub async fn end(&self) {
        *self.idle.lock().await = None;
    }
}

impl Session {
    /// Runs one more command and gives its status and output. Nothing when the shell has ended.
    async fn ask(&mut self, command: &str) -> Option<(ExitStatus, Vec<(Stream, Bytes)>)> {
        self.stdin.write_all(format!("({command}) </dev/null\n").as_bytes()).await.ok()?;
        self.stdin.flush().await.ok()?;
        let mut ends = Ends::new(&self.mark);
        let mut parts = Vec::new();
        loop {
            let (stream, bytes) = self.output.recv().await?;
            parts.extend(ends.take(stream, bytes).map(|bytes| (stream, bytes)));
            if let Some(status) = ends.status() {
                return Some((status, parts));
            }
        }
    }
}

/// Looks for the end of a command's output on both streams.
pub(crate) struct Ends {
    mark: Arc<[u8]>,
    /// By stream: what may be the beginning of a mark.
    held: [BytesMut; 2],
    /// By stream: whether the mark has come.
    marked: [bool; 2],
    status: Option<ExitStatus>,
}

impl Ends {
    /// For a shell that writes this mark.
    pub fn new(mark: &Arc<[u8]>) -> Self {
        Self { mark: mark.clone(), held: Default::default(), marked: [false; 2], status: None }
    }

    /// Takes output, and gives the part of it that is the command's for certain.
    pub fn take(&mut self, stream: Stream, bytes: Bytes) -> Option<Bytes> {
        let index = usize::from(stream == Stream::Stderr);
        let (held, marked) = (self.held.get_mut(index)?, self.marked.get_mut(index)?);
        if *marked {
            // A number and a line end are still to come, or something that the command left running writes on.
            held.extend_from_slice(&bytes);
            self.read_status(stream);
            return None;
        }
        let first = self.mark.first().copied().unwrap_or_default();
        if held.is_empty() && !bytes.contains(&first) {
            return Some(bytes);
        }
        held.extend_from_slice(&bytes);
        let found = held.windows(self.mark.len()).position(|window| *window == *self.mark);
        let certain = match found {
            Some(at) => {
                *marked = true;
                at
            }
            None => {
                // The longest end that is a beginning of the mark is kept back.
                let longest = held.len().min(self.mark.len() - 1);
                let kept = (1..=longest).rev().find(|&length| held.ends_with(&self.mark[..length]));
                held.len() - kept.unwrap_or(0)
            }
        };
        let text = held.split_to(certain).freeze();
        if found.is_some() {
            self.read_status(stream);
        }
        (!text.is_empty()).then_some(text)
    }

    fn read_status(&mut self, stream: Stream) {
        if stream == Stream::Stdout
            && self.status.is_none()
            && let Some(rest) = self.held[0].get(self.mark.len()..)
            && let Some(end) = rest.iter().position(|&byte| byte == b'\n')
        {
            let number = std::str::from_utf8(&rest[..end]).ok().and_then(|number| number.trim().parse().ok());
            self.status = Some(number.map_or(ExitStatus::DISCONNECTED, ExitStatus));
        }
    }

    /// How the command ended, once both streams have come to their end.
    pub fn status(&self) -> Option<ExitStatus> {
        self.status.filter(|_| self.marked == [true; 2])
    }

    /// What was kept back, when no mark comes any more.
    pub fn rest(&mut self) -> Vec<(Stream, Bytes)> {
        let streams = [Stream::Stdout, Stream::Stderr].into_iter();
        let held = std::mem::take(&mut self.held).into_iter().zip(self.marked);
        let rest = streams.zip(held).filter(|(_, (held, marked))| !marked && !held.is_empty());
        rest.map(|(stream, (held, _))| (stream, held.freeze())).collect()
    }
}

/// Whether a command may go to a shell that is there already: one program of the list, no character that a shell would do more with
/// than tell words apart.
pub(crate) fn harmless(command: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@% '".contains(c);
    let mut words = command.split(' ').filter(|word| !word.is_empty());
    let known = words.next().is_some_and(|program| PROGRAMS.contains(&program));
    known
        && command.len() <= LONGEST
        && command.chars().all(plain)
        && command.matches('\'').count().is_multiple_of(2)
        // Anything that asks before it acts, or acts on whole trees, is not small.
        && words.all(|word| !word.starts_with('-') || matches!(word, "-f" | "-p" | "-m" | "--"))
}
