//! One process of a plugin: started, greeted, its output read for as long as it lives, ended when nobody needs it.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use gorpc::{Mux, Side};
use tintype_event::EventKind;
use tintype_sdk::{Cancel, Cx, Error, ExitStatus, Nobody, Policy, Result, Served};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::ChildStdout;

use super::guard::AtWork;
use super::handshake::{self, Address};
use super::{Launch, os};
use crate::cookie::COOKIE;

/// The ports that a plugin may take where there are no sockets in the file system.
const PORTS: [(&str, &str); 2] = [("PACKER_PLUGIN_MIN_PORT", "10000"), ("PACKER_PLUGIN_MAX_PORT", "25000")];

/// How long a plugin may take to say where it waits.
const GREETING: Duration = Duration::from_secs(60);

/// The longest greeting, and the longest line for the log.
const LONGEST_LINE: u64 = 64 << 10;

/// How many of the last lines for the log are kept, to say why a plugin ended.
const TAIL: usize = 40;

/// A process of a plugin.
pub(super) struct Process {
    /// The binary's name, for people.
    pub(super) name: Arc<str>,
    served: Mutex<Option<Served>>,
    tail: Arc<Mutex<VecDeque<String>>>,
    busy: AtomicUsize,
    launch: Launch,
    cx: Cx,
}

impl Process {
    /// Starts it and connects to it.
    pub(super) async fn start(launch: &Launch, words: &[&str]) -> Result<(Arc<Self>, Mux)> {
        // The version in it has dots, so that nothing can be cut off as an extension.
        let name: Arc<str> =
            launch.binary.file_name().unwrap_or_default().to_string_lossy().into_owned().into();
        let cx = Cx::new(
            launch.world.clone(),
            launch.events.clone(),
            Arc::new(Nobody),
            Policy::default(),
            Cancel::new(),
            None,
        );
        let mut command = cx.command(&launch.binary).args(words).current_dir(&launch.world.cwd);
        for (variable, value) in [COOKIE].into_iter().chain(PORTS) {
            command = command.env(variable, value);
        }
        if let Some(tmp) = os::short_tmp(&launch.world) {
            command = command.env("TMPDIR", tmp);
        }
        let mut served = command.serve().map_err(|error| error.context(format!("Plugin {name}")))?;
        let group = served.id();
        let tail = Arc::new(Mutex::new(VecDeque::new()));
        let (stdout, stderr) = (served.stdout.take(), served.stderr.take());
        let process = Arc::new(Self {
            name: name.clone(),
            served: Mutex::new(Some(served)),
            tail: tail.clone(),
            busy: AtomicUsize::new(0),
            launch: launch.clone(),
            cx: cx.clone(),
        });
        if let Some(stderr) = stderr {
            let lines = Lines { source: name.clone(), tail, cx };
            tokio::spawn(lines.read(stderr));
        }
        // Until it is connected it would wait for us for ever.
        let _at_work = group.and_then(|group| AtWork::begin(group, &launch.guard, &process.cx));
        let Some(stdout) = stdout else { return Err(Error::bug("a plugin has no output")) };
        let mut stdout = BufReader::new(stdout);
        let address = match tokio::time::timeout(GREETING, greeting(&mut stdout)).await {
            Ok(Ok(Some(line))) => handshake::read(&line)
                .map_err(|why| process.unusable(why, &format!("Plugin {name} cannot be used")))?,
            Ok(Ok(None)) => return Err(process.ended("ended before it could be reached").await),
            Ok(Err(error)) => return Err(Error::from(error).context(format!("Plugin {name}"))),
            Err(_) => {
                let why = format!("it said nothing for {} s", GREETING.as_secs());
                return Err(process.unusable(why, &format!("Plugin {name} cannot be used")));
            }
        };
        // For the rest of its life, or it stops when it writes.
        tokio::spawn(async move { tokio::io::copy(&mut stdout, &mut tokio::io::sink()).await });
        let mux = match connect(&address).await {
            Ok(mux) => mux,
            Err(error) => {
                if let Address::Unix(path) = &address {
                    forget(path);
                }
                return Err(process.ended(&format!("could not be reached ({error})")).await);
            }
        };
        Ok((process, mux))
    }

