//! One finding for the author of a text, and a list of them.

use std::fmt;

use crate::Span;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// The work cannot be done.
    Error,
    /// The work can be done, but probably not as meant.
    Warning,
}

/// One finding: a title, an explanation, a place, and a way out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// The title, one line, without a full stop. People and scripts search for it: keep the words stable.
    pub summary: String,
    /// What exactly is wrong, in sentences. May be empty.
    pub detail: String,
    /// What to do about it, one sentence. May be absent.
    pub hint: Option<String>,
    /// The place that is wrong.
    pub subject: Option<Span>,
    /// A wider place around the subject, shown with it.
    pub context: Option<Span>,
    /// The block around the subject, as a title: `variable "size"`.
    pub block: Option<String>,
    /// References of the failing expression with their values, ready to show: `("var.size", "\"big\"")`.
    pub values: Vec<(String, String)>,
}

impl Diagnostic {
    /// An error with this title.
    pub fn error(summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, summary.into())
    }

    /// A warning with this title.
    pub fn warning(summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, summary.into())
    }

    fn new(severity: Severity, summary: String) -> Self {
        Self {
            severity,
            summary,
            detail: String::new(),
            hint: None,
            subject: None,
            context: None,
            block: None,
            values: Vec::new(),
        }
    }

    /// Sets the explanation.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Sets the way out.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Sets the place; an `Option` may be given, nothing leaves it as it is.
    pub fn at(mut self, subject: impl Into<Option<Span>>) -> Self {
        self.subject = subject.into().or(self.subject);
        self
    }

    /// Sets the wider place.
    pub fn around(mut self, context: impl Into<Option<Span>>) -> Self {
        self.context = context.into().or(self.context);
        self
    }

    /// Names the block around the place.
    pub fn in_block(mut self, block: impl Into<String>) -> Self {
        self.block = Some(block.into());
        self
    }

    /// Adds the value of a reference, ready to show.
    pub fn value(mut self, reference: impl Into<String>, value: impl Into<String>) -> Self {
        self.values.push((reference.into(), value.into()));
        self
    }

    /// Whether this is an error.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl fmt::Display for Diagnostic {
    /// `Title; explanation`, for places where there is one line only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        if !self.detail.is_empty() {
            write!(f, "; {}", self.detail)?;
        }
        Ok(())
    }
}

/// A list of findings, in the order they were made.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Whether one of them is an error.
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there is none at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    /// `Ok(value)` when no error is among them (warnings are dropped), else all of them.
    pub fn into_result<T>(self, value: T) -> Result<T, Diagnostics> {
        if self.has_errors() { Err(self) } else { Ok(value) }
    }

    /// Takes the value of a result, or its findings into this list.
    pub fn take<T>(&mut self, result: Result<T, Diagnostics>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(diagnostics) => {
                self.extend(diagnostics);
                None
            }
        }
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, other: I) {
        self.0.extend(other);
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(other: I) -> Self {
        Self(other.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            diagnostic.fmt(f)?;
        }
        Ok(())
    }
}
