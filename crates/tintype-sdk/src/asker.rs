//! Questions to the person at the terminal.

use async_trait::async_trait;

/// Why there is no answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoAnswer {
    /// There is no terminal.
    NoTerminal,
    /// The output is read by a program, nobody can be asked.
    MachineReadable,
    /// The answer was an interrupt.
    Interrupted,
}

impl std::fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            NoAnswer::NoTerminal => "no available tty",
            NoAnswer::MachineReadable => "machine-readable UI can't ask",
            NoAnswer::Interrupted => "interrupted",
        })
    }
}

/// Asks the person at the terminal. One question at a time, whatever the number of builds.
#[async_trait]
pub trait Asker: Send + Sync {
    /// Shows the question and reads one line (without its end).
    async fn ask(&self, target: Option<&tintype_event::Target>, question: &str) -> Result<String, NoAnswer>;
}

/// Nobody is there.
#[derive(Clone, Copy, Debug)]
pub struct Nobody;

#[async_trait]
impl Asker for Nobody {
    async fn ask(&self, _: Option<&tintype_event::Target>, _: &str) -> Result<String, NoAnswer> {
        Err(NoAnswer::NoTerminal)
    }
}
