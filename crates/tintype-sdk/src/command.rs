//! Programs on this host: the one place that starts them. Each gets a process group (a job object on Windows) of its own, which
//! ends with the program's task, so that nothing a script started stays behind.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use bytes::Bytes;
use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tintype_event::Stream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};
use tokio::sync::mpsc;

use crate::{BoxRead, Cx, Error, ExitStatus, Result, Running};

/// Chunks of output on their way; with 32 KiB each a command can be half a megabyte ahead of its reader.
const AHEAD: usize = 16;

/// Held for reading while a program is started.
static STARTING: std::sync::RwLock<()> = std::sync::RwLock::new(());

/// Does something while no program is being started. A script that is to be executed must be written in here: a program started at that
/// moment holds the open file for an instant, and the system executes no file that somebody has open for writing.
pub fn while_none_starts<T>(work: impl FnOnce() -> T) -> T {
    let _none = STARTING.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    work()
}

/// A program on this host, not yet started. The environment is the process's own with additions.
pub struct Command {
    cx: Cx,
    program: OsString,
    args: Vec<OsString>,
    env: BTreeMap<OsString, OsString>,
    cwd: Option<PathBuf>,
    stdin: Option<BoxRead>,
}

impl Command {
    pub(crate) fn new(cx: Cx, program: OsString) -> Self {
        let env = BTreeMap::from([("PACKER_RUN_UUID".into(), cx.world().run_uuid.clone().into())]);
        Self { cx, program, args: Vec::new(), env, cwd: None, stdin: None }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    pub fn args(mut self, args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.args.extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.env.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        self
    }

    /// Sets the working directory.
    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.cwd = Some(dir.as_ref().to_owned());
        self
    }

    /// What the program reads from standard input; nothing when not set.
    pub fn stdin(mut self, stdin: BoxRead) -> Self {
        self.stdin = Some(stdin);
        self
    }

    /// Starts it as a program that works for us and is spoken to by other ways than its output: a plugin. Cancellation does not reach it
    /// by itself; dropping what is returned ends it and what it started.
    pub fn serve(self) -> Result<Served> {
        let program = self.program.clone();
        let (mut child, _) = self.spawn().map_err(|error| not_started(&program, &error))?;
        let (stdin, stdout, stderr) = (child.stdin().take(), child.stdout().take(), child.stderr().take());
        let (Some(stdout), Some(stderr)) = (stdout, stderr) else {
            return Err(Error::bug("a program was started without its streams"));
        };
        Ok(Served { child, whole_group: true, stdin, stdout: Some(stdout), stderr: Some(stderr) })
    }

    fn spawn(self) -> std::io::Result<(Box<dyn ChildWrapper>, Option<BoxRead>)> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place")]
        let mut command = tokio::process::Command::new(&self.program);
        command.args(&self.args).envs(&self.env);
        if let Some(cwd) = &self.cwd {
            command.current_dir(cwd);
        }
        command.stdin(if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut wrap = CommandWrap::from(command);
        wrap.wrap(KillOnDrop);
        #[cfg(unix)]
        wrap.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        wrap.wrap(process_wrap::tokio::JobObject);
        if !crate::os::PRIVATE_PIPES {
            return Ok((while_none_starts(|| wrap.spawn())?, self.stdin));
        }
        let _starting = STARTING.read().unwrap_or_else(|poisoned| poisoned.into_inner());
        Ok((wrap.spawn()?, self.stdin))
    }

    /// Starts it. Output flows as it is read; dropping what is returned, or cancellation, ends the program and what it started.
    pub fn start(self) -> Result<Running> {
        let (program, cx) = (self.program.clone(), self.cx.clone());
        let (mut child, stdin) = self.spawn().map_err(|error| not_started(&program, &error))?;
        if let (Some(mut stdin), Some(mut to)) = (stdin, child.stdin().take()) {
            tokio::spawn(async move {
                // A program that stops reading early has what it wants.
                let _ = tokio::io::copy(&mut stdin, &mut to).await;
                let _ = to.shutdown().await;
            });
        }
        let (sender, output) = mpsc::channel(AHEAD);
        let mut readers = Vec::new();
        if let Some(stdout) = child.stdout().take() {
            readers.push(tokio::spawn(forward(stdout, Stream::Stdout, sender.clone())));
        }
        if let Some(stderr) = child.stderr().take() {
            readers.push(tokio::spawn(forward(stderr, Stream::Stderr, sender.clone())));
        }
        drop(sender);
        let mut guard = Guard { child, readers };
        let exit = Box::pin(async move {
            let status = tokio::select! {
                status = guard.child.wait() => status?,
                () = cx.cancel().cancelled() => return Err(Error::cancelled()),
            };
            guard.readers.clear();
            Ok(ExitStatus(crate::os::exit_code(status)))
        });
        Ok(Running { output, exit })
    }

    /// Runs it and gathers its output (at most 16 MiB of each stream).
    pub async fn gather(self) -> Result<(ExitStatus, Vec<u8>, Vec<u8>)> {
        let cx = self.cx.clone();
        let running = self.start()?;
        cx.wait(running.gather(16 << 20)).await?
    }

    /// Runs it and shows its output line by line.
    pub async fn show(self) -> Result<ExitStatus> {
        let cx = self.cx.clone();
        self.start()?.show(&cx).await
    }
}

/// A program that works for us.
pub struct Served {
    child: Box<dyn ChildWrapper>,
    whole_group: bool,
    /// What it reads, when it was given something to read.
    pub stdin: Option<ChildStdin>,
    /// What it writes. To be read to the end: a program whose output nobody reads stops.
    pub stdout: Option<ChildStdout>,
    /// The same for errors.
    pub stderr: Option<ChildStderr>,
}

impl Served {
    /// Its number, and that of its process group, while it runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// From now on only the program itself is ended, not what it started: that is meant to stay.
    pub fn spare_the_rest(&mut self) {
        self.whole_group = false;
    }

    /// Waits for its end. Gives the code, -1 when a signal ended it.
    pub async fn ended(&mut self) -> Result<ExitStatus> {
        let status = self.child.wait().await?;
        Ok(ExitStatus(crate::os::exit_code(status)))
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Harmless after the end. The program itself ends when its handle is dropped.
        if self.whole_group {
            let _ = self.child.start_kill();
        }
    }
}

/// Ends the process group when it is dropped before the program ended by itself.
struct Guard {
    child: Box<dyn ChildWrapper>,
    readers: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        // Harmless after the end; without it, what a cancelled script started in the background would go on.
        let _ = self.child.start_kill();
        for reader in &self.readers {
            reader.abort();
        }
    }
}

async fn forward(mut from: impl AsyncRead + Unpin, stream: Stream, to: mpsc::Sender<(Stream, Bytes)>) {
    let mut buffer = vec![0; 32 << 10];
    while let Ok(count) = from.read(&mut buffer).await {
        if count == 0 || to.send((stream, Bytes::copy_from_slice(&buffer[..count]))).await.is_err() {
            break;
        }
    }
}

fn not_started(program: &OsStr, error: &std::io::Error) -> Error {
    let name = program.to_string_lossy();
    match error.kind() {
        std::io::ErrorKind::NotFound if !name.contains(['/', '\\']) => {
            Error::environment(format!("exec: \"{name}\": executable file not found in $PATH"))
                .hint(format!("Install {name}, or put its directory into PATH."))
        }
        _ => Error::environment(format!("{name}: {error}")),
    }
}
