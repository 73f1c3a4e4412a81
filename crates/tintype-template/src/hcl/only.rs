//! Which builds, and which parts of them, shall run: the exact names of `only` and `except` in blocks, and the patterns of the command
//! line.

use diag::{Diagnostic, Diagnostics, Span};

use super::meta::Meta;
use super::source::SourceUse;
use crate::glob::Glob;

/// `only` and `except` of a block: sources by `type.name`, without the build's name and without patterns.
#[derive(Clone, Default, Debug)]
pub(crate) struct Filter {
    only: Vec<String>,
    except: Vec<String>,
}

impl Filter {
    /// Reads both arguments. `block` is the header of the block.
    pub(crate) fn read(meta: &mut Meta<'_>, block: Span) -> Self {
        let only = meta.strings("only").unwrap_or_default();
        let except = meta.strings("except").unwrap_or_default();
        if !only.is_empty() && !except.is_empty() {
            let place = meta.content.attribute("except").map_or(block, |attr| attr.span);
            meta.findings.push(
                Diagnostic::error("only one of 'only' or 'except' may be specified")
                    .detail("What is left out of \"only\" does not run anyway.")
                    .at(place),
            );
        }
        Self { only, except }
    }

    /// Whether the block runs for a source.
    pub(crate) fn allows(&self, source: &SourceUse) -> bool {
        let name = source.full_name();
        match &self.only[..] {
            [] => !self.except.contains(&name),
            only => only.contains(&name),
        }
    }
}

/// `-only` and `-except`, with what they matched so far.
#[derive(Debug)]
pub(crate) struct Selection {
    only: Vec<Glob>,
    except: Vec<Glob>,
    only_matches: usize,
    except_matches: usize,
    /// The names of all builds seen so far.
    seen: Vec<String>,
}

impl Selection {
    /// Reads the patterns. Each value may hold several with commas between them.
    ///
    /// # Errors
    /// A pattern that cannot be read.
    pub(crate) fn new(only: &[String], except: &[String]) -> Result<Self, Diagnostics> {
        let mut findings = Diagnostics::new();
        let mut read = |values: &[String], flag: &str| -> Vec<Glob> {
            let patterns =
                values.iter().flat_map(|value| value.split(',')).filter(|pattern| !pattern.is_empty());
            let read = |pattern: &str| match Glob::parse(pattern) {
                Ok(glob) => Some(glob),
                Err(why) => {
                    findings.push(
                        Diagnostic::error(format!("Invalid -{flag} pattern {pattern}"))
                            .detail(format!("The pattern cannot be read: {why}.")),
                    );
                    None
                }
            };
            patterns.filter_map(read).collect()
        };
        let (only, except) = (read(only, "only"), read(except, "except"));
        findings.into_result(Self { only, except, only_matches: 0, except_matches: 0, seen: Vec::new() })
    }

    /// Whether a build of that name shall run.
    pub(crate) fn takes(&mut self, build: &str) -> bool {
        self.seen.push(build.to_owned());
        if !self.only.is_empty() {
            if !self.only.iter().any(|glob| glob.matches(build)) {
                return false;
            }
            self.only_matches += 1;
        }
        if self.except.iter().any(|glob| glob.matches(build)) {
            self.except_matches += 1;
            return false;
        }
        true
    }

    /// Whether a post-processor is left out by its name: it ends its chain.
    pub(crate) fn drops(&mut self, post_processor: &str) -> bool {
        let drops = self.except.iter().any(|glob| glob.matches(post_processor));
        self.except_matches += usize::from(drops);
        drops
    }

    /// What to say after each build block: there are more patterns than matches.
    pub(crate) fn warnings(&self) -> Diagnostics {
        let flags = [
            ("only", self.only.len(), self.only_matches),
            ("except", self.except.len(), self.except_matches),
        ];
        let short = flags.into_iter().filter(|(_, patterns, matches)| patterns > matches);
        short
            .map(|(flag, ..)| {
                Diagnostic::warning(format!(
                    "an '{flag}' option was passed, but not all matches were found for the given build."
                ))
                .detail(format!(
                    "Builds so far: {}. Patterns must fit the whole name: '*.{}' for example.",
                    self.seen.join(", "),
                    self.seen.first().and_then(|name| name.rsplit('.').next()).unwrap_or("example"),
                ))
            })
            .collect()
    }
}
