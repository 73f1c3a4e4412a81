//! What identifies the result of a step, for a cache and for resuming. Only the shape is here: components say what they depend
//! on, and the engine will one day compare. A component that says nothing is never cached.

use std::borrow::Cow;
use std::time::Duration;

/// What a step's result depends on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepKey {
    /// The component's type.
    pub kind: Cow<'static, str>,
    /// Raised when the component's code changes what it does to a machine.
    pub version: u32,
    /// The inputs, named, in the order in which they are declared.
    pub parts: Vec<(Cow<'static, str>, Part)>,
    /// Whether, and for how long, the same inputs give the same result.
    pub purity: Purity,
}

/// One input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Text that may be shown.
    Text(String),
    /// SHA-256 of some content.
    Digest([u8; 32]),
    /// SHA-256 over a tree of files: paths, types, modes, contents.
    Tree([u8; 32]),
    /// HMAC-SHA-256 of something that may not be shown.
    Secret([u8; 32]),
    /// A value that differs at each run, by name.
    RunValue(&'static str),
    /// The option was not set.
    Unset,
}

/// Whether the same inputs give the same result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purity {
    /// Always.
    Pure,
    /// For a while: it reads a network.
    Aging {
        /// How long; the user's setting when absent.
        max_age: Option<Duration>,
    },
    /// It runs on this host and does not touch the machine.
    HostOnly,
    /// Never.
    Impure {
        /// Why, for people.
        why: String,
    },
}

impl StepKey {
    /// The key of something that must always run.
    pub fn impure(why: impl Into<String>) -> Self {
        Self {
            kind: Cow::Borrowed(""),
            version: 0,
            parts: Vec::new(),
            purity: Purity::Impure { why: why.into() },
        }
    }
}

/// A saved state of a machine, as its builder names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Locator(pub String);

/// What a builder starts from instead of its source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Restore {
    /// The saved state.
    pub from: Locator,
    /// How many provisioners it already holds.
    pub provisioners_done: usize,
}

/// Whether a saved state can still be used on this host.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Usable {
    /// It is there and fits.
    Yes,
    /// It is gone.
    Gone,
    /// It is there and does not fit.
    Refused {
        /// Why.
        why: String,
    },
}
