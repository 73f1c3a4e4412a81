//! Machines as callers have them.

use super::changes::{self, Places};
use super::forbidden::no_machine;
use super::helpers::{self, Carrier, Search};
use super::link::{Answers, Link, watch};
use super::outside::task_outside;
use super::wire::{Answer, Begin, Failure, Parcel, Request, Step, pair};
use super::{network, role};
use crate::{Abilities, Error, Exec, ExitStatus, Ids, Launcher, Overlay, Result, Spec, Stdin, TaskIo};
use std::io::{self, Read};
use std::os::fd::{AsFd, OwnedFd};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

/// How long a machine may take to be gone after it said that it stops.
const GOODBYE: Duration = Duration::from_secs(10);

/// A running machine. Dropping it ends everything in it at once.
#[derive(Debug)]
pub struct Sandbox {
    parts: Parts,
    /// What remains to be done for the upper directory when it has stopped.
    after: Option<After>,
}

/// What it takes to leave an upper directory as overlayfs does.
#[derive(Debug)]
struct After {
    launcher: Launcher,
    abilities: Abilities,
    places: Places,
}

struct Parts {
    link: Arc<Link>,
    keeper: Child,
    /// What the keeper and pid 1 wrote when they failed badly.
    errors: std::io::PipeReader,
    /// Carries the network's packets; it ends when dropped.
    carrier: Option<Carrier>,
    delivering: Option<JoinHandle<()>>,
    general: Answers,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("keeper", &self.keeper.id()).finish_non_exhaustive()
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        self.link.close();
        if let Some(task) = &self.delivering {
            task.abort();
        }
    }
}

/// Why a machine did not start: told by it, or ours.
#[derive(Debug)]
pub(super) enum Unable {
    Failure(Failure),
    Other(Error),
}

impl From<Error> for Unable {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Starts our own program in a role, with one end of a socket; the other is returned.
#[expect(
    clippy::disallowed_methods,
    reason = "this library knows no builds; the machine owns what it starts"
)]
pub(super) fn launch(launcher: &Launcher, role: &str) -> Result<(Link, Child, std::io::PipeReader)> {
    let (ours, theirs) = pair()?;
    let (errors, errors_end) = io::pipe().map_err(|error| Error::io("cannot make a pipe", error))?;
    let keeper = Command::new(&launcher.program)
        .arg(&launcher.word)
        .arg(role)
        .stdin(Stdio::from(theirs))
        .stdout(Stdio::null())
        .stderr(Stdio::from(errors_end))
        // An interrupt at the terminal is for the caller, who decides what becomes of the machine.
        .process_group(0)
        .spawn()
        .map_err(|error| Error::io(format!("cannot start {} again", launcher.program.display()), error))?;
    Ok((Link::new(ours)?, keeper, errors))
}

