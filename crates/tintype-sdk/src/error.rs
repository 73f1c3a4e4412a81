//! What goes wrong in the world while a build runs. What the author of a template can fix is a `diag::Diagnostic` instead.

use std::fmt;

/// What sort of failure it is. The exit code and whether a retry makes sense follow from it, never from the text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// What the user asked for cannot be: a script ended with 1, an option does not fit.
    User,
    /// The surroundings failed: no engine, no space, no network.
    Environment,
    /// Somebody asked to stop.
    Cancelled,
    /// We are wrong.
    Bug,
}

/// A failure: what the user reads, and what to do about it.
#[derive(Clone)]
pub struct Error {
    kind: Kind,
    message: String,
    hints: Vec<String>,
}

/// Shorthand for results of components.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure with this text, which is shown as it is.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new() }
    }

    /// What the user asked for cannot be.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(Kind::User, message)
    }

    /// The surroundings failed.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(Kind::Environment, message)
    }

    /// Somebody asked to stop.
    pub fn cancelled() -> Self {
        Self::new(Kind::Cancelled, "Build was cancelled.")
    }

    /// We are wrong.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Kind::Bug, message)
    }

    /// Puts `what: ` in front of the text.
    pub fn context(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Adds a way out, one sentence.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What sort of failure it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.kind == Kind::Cancelled
    }

    /// The ways out.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.kind, self.message)
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::environment(os_text(&error))
    }
}

/// What the system says of a failure, in the words scripts look for: `no such file or directory`, without the number that Rust adds.
pub fn os_text(error: &std::io::Error) -> String {
    let text = error.to_string();
    let Some(cut) = error.raw_os_error().and_then(|_| text.rfind(" (os error ")) else { return text };
    let mut letters = text[..cut].chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// The cause that everything else only wraps: the outer layers of a failed request only say that it failed.
pub fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut deepest = error;
    while let Some(deeper) = deepest.source() {
        deepest = deeper;
    }
    match deepest.downcast_ref::<std::io::Error>() {
        Some(error) => os_text(error),
        None => deepest.to_string(),
    }
}

/// Puts `what: ` in front of the text of a failure.
pub trait Context<T> {
    /// `what` is asked for only when there is a failure.
    fn context<C: fmt::Display>(self, what: impl FnOnce() -> C) -> Result<T>;
}

impl<T, E: Into<Error>> Context<T> for std::result::Result<T, E> {
    fn context<C: fmt::Display>(self, what: impl FnOnce() -> C) -> Result<T> {
        self.map_err(|error| error.into().context(what()))
    }
}
