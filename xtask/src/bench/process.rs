//! Running whole processes on a clock, each in the same fresh surroundings, and asking how much memory one took.

use crate::files;
use nix::sys::resource::{UsageWho, getrusage};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where things are measured: a folder with the templates that is thrown away, our program, its peer.
pub(super) struct Stage {
    folder: tempfile::TempDir,
    pub ours: PathBuf,
    /// Debian's packer, when it is installed, with its version.
    pub peer: Option<(PathBuf, String)>,
    pub engine: OnceCell<Result<super::engine::Engine, String>>,
    /// The checkout.
    pub root: PathBuf,
    pub fleet: super::plugins::Built,
}

/// Times of the same thing, done several times.
#[derive(Debug, Clone, Default)]
pub(super) struct Times(Vec<Duration>);

impl Times {
    /// One more time.
    pub fn push(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// The least disturbed run.
    pub fn best(&self) -> f64 {
        self.0.iter().min().map_or(f64::NAN, Duration::as_secs_f64)
    }

    pub fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort();
        sorted.get(sorted.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
    }
}

/// One thing to be timed.
pub(super) type Work<'a> = Box<dyn Fn() -> Result<(), String> + 'a>;

/// Does each thing in turn, `rounds` times, so that a disturbance of the machine hits all alike.
pub(super) fn in_turn(rounds: usize, works: &[Work<'_>]) -> Result<Vec<Times>, String> {
    let mut times = vec![Times(Vec::new()); works.len()];
    for _ in 0..rounds {
        for (work, times) in works.iter().zip(&mut times) {
            let start = Instant::now();
            work()?;
            times.0.push(start.elapsed());
        }
    }
    Ok(times)
}

impl Stage {
    pub fn new(root: &Path, ours: PathBuf) -> Result<Stage, String> {
        let folder =
            tempfile::Builder::new().prefix("bench-").tempdir().map_err(|error| error.to_string())?;
        let templates = root.join("benches/templates");
        for name in files::below(&templates)? {
            files::write(&folder.path().join(&name), &files::read(&templates.join(&name))?)?;
        }
        let mut stage = Stage {
            folder,
            ours,
            peer: None,
            engine: OnceCell::new(),
            root: root.to_path_buf(),
            fleet: OnceCell::new(),
        };
        stage.version(&stage.ours)?;
        stage.peer = Some(PathBuf::from("packer")).and_then(|peer| {
            let version = stage.version(&peer).ok()?;
            Some((peer, version))
        });
        Ok(stage)
    }

    fn version(&self, program: &Path) -> Result<String, String> {
        let output = self.command(program, &["version"]).output();
        let output = output.map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the table says of the machine and the programs.
    pub fn machine(&self) -> String {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let ours = self.version(&self.ours).unwrap_or_default();
        let peer = self.peer.as_ref().map_or("no packer installed", |(_, version)| version);
        format!("{cores} cores, {}; {ours}; peer: {peer}", std::env::consts::ARCH)
    }

    fn command(&self, program: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        let home = self.folder.path();
        command.args(arguments).current_dir(home).stdin(Stdio::null()).env_clear();
        let kept = ["PATH", "DOCKER_HOST", "DOCKER_CONFIG", "USER", "LOGNAME", "SHELL"];
        command.envs(kept.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        command.envs([
            ("LANG", "C.UTF-8"),
            ("TERM", "dumb"),
            ("CHECKPOINT_DISABLE", "1"),
            ("PACKER_NO_COLOR", "1"),
        ]);
        command.envs([
            ("HOME", home),
            ("PACKER_CONFIG_DIR", home),
            ("PACKER_PLUGIN_PATH", &home.join("plugins")),
        ]);
        command.env("TMPDIR", std::env::temp_dir());
        command
    }

    /// Runs a program to its end with its output thrown away. An error unless it ends with 0.
    pub fn run(&self, program: &Path, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.command(program, arguments);
        let output = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let shown = || format!("{} {}", program.display(), arguments.join(" "));
        match output {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("{}: {status}", shown())),
            Err(error) => Err(format!("{}: {error}", shown())),
        }
    }

    /// The same through a pipe that is read to its end, as a log would; hands back standard output.
    pub fn piped(&self, program: &Path, arguments: &[&str]) -> Result<String, String> {
        let output = self.command(program, arguments).output().map_err(|error| error.to_string())?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        Err(format!("{} {}: {} {}", program.display(), arguments.join(" "), output.status, text.trim()))
    }

    /// The most memory, in bytes, that a process of this run held: our program, or a child of it if that is larger. An error unless it
    /// ends with 0.
    pub fn memory(&self, program: &Path, arguments: &[&str]) -> Result<u64, String> {
        match self.ended(program, arguments)? {
            End { code: 0, memory, .. } => Ok(memory),
            End { code, .. } => Err(format!("{}: exit code {code}", program.display())),
        }
    }

    /// Runs a program to its end, whatever that is, but not for longer than [`PATIENCE`].
    pub fn ended(&self, program: &Path, arguments: &[&str]) -> Result<End, String> {
        // Asked of a process between, because the answer covers all children that a process ever had.
        let asker = std::env::current_exe().map_err(|error| error.to_string())?;
        let shown = program.to_string_lossy();
        let arguments = [&[MEMORY, &*shown], arguments].concat();
        let start = Instant::now();
        let output = self.command(&asker, &arguments).output().map_err(|error| error.to_string())?;
        let time = start.elapsed();
        let answer = String::from_utf8_lossy(&output.stdout);
        let end = answer.trim().split_once(' ').and_then(|(code, memory)| {
            Some(End { code: code.parse().ok()?, memory: memory.parse().ok()?, time })
        });
        end.ok_or_else(|| {
            let why = if answer.is_empty() { String::from_utf8_lossy(&output.stderr) } else { answer };
            format!("{}: {}", program.display(), why.trim())
        })
    }
}

/// How a program ended.
pub(super) struct End {
    /// Its exit code; -1 when it was ended by a signal, or because it took too long.
    pub code: i32,
    /// The most memory it held, in bytes.
    pub memory: u64,
    pub time: Duration,
}

/// Who takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// The hidden chore that runs a program and says how it ended and how much memory it took.
pub(crate) const MEMORY: &str = "memory-of";

pub(crate) fn memory_of(arguments: &[String]) -> Result<(), String> {
    let Some((program, arguments)) = arguments.split_first() else {
        return Err("of which program?".to_owned());
    };
    let failed = |error: std::io::Error| format!("{program}: {error}");
    let start = Instant::now();
    let mut command = Command::new(program);
    let mut child =
        command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().map_err(failed)?;
    let status = loop {
        if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        }
        if start.elapsed() > PATIENCE {
            child.kill().map_err(failed)?;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|error| error.to_string())?;
    // Linux counts in kilobytes, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    println!("{} {}", status.code().unwrap_or(-1), usage.max_rss() * unit);
    Ok(())
}