/// What a keeper said before it went, if anything.
pub(super) fn last_words(mut errors: &std::io::PipeReader) -> String {
    let mut text = Vec::new();
    let flags = rustix::fs::fcntl_getfl(errors).map(|flags| flags | rustix::fs::OFlags::NONBLOCK);
    if flags.and_then(|flags| rustix::fs::fcntl_setfl(errors, flags)).is_ok() {
        let mut part = [0; 4096];
        while let Ok(length @ 1..) = errors.read(&mut part) {
            text.extend(part.iter().take(length));
        }
    }
    let text = String::from_utf8_lossy(&text);
    let text = text.trim();
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

impl Sandbox {
    /// Makes and starts a machine. `abilities` are what [`crate::probe`] found for the same user and filesystem.
    ///
    /// To be called, as everything here, within a tokio runtime. When the future is dropped, what was made so far goes away.
    pub async fn start(launcher: &Launcher, spec: &Spec, abilities: &Abilities) -> Result<Self> {
        if let Err(forbidden) = &abilities.user_namespaces {
            return Err(Error::Forbidden(forbidden.clone()));
        }
        Self::begin(launcher, spec, abilities, false).await.map_err(|unable| match unable {
            // Whatever was allowed when we asked, now it is not.
            Unable::Failure(failure)
                if matches!(failure.step, Step::UserNamespace | Step::Namespaces | Step::Proc) =>
            {
                Error::Forbidden(no_machine(&failure, abilities.root))
            }
            Unable::Failure(failure) => Error::Start(failure.text),
            Unable::Other(error) => error,
        })
    }

    /// The same, with failures that say where; `trial` tests the tree, too.
    pub(super) async fn begin(
        launcher: &Launcher,
        spec: &Spec,
        abilities: &Abilities,
        trial: bool,
    ) -> Result<Self, Unable> {
        let network = network::wanted(spec, abilities);
        let begin = Begin {
            word: launcher.word.clone(),
            spec: spec.clone(),
            abilities: abilities.clone(),
            resolver: network::resolver(&network),
            trial,
        };
        let (link, keeper, errors) = launch(launcher, role::KEEPER)?;
        let link = Arc::new(link);
        let general = link.expect_general();
        let mut parts = Parts { link, keeper, errors, carrier: None, delivering: None, general };
        parts.lead(launcher, begin).await?;
        parts.delivering = Some(tokio::spawn(Arc::clone(&parts.link).deliver()));
        let after = (abilities.overlay != Overlay::Kernel).then(|| After {
            launcher: launcher.clone(),
            abilities: abilities.clone(),
            places: Places {
                work: spec.work.clone(),
                upper: spec.upper.clone(),
                overlay: abilities.overlay.clone(),
                root: abilities.root,
            },
        });
        Ok(Self { parts, after })
    }

    /// Starts a program.
    pub async fn exec(&self, exec: Exec) -> Result<Process> {
        let link = &self.parts.link;
        let (id, mut answers) = link.expect();
        let pipe = || io::pipe().map_err(|error| Error::io("cannot make a pipe", error));
        let (mut stdin, mut ours) = (None, None);
        let mut theirs: Vec<OwnedFd> = Vec::new();
        if !exec.tty {
            if exec.stdin == Stdin::Pipe {
                let (read, write) = pipe()?;
                theirs.push(read.into());
                let sender = pipe::Sender::from_owned_fd(write.into());
                stdin = Some(sender.map_err(|error| Error::io("cannot watch a pipe", error))?);
            } else {
                let null = std::fs::File::open("/dev/null");
                theirs.push(null.map_err(|error| Error::io("cannot open /dev/null", error))?.into());
            }
            let mut outputs = Vec::new();
            for _ in 0..2 {
                let (read, write) = pipe()?;
                theirs.push(write.into());
                let receiver = pipe::Receiver::from_owned_fd(read.into());
                outputs.push(receiver.map_err(|error| Error::io("cannot watch a pipe", error))?);
            }
            ours = outputs.pop().zip(outputs.pop());
        }
        let reads = exec.stdin == Stdin::Pipe;
        link.send(&Request::Exec { id, exec }, &[], theirs.iter().map(AsFd::as_fd).collect()).await?;
        drop(theirs);
        let Some(Parcel { message, files, .. }) = answers.recv().await else { return Err(self.gone()) };
        let pid = match message {
            Answer::Started { pid, .. } => pid,
            Answer::Refused { text, code, .. } => return Err(Error::Exec { text, code }),
            _ => return Err(Error::Gone(": it answered what was not asked".to_owned())),
        };
        let process = |stdin, stdout, stderr| Process {
            stdin,
            stdout,
            stderr,
            pid,
            answers,
            status: None,
            link: Arc::clone(link),
        };
        if let Some((stderr, stdout)) = ours {
            let stdin = stdin.map(|stdin| -> Box<dyn AsyncWrite + Send + Unpin> { Box::new(stdin) });
            return Ok(process(stdin, Box::new(stdout), Box::new(stderr)));
        }
        let terminal =
            files.into_iter().next().ok_or_else(|| Error::Gone(": it gave no terminal".to_owned()))?;
        let terminal =
            Terminal::new(terminal).map_err(|error| Error::io("cannot watch a terminal", error))?;
        let stdin = reads.then(|| -> Box<dyn AsyncWrite + Send + Unpin> { Box::new(terminal.clone()) });
        Ok(process(stdin, Box::new(terminal), Box::new(tokio::io::empty())))
    }

    /// Runs a function of ours in the machine, as its root: see [`crate::Task`].
    pub async fn task(&self, name: &str, args: Vec<u8>, io: TaskIo) -> Result<Vec<u8>> {
        let (id, answers) = self.parts.link.expect();
        task(&self.parts.link, id, answers, name, &args, &io).await?.ok_or_else(|| self.gone())
    }

    /// How many processes there are beside pid 1.
    pub async fn processes(&self) -> Result<u32> {
        let (id, mut answers) = self.parts.link.expect();
        self.parts.link.send(&Request::Count { id }, &[], Vec::new()).await?;
        match answers.recv().await.map(|parcel| parcel.message) {
            Some(Answer::Counted { processes, .. }) => Ok(processes),
            _ => Err(self.gone()),
        }
    }

    /// Ends everything in the machine (first by the word to end, a moment later by force) and takes it down; nothing of it is left then
    /// but what changed, in the upper directory.
    pub async fn stop(mut self) -> Result<()> {
        // A machine that is gone already has been stopped, too.
        if self.parts.link.send(&Request::Stop, &[], Vec::new()).await.is_ok() {
            _ = tokio::time::timeout(GOODBYE, self.parts.general.recv()).await;
        }
        self.parts.link.close();
        if tokio::time::timeout(GOODBYE, self.parts.keeper.wait()).await.is_err() {
            self.parts.keeper.kill().await.map_err(|error| Error::io("cannot end the machine", error))?;
        }
        if let Some(carrier) = self.parts.carrier.take() {
            carrier.end().await;
        }
        if let Some(After { launcher, abilities, places }) = &self.after {
            let args = serde_json::to_vec(places).map_err(|error| Error::Task(error.to_string()))?;
            task_outside(launcher, abilities, changes::TASK, args, TaskIo::default()).await?;
        }
        Ok(())
    }

    fn gone(&self) -> Error {
        Error::Gone(last_words(&self.parts.errors))
    }
}

/// Asks for a task; nothing when the other side is gone.
pub(super) async fn task(
    link: &Link,
    id: u64,
    mut answers: Answers,
    name: &str,
    args: &[u8],
    io: &TaskIo,
) -> Result<Option<Vec<u8>>> {
    let files = io.input.iter().chain(&io.output).map(AsFd::as_fd).collect();
    let request =
        Request::Task { id, name: name.to_owned(), input: io.input.is_some(), output: io.output.is_some() };
    link.send(&request, args, files).await?;
    match answers.recv().await {
        Some(Parcel { message: Answer::Done { .. }, body, .. }) => Ok(Some(body)),
        Some(Parcel { message: Answer::TaskFailed { text, .. }, .. }) => Err(Error::Task(text)),
        _ => Ok(None),
    }
}

impl Parts {
    /// Leads the keeper, then pid 1, until the machine serves.
    async fn lead(&mut self, launcher: &Launcher, begin: Begin) -> Result<(), Unable> {
        let request = Request::Begin(Box::new(begin));
        // Once for the keeper, once for pid 1.
        self.link.send(&request, &[], Vec::new()).await?;
        let Request::Begin(begin) = &request else { return Err(Error::Gone(String::new()).into()) };
        let network = network::wanted(&begin.spec, &begin.abilities);
        let mut asks = usize::from(matches!(begin.abilities.ids, Ids::Range { .. }));
        asks += usize::from(matches!(network, network::Resolved::Helper(_)));
        if asks == 0 {
            self.link.send(&request, &[], Vec::new()).await?;
        }
        let search = Search::new(&launcher.search);
        loop {
            let Some(parcel) = self.link.receive().await else {
                return Err(Error::Start(format!("it ended at once{}", last_words(&self.errors))).into());
            };
            let keeper = self.keeper.id().unwrap_or_default();
            match parcel.message {
                Answer::Map => helpers::map(&search, keeper, &begin.abilities.ids)
                    .await
                    .map_err(|text| Unable::Failure(Failure::said(Step::Ids, text)))?,
                Answer::Net => {
                    let network::Resolved::Helper(net) = &network else { continue };
                    let carrier = Carrier::start(launcher, net, keeper).await;
                    self.carrier =
                        Some(carrier.map_err(|text| Unable::Failure(Failure::said(Step::Network, text)))?);
                }
                Answer::Failed(failure) => return Err(Unable::Failure(failure)),
                Answer::Ready => return Ok(()),
                _ => continue,
            }
            self.link.send(&Request::Go, &[], Vec::new()).await?;
            asks = asks.saturating_sub(1);
            if asks == 0 {
                self.link.send(&request, &[], Vec::new()).await?;
            }
        }
    }
}

/// A program that runs in a machine. Dropping it leaves it running.
pub struct Process {
    /// What it reads, when that was asked for. Closing it (dropping) is the end of its input; a terminal has no such end.
    pub stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    /// What it writes; on a terminal, everything.
    pub stdout: Box<dyn AsyncRead + Send + Unpin>,
    /// What it writes as errors.
    pub stderr: Box<dyn AsyncRead + Send + Unpin>,
    /// Its number in the machine.
    pub pid: u32,
    answers: Answers,
    status: Option<ExitStatus>,
    link: Arc<Link>,
}

impl std::fmt::Debug for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Process")
            .field("pid", &self.pid)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Process {
    /// Waits for its end. Output may still be on its way then, or be written by what it started.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        match self.answers.recv().await.map(|parcel| parcel.message) {
            Some(Answer::Ended { status, .. }) => Ok(*self.status.insert(status)),
            _ => Err(Error::Gone(String::new())),
        }
    }

    /// Sends a signal to it and what it started, as far as that stayed in its process group.
    pub async fn kill(&self, signal: i32) -> Result<()> {
        self.link.signal(self.pid, signal).await
    }
}

