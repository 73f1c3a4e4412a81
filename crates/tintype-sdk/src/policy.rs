//! What the user decided for the whole run. Components never ask for it to decide what to do after an error: `Cx` does.

/// What happens when a step fails.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum OnError {
    /// Undo everything.
    #[default]
    Cleanup,
    /// Ask on the terminal.
    Ask,
    /// Undo nothing.
    Abort,
    /// Undo nothing, but let the error-cleanup-provisioner run.
    RunCleanupProvisioner,
}

impl OnError {
    /// The word on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            OnError::Cleanup => "cleanup",
            OnError::Ask => "ask",
            OnError::Abort => "abort",
            OnError::RunCleanupProvisioner => "run-cleanup-provisioner",
        }
    }

    /// The meaning of the word on the command line.
    pub fn parse(word: &str) -> Option<Self> {
        [OnError::Cleanup, OnError::Ask, OnError::Abort, OnError::RunCleanupProvisioner]
            .into_iter()
            .find(|mode| mode.as_str() == word)
    }
}

/// What the user decided for the whole run.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Policy {
    /// `-debug`: pause between steps.
    pub debug: bool,
    /// `-force`: replace what is in the way.
    pub force: bool,
    /// `-on-error`.
    pub on_error: OnError,
}
