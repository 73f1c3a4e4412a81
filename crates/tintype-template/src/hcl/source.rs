//! Sources: their declaration at the root, and their use in a build.

use std::fmt;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, Span, did_you_mean};
use hcl::{AnyBody, ContentBlock, Scope};

use super::grammar;
use super::meta::Meta;
use super::titles::block_title;

/// A declared source.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) key: SourceKey,
    /// With its dynamic blocks expanded.
    pub(crate) body: AnyBody,
    /// The header of its block.
    pub(crate) span: Span,
    pub(crate) title: String,
}

/// By what a build refers to a source.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SourceKey {
    pub(crate) ty: Arc<str>,
    pub(crate) name: Arc<str>,
}

impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.ty, self.name)
    }
}

impl SourceKey {
    /// Reads `source.type.name` or `type.name`. Of three parts or more the second and the third count, whatever the first says.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('.').collect();
        match parts[..] {
            [ty, name] | [_, ty, name, ..] => Some(Self { ty: ty.into(), name: name.into() }),
            _ => None,
        }
    }
}

/// A source as a build uses it.
#[derive(Clone, Debug)]
pub(crate) struct SourceUse {
    pub(crate) key: SourceKey,
    /// The name that it goes by in this build, when that is another.
    pub(crate) local_name: Option<Arc<str>>,
    /// What this build adds to its body.
    pub(crate) extra: Option<AnyBody>,
    /// Where the build names it.
    pub(crate) span: Span,
}

impl SourceUse {
    /// The name that it goes by in this build.
    pub(crate) fn name(&self) -> &Arc<str> {
        self.local_name.as_ref().unwrap_or(&self.key.name)
    }

    /// `type.name`, by which `only`, `except` and `override` know it.
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.key.ty, self.name())
    }
}

/// Reads a root `source` block. `scope` is for its dynamic blocks.
pub(crate) fn read(block: &ContentBlock, scope: &Scope) -> Option<Source> {
    let [ty, name] = &block.labels[..] else { return None };
    Some(Source {
        key: SourceKey { ty: ty.value.clone(), name: name.value.clone() },
        body: hcl::expand(block.body.clone(), scope),
        span: block.header,
        title: block_title(block),
    })
}

/// Adds a source to those that are declared already.
pub(crate) fn declare(all: &mut Vec<Source>, new: Source, findings: &mut Diagnostics) {
    if all.iter().any(|known| known.key == new.key) {
        findings.push(
            Diagnostic::error("Duplicate source block")
                .detail(format!(
                    "There is a source {} already; names must be unique over all files.",
                    new.key
                ))
                .at(new.span),
        );
    } else {
        all.push(new);
    }
}

/// The use of a source by its name alone. `span` is where the name stands.
pub(crate) fn reference(text: &str, span: Span, findings: &mut Diagnostics) -> Option<SourceUse> {
    let key = SourceKey::parse(text);
    if key.is_none() {
        findings.push(
            Diagnostic::error("Invalid source reference")
                .detail(format!(
                    "{text:?} does not name a source. A source is named by its type and its name: \"source.docker.example\", or \"docker.example\"."
                ))
                .at(span),
        );
    }
    Some(SourceUse { key: key?, local_name: None, extra: None, span })
}

/// Reads a `source` block in a build.
pub(crate) fn read_use(block: &ContentBlock, findings: &mut Diagnostics) -> Option<SourceUse> {
    let label = block.labels.first()?;
    let found = reference(&label.value, label.span, findings);
    let (content, extra, wrong) = block.body.partial_content(grammar::BUILD_SOURCE.schema());
    findings.extend(wrong);
    let scope = Scope::constant();
    let local_name = Meta { content: &content, scope: &scope, findings }.string("name");
    let local_name = local_name.filter(|name| !name.is_empty()).map(Arc::from);
    Some(SourceUse { local_name, extra: Some(extra), ..found? })
}

/// The finding for a source that a build uses and nobody declares.
pub(crate) fn undeclared(used: &SourceUse, all: &[Source]) -> Diagnostic {
    let known: Vec<String> = all.iter().map(|source| source.key.to_string()).collect();
    let finding = Diagnostic::error(format!("Unknown source {}", used.key))
        .detail(if known.is_empty() {
            "The template declares no source.".to_owned()
        } else {
            format!("The template declares these sources: {}.", known.join(", "))
        })
        .at(used.span);
    match did_you_mean(&used.key.to_string(), known.iter().map(String::as_str)) {
        Some(near) => finding.hint(format!("Did you mean \"{near}\"?")),
        None => finding,
    }
}
