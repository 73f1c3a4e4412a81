//! What is wrong with a component's options, each finding at its place, none twice. The rules themselves are the components'.

use std::collections::{BTreeMap, BTreeSet};

use diag::{Diagnostic, Diagnostics};

use crate::places::Places;
use crate::shape::member;

/// The rules of one set of options beyond kinds. Both methods may be left out: `impl Check for X {}`.
pub trait Check {
    /// Fills in what follows from other options (a path made of folder and file). Runs before [`check`](Self::check).
    fn complete(&mut self) {}

    /// Reports what does not fit together.
    fn check(&self, at: &mut At<'_>) {
        let _ = at;
    }
}

/// Everything found so far, and where things are.
#[derive(Default)]
pub(crate) struct Findings {
    pub places: Places,
    pub diagnostics: Diagnostics,
    /// Options that `fix` knows, and the fixer.
    pub repairs: BTreeMap<String, String>,
    /// Paths that already have an error.
    pub failed: BTreeSet<String>,
}

impl Findings {
    pub fn fail(&mut self, path: &str, diagnostic: Diagnostic) {
        self.failed.insert(path.to_owned());
        self.diagnostics.push(self.places.locate(diagnostic, path));
    }

    pub fn warn(&mut self, path: &str, diagnostic: Diagnostic) {
        self.diagnostics.push(self.places.locate(diagnostic, path));
    }

    /// What was made with the warnings, or everything found when there are errors: as it comes in the template, those of one place
    /// in the order they were found.
    pub fn into_result<T>(self, made: T) -> Result<(T, Diagnostics), Diagnostics> {
        let mut diagnostics = self.diagnostics;
        diagnostics.0.sort_by_key(|diagnostic| diagnostic.subject);
        if diagnostics.has_errors() { Err(diagnostics) } else { Ok((made, diagnostics)) }
    }
}

/// Where a check reports to. Options are named relative to the struct being checked; `""` is the block itself.
pub struct At<'a> {
    pub(crate) findings: &'a mut Findings,
    pub(crate) prefix: String,
}

/// The finding just reported, to say more about it.
pub struct Noted<'a>(Option<&'a mut Diagnostic>);

impl Noted<'_> {
    /// Explains it.
    pub fn detail(self, detail: impl Into<String>) -> Self {
        self.change(|diagnostic| diagnostic.detail = detail.into())
    }

    /// Says what to do about it.
    pub fn hint(self, hint: impl Into<String>) -> Self {
        self.change(|diagnostic| diagnostic.hint = Some(hint.into()))
    }

    fn change(mut self, change: impl FnOnce(&mut Diagnostic)) -> Self {
        if let Some(diagnostic) = self.0.as_deref_mut() {
            change(diagnostic);
        }
        self
    }
}

impl At<'_> {
    fn path(&self, field: &str) -> String {
        if field.is_empty() { self.prefix.clone() } else { member(&self.prefix, field) }
    }

    /// Reports an error of an option with this title. An option that could not even be converted gets no second error.
    pub fn error(&mut self, field: &str, summary: impl Into<String>) -> Noted<'_> {
        let path = self.path(field);
        if !path.is_empty() && self.findings.failed.contains(&path) {
            return Noted(None);
        }
        let diagnostic = self.findings.places.locate(Diagnostic::error(summary), &path);
        self.findings.diagnostics.push(diagnostic);
        Noted(self.findings.diagnostics.0.last_mut())
    }

    /// Reports a warning about an option with this title.
    pub fn warn(&mut self, field: &str, summary: impl Into<String>) -> Noted<'_> {
        let path = self.path(field);
        self.findings.warn(&path, Diagnostic::warning(summary));
        Noted(self.findings.diagnostics.0.last_mut())
    }

    /// Whether the option was written, whatever its value.
    pub fn given(&self, field: &str) -> bool {
        let path = self.path(field);
        self.findings.places.given(&path) || self.findings.failed.contains(&path)
    }

    /// Whether the option was written with a value other than `""`, `0`, `false`, `[]`, `{}`.
    pub fn filled(&self, field: &str) -> bool {
        let path = self.path(field);
        self.findings.places.filled(&path) || self.findings.failed.contains(&path)
    }

    /// How many of these options are filled.
    pub fn count(&self, fields: &[&str]) -> usize {
        fields.iter().filter(|field| self.filled(field)).count()
    }

    /// Reports when none or several of the options are filled. Says whether all is well.
    pub fn exactly_one(&mut self, fields: &[&str]) -> bool {
        self.at_least_one(fields) && self.at_most_one(fields)
    }

    /// Reports when none of the options is filled.
    pub fn at_least_one(&mut self, fields: &[&str]) -> bool {
        let fine = self.count(fields) > 0;
        if !fine {
            self.error("", format!("One of {} must be set", listed(fields, "or")));
        }
        fine
    }

    /// Reports when several of the options are filled.
    pub fn at_most_one(&mut self, fields: &[&str]) -> bool {
        let filled: Vec<&str> = fields.iter().copied().filter(|field| self.filled(field)).collect();
        if let [_, second, ..] = filled[..] {
            self.error(second, format!("Only one of {} may be set", listed(fields, "or")))
                .detail(format!("Set here: {}.", listed(&filled, "and")));
        }
        filled.len() < 2
    }

    /// Reports when some, but not all of the options are filled.
    pub fn together(&mut self, fields: &[&str]) -> bool {
        let (filled, empty): (Vec<&str>, Vec<&str>) =
            fields.iter().copied().partition(|field| self.filled(field));
        let fine = filled.is_empty() || empty.is_empty();
        if !fine {
            let first = filled.first().copied().unwrap_or_default();
            self.error(first, format!("{} must be set together", listed(fields, "and")))
                .detail(format!("Missing: {}.", listed(&empty, "and")));
        }
        fine
    }

    /// The same, one block down: `at.within("build")`, `at.within("disk[1]")`.
    pub fn within(&mut self, block: &str) -> At<'_> {
        let prefix = self.path(block);
        At { findings: self.findings, prefix }
    }
}

/// `"a", "b" or "c"`.
fn listed(names: &[&str], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {word} {last}", rest.join(", ")),
        None => String::new(),
    }
}
