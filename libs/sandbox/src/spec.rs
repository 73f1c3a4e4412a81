//! What a machine and a process in it are to be: plain data that travels to the machine.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a machine is made of.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Spec {
    /// Read-only trees, the topmost first. May be empty.
    pub lower: Vec<PathBuf>,
    /// What changes, goes here: an empty directory at first. Because machines mount it `volatile`, it serves once as upper directory, and
    /// as a lower one as often as you like.
    pub upper: PathBuf,
    /// An empty directory on the same filesystem as `upper`, for the kernel's use.
    pub work: PathBuf,
    /// An empty directory where the merged tree is mounted, visible to the machine alone.
    pub mount: PathBuf,
    /// What it is to be.
    pub setup: Setup,
}

/// What a machine is to be, whatever it is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    /// The machine's name.
    pub hostname: String,
    /// How it reaches others.
    pub network: Network,
    /// Files and directories of the host that it sees.
    pub binds: Vec<Bind>,
    /// Directories that are empty, in memory, and leave nothing behind: `/run` or `/run:size=64m,mode=755`.
    pub tmpfs: Vec<String>,
    /// What its root may do.
    pub capabilities: Capabilities,
    /// Its root may do everything that we may: all capabilities, nothing masked, the host's devices.
    pub privileged: bool,
    /// Whether its programs may make every system call that their capabilities allow.
    pub unfiltered: bool,
    /// Names and addresses for `/etc/hosts`.
    pub hosts: Vec<(String, String)>,
    /// What it may use.
    pub limits: Limits,
}

/// How a machine reaches others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Network {
    /// The best of what there is: see [`crate::Net`].
    #[default]
    Auto,
    /// The host's network.
    Host,
    /// None but itself.
    None,
}

/// A file or directory of the host in the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// Where it is on the host, absolute.
    pub host: PathBuf,
    /// Where it is seen in the machine, absolute. Made when missing, without a trace in what changed.
    pub machine: PathBuf,
    /// The machine cannot change it.
    pub read_only: bool,
}

/// What the machine's root may do, relative to the fourteen capabilities that Docker gives.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// Names with or without `CAP_`, in any case; `ALL` means every one.
    pub add: Vec<String>,
    /// The same, taken away. A name in both is had when `drop` has `ALL`, else it is gone.
    pub drop: Vec<String>,
}

/// What a machine may use. Where the host cannot limit ([`crate::Cgroups::None`]), these have no effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// How many processes and threads.
    pub pids: Option<u64>,
}

/// A program to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Exec {
    /// The program, looked for in `PATH` of `env` when without a slash, and its arguments.
    pub argv: Vec<String>,
    /// Its environment. `PATH` and `HOME` are added when missing (and `TERM` on a terminal).
    pub env: Vec<(String, String)>,
    /// Its directory; made when missing, as Docker does. `/` when empty.
    pub cwd: String,
    /// Empty for root, or `name`, `1`, `name:group`, `1:2` … as looked up in the machine's `/etc/passwd` and `/etc/group`.
    pub user: String,
    /// It runs on a terminal of its own: standard error comes with standard output.
    pub tty: bool,
    /// What it reads.
    pub stdin: Stdin,
}

/// What a program reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stdin {
    /// Nothing.
    #[default]
    Null,
    /// What is written to [`crate::Process`]'s `stdin`.
    Pipe,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitStatus {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

impl ExitStatus {
    /// The one number that shells and Docker give: a signal is 128 and its number.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal(signal) => 128_i32.saturating_add(signal),
        }
    }
}