/// Our end of a terminal.
#[derive(Clone)]
struct Terminal(Arc<AsyncFd<OwnedFd>>);

impl Terminal {
    fn new(fd: OwnedFd) -> io::Result<Self> {
        let flags = rustix::fs::fcntl_getfl(&fd)?;
        rustix::fs::fcntl_setfl(&fd, flags | rustix::fs::OFlags::NONBLOCK)?;
        Ok(Self(Arc::new(watch(fd)?)))
    }
}

impl AsyncRead for Terminal {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.0.poll_read_ready(cx))?;
            let read = guard.try_io(|fd| Ok(rustix::io::read(fd.get_ref(), buf.initialize_unfilled())?));
            match read {
                Ok(Ok(length)) => {
                    buf.advance(length);
                    return Poll::Ready(Ok(()));
                }
                // Nobody has the other end open any more: the end, for a terminal.
                Ok(Err(error)) if error.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()) => {
                    return Poll::Ready(Ok(()));
                }
                Ok(Err(error)) => return Poll::Ready(Err(error)),
                Err(_would_block) => {}
            }
        }
    }
}

impl AsyncWrite for Terminal {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.0.poll_write_ready(cx))?;
            if let Ok(written) = guard.try_io(|fd| Ok(rustix::io::write(fd.get_ref(), bytes)?)) {
                return Poll::Ready(written);
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
