//! A Linux machine made of namespaces: its own processes, files, names and (if wanted) network, over a stack of directories. It needs no
//! daemon and no rights: root gets a machine of root's, anybody else one in a user namespace. It knows nothing of images, builds or
//! templates; who uses it brings directories and says what is to be done in them.
//!
//! | to do this | use |
//! |---|---|
//! | learn what this host allows, and why not | [`probe`] |
//! | have a machine | [`Sandbox::start`] with a [`Spec`] |
//! | run a program in it | [`Sandbox::exec`] |
//! | run code of ours in it, as its root | [`Sandbox::task`] |
//! | run code of ours with its ids, but outside of any machine | [`task_outside`] |
//! | be the program that a machine is made of | [`play`], called first thing in `main` |
//!
//! ```text
//!  caller ──starts──> keeper (unshares user, pid and net; holds the cgroup) ──starts──> pid 1 (mounts, serves)
//!     └───────────── a socket with requests, answers and descriptors ────────────────────┘    └─> processes, tasks
//! ```
//!
//! The caller's end of the socket is the machine's life: when it closes, however that came, pid 1 ends and the kernel ends everything else.
//! On systems other than Linux everything compiles, and [`Sandbox::start`] says that machines need Linux.

mod abilities;
mod error;
mod launcher;
mod spec;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;

pub use abilities::{Abilities, Cgroups, Forbidden, Ids, Net, Overlay};
pub use error::{Error, Result};
pub use launcher::{Launcher, Task, TaskIo};
pub use spec::{Bind, Capabilities, Exec, ExitStatus, Limits, Network, Setup, Spec, Stdin};

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Process, Sandbox, play, probe, task_outside};
#[cfg(target_os = "linux")]
pub use linux::{Process, Sandbox, play, probe, task_outside};
