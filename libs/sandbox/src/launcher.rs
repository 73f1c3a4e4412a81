//! How our own program is started again, and the functions of it that run in machines.

use std::fmt;
use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

/// A function that runs in a machine as its root, or outside with the machine's ids.
///
/// It gets its arguments, and what the caller's [`TaskIo`] gave (empty and a sink when nothing). Its answer, or why it failed, goes back.
/// Inside, `/` is the machine's, and no link leads out of it.
pub type Task =
    fn(args: &[u8], input: &mut (dyn Read + Send), output: &mut dyn Write) -> Result<Vec<u8>, String>;

/// How our own program is started again in the role of a machine's pid 1.
#[derive(Clone)]
pub struct Launcher {
    /// Our own executable: its `main` calls [`crate::play`] before anything else when the first word is `word`.
    pub program: PathBuf,
    /// The word that means the role.
    pub word: String,
    /// The tasks; the same list that `main` gives to [`crate::play`].
    pub tasks: &'static [(&'static str, Task)],
    /// Where helpers like `newuidmap` and `pasta` are looked for: the directories of the caller's `PATH`. The usual ones are always added.
    pub search: Vec<PathBuf>,
}

impl fmt::Debug for Launcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Launcher")
            .field("program", &self.program)
            .field("word", &self.word)
            .finish_non_exhaustive()
    }
}

/// Files or pipes (`std::io::pipe`, whose ends become files by way of `OwnedFd`) that a task reads and writes.
#[derive(Debug, Default)]
pub struct TaskIo {
    /// What the task reads, if anything.
    pub input: Option<File>,
    /// What the task writes, if anything.
    pub output: Option<File>,
}

impl TaskIo {
    /// Runs a task on these files.
    pub(crate) fn run(self, task: Task, args: &[u8]) -> Result<Vec<u8>, String> {
        let mut input: Box<dyn Read + Send> = match self.input {
            Some(file) => Box::new(file),
            None => Box::new(std::io::empty()),
        };
        let mut output: Box<dyn Write> = match self.output {
            Some(file) => Box::new(file),
            None => Box::new(std::io::sink()),
        };
        let answer = task(args, &mut input, &mut output)?;
        output.flush().map_err(|error| format!("cannot write: {error}"))?;
        Ok(answer)
    }
}

/// The task of this name.
pub(crate) fn find(tasks: &[(&'static str, Task)], name: &str) -> Result<Task, String> {
    #[cfg(target_os = "linux")]
    let own = crate::linux::TASKS;
    #[cfg(not(target_os = "linux"))]
    let own: &[(&str, Task)] = &[];
    own.iter()
        .chain(tasks)
        .find(|(known, _)| *known == name)
        .map(|(_, task)| *task)
        .ok_or_else(|| format!("there is no task `{name}`"))
}

/// Runs a task in this process, on a thread that may block.
pub(crate) async fn run_here(
    launcher: &Launcher,
    name: &str,
    args: Vec<u8>,
    io: TaskIo,
) -> crate::Result<Vec<u8>> {
    let task = find(launcher.tasks, name).map_err(crate::Error::Task)?;
    match tokio::task::spawn_blocking(move || io.run(task, &args)).await {
        Ok(answer) => answer.map_err(crate::Error::Task),
        Err(panic) => Err(crate::Error::Task(format!("the task `{name}` failed: {panic}"))),
    }
}
