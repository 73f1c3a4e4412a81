//! Where a command of a case runs: a throw-away directory, a small environment, a session without terminal, a time
//! limit. Says what the command did; comparing is left to others.

use crate::normal;
use process_wrap::std::{CommandWrap, ProcessSession};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
/// What a case may see of the caller's environment.
const PASSED_ON: [&str; 6] = ["PATH", "DOCKER_HOST", "TINTYPE_DOCKER", "USER", "LOGNAME", "SHELL"];
/// Names a store of images for the cases that run with `TINTYPE_DOCKER=embedded`: it has the image that they start from.
const STORE: &str = "TINTYPE_COMPAT_STORE";

pub struct Sandbox {
    /// Removed when the sandbox goes.
    _folder: tempfile::TempDir,
    root: PathBuf,
    binary: PathBuf,
    offline: bool,
}

/// What a command did; both streams are normalised.
pub struct Ran {
    /// The exit code, or why there is none.
    pub exit: String,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Ran {
    pub fn ended(&self) -> bool {
        !self.exit.starts_with("no end")
    }
}

impl Sandbox {
    /// `offline`: commands have no network at all.
    pub fn new(binary: &Path, offline: bool) -> std::io::Result<Sandbox> {
        let folder = tempfile::Builder::new().prefix("compat-").tempdir()?;
        let root = folder.path().canonicalize()?;
        for name in normal::FOLDERS {
            std::fs::create_dir(root.join(name))?;
        }
        #[expect(clippy::disallowed_methods, reason = "said by whoever starts the test")]
        if let Some(store) = std::env::var_os(STORE) {
            std::fs::create_dir(root.join("home/cache"))?;
            std::os::unix::fs::symlink(store, root.join("home/cache/oci"))?;
        }
        Ok(Sandbox { _folder: folder, root, binary: binary.to_owned(), offline })
    }

    /// The working directory of commands.
    pub fn work(&self) -> PathBuf {
        self.root.join("work")
    }

    pub fn normal(&self, text: &[u8]) -> Vec<u8> {
        normal::normal(text, &self.root, &self.binary)
    }

    /// Runs a program in `folder` with `input` as standard input (nothing, not even open, when None).
    pub fn run(&self, program: &[OsString], input: Option<&[u8]>, folder: &Path) -> std::io::Result<Ran> {
        let offline = ["unshare", "-n"].map(OsString::from);
        let mut words = offline.iter().filter(|_| self.offline).chain(program);
        let Some(first) = words.next() else { return Err(std::io::ErrorKind::InvalidInput.into()) };
        let mut command = CommandWrap::with_new(first, |command| {
            command.args(words).current_dir(folder).env_clear().envs(self.environment());
            command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        });
        let mut child = command.wrap(ProcessSession).spawn()?;
        let end = Instant::now() + LIMIT;
        let streams = [
            child.stdout().take().map(|stream| drain(Box::new(stream))),
            child.stderr().take().map(|stream| drain(Box::new(stream))),
        ];
        if let (Some(mut stdin), Some(input)) = (child.stdin().take(), input) {
            // A program that does not want its input closes the pipe; that is its good right.
            let _ = stdin.write_all(input);
        }
        let mut late = false;
        let mut read = [Vec::new(), Vec::new()];
        for (stream, place) in streams.iter().flatten().zip(&mut read) {
            match stream.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => *place = bytes,
                Err(_) => {
                    late = true;
                    child.kill()?;
                    *place = stream.recv_timeout(Duration::from_secs(5)).unwrap_or_default();
                }
            }
        }
        let status = child.wait()?;
        let exit = match (late, status.code(), status.signal()) {
            (true, _, _) => format!("no end after {} s", LIMIT.as_secs()),
            (false, Some(code), _) => code.to_string(),
            (false, None, signal) => format!("-{}", signal.unwrap_or_default()),
        };
        let [stdout, stderr] = read.map(|stream| self.normal(&stream));
        Ok(Ran { exit, stdout, stderr })
    }

    #[expect(clippy::disallowed_methods, reason = "a case gets a few variables of the caller, as recorded")]
    fn environment(&self) -> Vec<(OsString, OsString)> {
        let home = self.root.join("home");
        let fixed = [("CHECKPOINT_DISABLE", "1"), ("LANG", "C.UTF-8"), ("TERM", "dumb"), ("TZ", "UTC")];
        let placed = [
            ("HOME", home.clone()),
            ("PACKER_CACHE_DIR", home.join("cache")),
            ("PACKER_CONFIG_DIR", home),
            ("PACKER_PLUGIN_PATH", self.root.join("plugins")),
            ("TMPDIR", self.root.join("tmp")),
            ("TINTYPE", self.binary.clone()),
        ];
        PASSED_ON
            .into_iter()
            .filter_map(|name| Some((name.into(), std::env::var_os(name)?)))
            .chain(fixed.map(|(name, value)| (name.into(), value.into())))
            .chain(placed.map(|(name, value)| (name.into(), value.into())))
            .collect()
    }
}

/// Reads a stream to its end in the background, so that neither stream can block the program.
fn drain(mut stream: Box<dyn Read + Send>) -> mpsc::Receiver<Vec<u8>> {
    let (done, result) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still what the program wrote.
        let _ = stream.read_to_end(&mut bytes);
        let _ = done.send(bytes);
    });
    result
}