    fn unusable(&self, why: String, what: &str) -> Error {
        Error::environment(format!("{what}: {why}."))
    }

    /// Says that it ended although it should not have: its exit code, and what it wrote last.
    pub(super) async fn ended(&self, how: &str) -> Error {
        let served = lock(&self.served).take();
        let mut text = format!("Plugin {} {how}", self.name);
        if let Some(mut served) = served {
            // It may still be there, and only the connection is gone.
            match tokio::time::timeout(Duration::from_secs(2), served.ended()).await {
                Ok(Ok(ExitStatus(-1))) => text.push_str(" (a signal ended it)"),
                Ok(Ok(ExitStatus(code))) => text.push_str(&format!(" (exit status {code})")),
                Ok(Err(_)) | Err(_) => text.push_str(" (it was still running and has been ended)"),
            }
            // The last lines may be on their way.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        match self.last_words() {
            Some(words) => Error::environment(format!("{text}: {words}")),
            None => Error::environment(text),
        }
        .hint("Set PACKER_LOG=1 to see everything that the plugin writes.")
    }

    /// The first line of a panic, or else the last line.
    fn last_words(&self) -> Option<String> {
        let tail = lock(&self.tail);
        let panic = tail.iter().rfind(|line| line.starts_with("panic:") || line.starts_with("fatal error:"));
        panic.or_else(|| tail.back()).cloned()
    }

    /// From now until what is returned is dropped it is at work, and must be ended when we are.
    pub(super) fn begin_work(self: &Arc<Self>) -> Work {
        self.busy.fetch_add(1, Ordering::Relaxed);
        let group = lock(&self.served).as_ref().and_then(Served::id);
        let at_work = group.and_then(|group| AtWork::begin(group, &self.launch.guard, &self.cx));
        Work { process: self.clone(), _at_work: at_work }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has nothing to do is ended alone: what it left running is meant to stay, as after `-on-error=abort`.
        if self.busy.load(Ordering::Relaxed) == 0
            && let Some(served) = lock(&self.served).as_mut()
        {
            served.spare_the_rest();
        }
    }
}

/// A process is at work while this lives. Dropped when the work has its result.
pub(super) struct Work {
    process: Arc<Process>,
    _at_work: Option<AtWork>,
}

/// The work came to its end.
pub(super) fn done(work: Option<Work>) {
    if let Some(work) = work {
        work.process.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The first line; nothing when the plugin ended without one.
async fn greeting(stdout: &mut BufReader<ChildStdout>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    stdout.take(LONGEST_LINE).read_until(b'\n', &mut line).await?;
    Ok((!line.is_empty()).then_some(line))
}

async fn connect(address: &Address) -> std::io::Result<Mux> {
    match address {
        Address::Unix(path) => Ok(Mux::new(os::connect(path).await?, Side::Connecting)),
        Address::Tcp(address) => {
            let stream = tokio::net::TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            Ok(Mux::new(stream, Side::Connecting))
        }
    }
}

/// A plugin that is ended before anybody connected leaves its socket behind.
fn forget(path: &Path) {
    let is_ours = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("packer-plugin"));
    if is_ours {
        let _ = std::fs::remove_file(path);
    }
}

/// What a plugin writes for the log.
struct Lines {
    source: Arc<str>,
    tail: Arc<Mutex<VecDeque<String>>>,
    cx: Cx,
}

impl Lines {
    async fn read(self, from: impl AsyncRead + Unpin) {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut from).take(LONGEST_LINE).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            let text = String::from_utf8_lossy(line.trim_ascii_end()).into_owned();
            {
                let mut tail = lock(&self.tail);
                if tail.len() == TAIL {
                    tail.pop_front();
                }
                tail.push_back(text.clone());
            }
            self.cx.send(EventKind::Log { source: self.source.clone(), line: text });
        }
    }
}
