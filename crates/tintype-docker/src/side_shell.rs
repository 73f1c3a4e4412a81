//! Small commands made cheap: the Engine takes a twentieth of a second and more to start a program in a container, and provisioners
//! surround every script with commands such as `chmod` and `rm`. One shell per machine waits for those that can do no harm to each
//! other: single programs of a short list that read nothing, leave nothing behind and mean the same when they are run twice.
//! Everything else gets a process of its own.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tintype_event::Stream;
use tintype_sdk::{BoxRead, ExitStatus, Running};
use tokio::io::{AsyncWriteExt, DuplexStream};
use tokio::sync::{Mutex, mpsc};

use crate::driver::{Driver, Exec};

/// Programs whose commands may share a shell.
const PROGRAMS: [&str; 4] = ["chmod", "rm", "mkdir", "true"];

/// What the shell writes after a command, on both streams.
const MARK: &str = "\u{1}tintype\u{1}";

/// Commands longer than this get a process of their own: the shell reads them into its memory.
const LONGEST: usize = 4096;

/// A shell that takes longer over such a command was stopped by somebody.
const PATIENCE: Duration = Duration::from_secs(10);

/// The shell of one machine. Started with the first command that can use it.
pub(crate) struct SideShell {
    driver: Arc<dyn Driver>,
    container: String,
    user: String,
    state: Mutex<State>,
}

enum State {
    /// Nobody has needed it yet.
    Waiting,
    /// It waits for a command.
    Ready(Shell),
    /// It ended, or cannot be had.
    Gone,
}

struct Shell {
    stdin: DuplexStream,
    output: mpsc::Receiver<(Stream, Bytes)>,
}

impl SideShell {
    /// For commands in this container as this user.
    pub fn new(driver: Arc<dyn Driver>, container: &str, user: &str) -> Self {
        Self {
            driver,
            container: container.to_owned(),
            user: user.to_owned(),
            state: Mutex::new(State::Waiting),
        }
    }

    /// Runs a command, if it is one of those that may share a shell. Nothing when it is not, or when the shell is not to be had: then
    /// it may have run already, which for these commands makes no difference.
    pub async fn run(&self, command: &str) -> Option<Running> {
        if !harmless(command) {
            return None;
        }
        let mut state = self.state.lock().await;
        let mut shell = match std::mem::replace(&mut *state, State::Gone) {
            State::Ready(shell) => shell,
            State::Waiting => self.begin().await?,
            State::Gone => return None,
        };
        let (status, parts) = tokio::time::timeout(PATIENCE, shell.ask(command)).await.ok()??;
        *state = State::Ready(shell);
        drop(state);
        let (sender, output) = mpsc::channel(parts.len().max(1));
        for part in parts {
            // There is room for all of them.
            let _ = sender.try_send(part);
        }
        Some(Running { output, exit: Box::pin(async move { Ok(status) }) })
    }

    /// Starts the shell while something else goes on: after an upload there will be a command for it.
    pub fn warm(self: &Arc<Self>) {
        let shell = self.clone();
        tokio::spawn(async move {
            let mut state = shell.state.lock().await;
            if matches!(*state, State::Waiting) {
                *state = shell.begin().await.map_or(State::Gone, State::Ready);
            }
        });
    }

    async fn begin(&self) -> Option<Shell> {
        let (stdin, theirs) = tokio::io::duplex(LONGEST * 2);
        let stdin_of_shell: BoxRead = Box::new(theirs);
        let exec = Exec {
            argv: vec!["/bin/sh".into()],
            user: self.user.clone(),
            tty: false,
            stdin: Some(stdin_of_shell),
        };
        let running = self.driver.exec(&self.container, exec).await.ok()?;
        Some(Shell { stdin, output: running.output })
    }

    /// Ends the shell.
    pub async fn end(&self) {
        *self.state.lock().await = State::Waiting;
    }
}

impl Shell {
    /// Runs one command and gives its status and output. Nothing when the shell has ended.
    async fn ask(&mut self, command: &str) -> Option<(ExitStatus, Vec<(Stream, Bytes)>)> {
        let line = format!("({command}) </dev/null; printf '{MARK}%d\\n' $?; printf '{MARK}\\n' >&2\n");
        self.stdin.write_all(line.as_bytes()).await.ok()?;
        self.stdin.flush().await.ok()?;
        let mut parts = Vec::new();
        // Both streams end with a mark; which one comes first is not said.
        let mut rest = [Vec::new(), Vec::new()];
        let mut status = None;
        let mut quiet = false;
        while status.is_none() || !quiet {
            let (stream, bytes) = self.output.recv().await?;
            let buffer = rest.get_mut(usize::from(stream == Stream::Stderr))?;
            buffer.extend_from_slice(&bytes);
            let Some(at) = find(buffer, MARK.as_bytes()) else { continue };
            let tail = buffer.get(at + MARK.len()..)?;
            let Some(number) = tail.strip_suffix(b"\n") else { continue };
            if stream == Stream::Stderr {
                quiet = true;
            } else {
                status = Some(ExitStatus(std::str::from_utf8(number).ok()?.parse().ok()?));
            }
            buffer.truncate(at);
            if !buffer.is_empty() {
                parts.push((stream, Bytes::from(std::mem::take(buffer))));
            }
        }
        Some((status?, parts))
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Whether a command may share a shell: one program of the list, no character that a shell would do more with than tell words apart.
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
