//! Which files make up a template, and reading them. What is in them is for others to say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use hcl::ast::Block;
use hcl::{AnyBody, Scope};
use tintype_sdk::World;

use super::titles::Titles;
use crate::os;

/// A file by name.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// The name as it is shown.
    pub(crate) name: String,
    path: PathBuf,
}

/// What a path stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Found {
    /// The template's files, in the order in which they count: native syntax, then JSON, each by name.
    pub(crate) templates: Vec<File>,
    /// Files with values of variables that count by themselves, likewise.
    pub(crate) values: Vec<File>,
    /// `path.root`: the directory as the user typed it. Empty without a template.
    pub(crate) root: String,
}

impl File {
    /// A file that the user named.
    pub(crate) fn named(name: &str, world: &World) -> Self {
        Self { name: name.to_owned(), path: world.cwd.join(name) }
    }

    /// Whether the name says JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.name.ends_with(".json")
    }

    /// Reads and parses it. Nothing, when it cannot even be read.
    pub(crate) fn parse(
        &self,
        sources: &SourceMap,
        titles: &mut Titles,
        findings: &mut Diagnostics,
    ) -> Option<AnyBody> {
        self.parse_with(sources, titles, findings, |_, _| true)
    }

    /// The same, where `keep` says for each block of a file in native syntax, with its file's titles, whether it stays in the tree.
    pub(crate) fn parse_with(
        &self,
        sources: &SourceMap,
        titles: &mut Titles,
        findings: &mut Diagnostics,
        mut keep: impl FnMut(&Block, &mut Titles) -> bool + Send,
    ) -> Option<AnyBody> {
        let (id, text) = findings.take(self.read(sources))?;
        let (body, found) = if self.is_json() {
            hcl::json::parse_body(&text, id)
        } else {
            let (body, found) = hcl::parse_body_with(&text, id, &mut |block| keep(block, titles));
            titles.add_body(&body);
            (body.into(), found)
        };
        findings.extend(found);
        Some(body)
    }

    fn read(&self, sources: &SourceMap) -> Result<(FileId, Arc<str>), Diagnostics> {
        let failed = |why: String| {
            let detail = format!("The file \"{}\" could not be read: {why}.", self.name);
            Diagnostics::from(Diagnostic::error("Failed to read file").detail(detail))
        };
        let bytes = std::fs::read(&self.path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => missing(&self.name, &error),
            _ => failed(format!("open {}: {}", self.name, os::error_text(&error))),
        })?;
        if u32::try_from(bytes.len()).is_err() {
            return Err(failed("it is larger than 4 GiB".to_owned()));
        }
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text: Arc<str> = text.into();
                Ok((sources.add(self.name.as_str(), text.clone()), text))
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                let id = sources.add(self.name.as_str(), String::from_utf8_lossy(error.as_bytes()));
                Err(Diagnostic::error("Invalid character encoding")
                    .detail(
                        "Templates are text in UTF-8. This is not; perhaps it was saved in another encoding.",
                    )
                    .at(Span::new(id, at, at))
                    .into())
            }
        }
    }
}

fn missing(name: &str, error: &std::io::Error) -> Diagnostics {
    Diagnostic::error("Failed to read file").detail(format!("stat {name}: {}", os::error_text(error))).into()
}

/// The files that a path as the user typed it stands for.
///
/// # Errors
/// There is nothing at the path, or it is a directory without any template.
pub(crate) fn find(path: &str, world: &World) -> Result<Found, Diagnostics> {
    if path.is_empty() {
        return Ok(Found::default());
    }
    let full = world.cwd.join(path);
    let about = std::fs::metadata(&full).map_err(|error| missing(path, &error))?;
    if !about.is_dir() {
        let templates = vec![File { name: path.to_owned(), path: full }];
        return Ok(Found { templates, values: Vec::new(), root: os::directory_of(path) });
    }
    let names = names_in(&full).map_err(|error| {
        Diagnostic::error("Failed to read file").detail(format!("open {path}: {}", os::error_text(&error)))
    })?;
    let ending = |suffix: &str| -> Vec<File> {
        let names = names.iter().filter(|name| name.ends_with(suffix));
        names.map(|name| File { name: os::clean(&format!("{path}/{name}")), path: full.join(name) }).collect()
    };
    let templates = [ending(".pkr.hcl"), ending(".pkr.json")].concat();
    if templates.is_empty() {
        return Err(Diagnostic::error(format!("Could not find any config file in {path}"))
            .detail("A directory is a template when it holds files whose names end in .pkr.hcl or .pkr.json. Directories inside it do not count.")
            .into());
    }
    let values = [ending(".auto.pkrvars.hcl"), ending(".auto.pkrvars.json")].concat();
    Ok(Found { templates, values, root: os::slashes(path) })
}

/// The names of all files in a directory, in the order of their bytes.
fn names_in(directory: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        // Of a link the target decides.
        let is_directory = std::fs::metadata(entry.path()).is_ok_and(|about| about.is_dir());
        if let (false, Ok(name)) = (is_directory, entry.file_name().into_string()) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// The value of a text that is an expression without names: what `-var` and the environment set. The text has been added to `sources` as
/// `id`.
pub(crate) fn constant(text: &str, id: FileId) -> (cty::Value, Span, Diagnostics) {
    let (expr, mut findings) = hcl::parse_expr(text, id, 0);
    let (value, found) = if findings.has_errors() {
        (cty::Value::dynamic(), Diagnostics::new())
    } else {
        expr.evaluate(&Scope::constant())
    };
    findings.extend(found);
    (value, expr.span, findings)
}
