//! The same functions on systems that are not Linux: each says that machines need it.

use crate::{
    Abilities, Cgroups, Error, Exec, ExitStatus, Forbidden, Ids, Launcher, Net, Overlay, Result, Spec, Task,
    TaskIo,
};
use std::path::Path;
use tokio::io::{AsyncRead, AsyncWrite};

fn forbidden() -> Forbidden {
    Forbidden {
        why: "machines made of namespaces need Linux".to_owned(),
        way_out: "use the `docker` builder with an Engine, or run this on Linux (on Windows: in WSL 2)"
            .to_owned(),
    }
}

/// A machine; here there are none.
#[derive(Debug)]
pub enum Sandbox {}

impl Sandbox {
    /// Makes and starts a machine.
    pub async fn start(_: &Launcher, _: &Spec, _: &Abilities) -> Result<Self> {
        Err(Error::Forbidden(forbidden()))
    }

    /// Starts a program.
    pub async fn exec(&self, _: Exec) -> Result<Process> {
        match *self {}
    }

    /// Runs a function of ours in the machine.
    pub async fn task(&self, _: &str, _: Vec<u8>, _: TaskIo) -> Result<Vec<u8>> {
        match *self {}
    }

    /// How many processes there are beside pid 1.
    pub async fn processes(&self) -> Result<u32> {
        match *self {}
    }

    /// Ends everything in the machine and takes it down.
    pub async fn stop(self) -> Result<()> {
        match self {}
    }
}

/// A running program.
pub struct Process {
    /// What it reads.
    pub stdin: Option<Box<dyn AsyncWrite + Send + Unpin>>,
    /// What it writes.
    pub stdout: Box<dyn AsyncRead + Send + Unpin>,
    /// What it writes as errors.
    pub stderr: Box<dyn AsyncRead + Send + Unpin>,
    /// Its number in the machine.
    pub pid: u32,
}

impl Process {
    /// Waits for its end.
    pub async fn wait(&mut self) -> Result<ExitStatus> {
        Err(Error::Forbidden(forbidden()))
    }

    /// Sends a signal to it and what it started.
    pub async fn kill(&self, _: i32) -> Result<()> {
        Err(Error::Forbidden(forbidden()))
    }
}

/// What this host allows: nothing.
pub async fn probe(_: &Launcher, _: &Path) -> Abilities {
    Abilities {
        root: false,
        user_namespaces: Err(forbidden()),
        overlay: Overlay::Copy,
        ids: Ids::Single,
        network: Net::Host,
        cgroups: Cgroups::None(forbidden()),
        notes: Vec::new(),
    }
}

/// Runs a function of ours outside of any machine: here, in this process.
pub async fn task_outside(
    launcher: &Launcher,
    _: &Abilities,
    name: &str,
    args: Vec<u8>,
    io: TaskIo,
) -> Result<Vec<u8>> {
    crate::launcher::run_here(launcher, name, args, io).await
}

/// The role of a machine's pid 1; here nobody has it.
pub fn play(_: &[String], _: &[(&'static str, Task)]) -> Option<u8> {
    None
}
