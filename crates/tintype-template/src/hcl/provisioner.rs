//! `provisioner` and `error-cleanup-provisioner` blocks: what the language itself knows of them. Their other arguments are decoded later,
//! by the component's schema.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use cty::Value;
use diag::{Diagnostic, Diagnostics, Span};
use hcl::walk::{Reference, references};
use hcl::{AnyBody, Content, ContentBlock, Scope};
use tintype_plan::StepPolicy;
use tintype_schema::GoDuration;

use super::grammar;
use super::meta::Meta;
use super::only::Filter;
use super::options;
use super::titles::block_title;

/// A `provisioner` block.
#[derive(Clone, Debug)]
pub(crate) struct ProvisionBlock {
    pub(crate) ty: Arc<str>,
    pub(crate) name: String,
    pub(crate) pause_before: Duration,
    pub(crate) timeout: Duration,
    pub(crate) max_retries: u64,
    pub(crate) continue_on_error: bool,
    pub(crate) filter: Filter,
    /// Options on top, by the name of the source.
    pub(crate) overrides: BTreeMap<Arc<str>, Value>,
    /// The component's own options.
    pub(crate) body: AnyBody,
    pub(crate) policy: StepPolicy,
    /// The header of the block.
    pub(crate) span: Span,
    pub(crate) title: String,
}

/// Reads a block. `scope` is that of its own arguments.
pub(crate) fn read(block: &ContentBlock, scope: &Scope, findings: &mut Diagnostics) -> ProvisionBlock {
    let (content, body, found) = block.body.partial_content(grammar::PROVISIONER.schema());
    findings.extend(found);
    let mut meta = Meta { content: &content, scope, findings };
    let name = meta.string("name").unwrap_or_default();
    let pause_before = duration("pause_before", &mut meta);
    let timeout = duration("timeout", &mut meta);
    let max_retries = meta.integer("max_retries").and_then(|count| u64::try_from(count).ok()).unwrap_or(0);
    let continue_on_error = meta.bool("continue_on_error").unwrap_or(false);
    let filter = Filter::read(&mut meta, block.header);
    let before = meta.findings.len();
    let overrides = meta.value("override");
    explain_override(&content, findings.0.get_mut(before..).unwrap_or_default());
    let overrides = overrides.map(|value| overrides_of(&value, &content, findings)).unwrap_or_default();
    ProvisionBlock {
        ty: super::first_label(block),
        name,
        pause_before,
        timeout,
        max_retries,
        continue_on_error,
        filter,
        overrides,
        body,
        policy: policy(block),
        span: block.header,
        title: block_title(block),
    }
}

fn duration(name: &str, meta: &mut Meta<'_>) -> Duration {
    let Some(text) = meta.string(name) else { return Duration::ZERO };
    match text.parse::<GoDuration>() {
        // A wait of less than nothing is none.
        Ok(duration) => duration.to_std(),
        Err(error) => {
            let span = meta.content.attribute(name).map(|attr| attr.expr.span);
            meta.findings.push(
                Diagnostic::error(format!("Failed to parse {name} duration"))
                    .detail(format!(
                        "{error}. A duration is a number with a unit, such as \"90s\" or \"1h30m\"."
                    ))
                    .at(span),
            );
            Duration::ZERO
        }
    }
}

/// Overrides are evaluated before the build is there. Who has made the template out of a legacy one, where they are not, could not know.
fn explain_override(content: &Content, findings: &mut [Diagnostic]) {
    let Some(attr) = content.attribute("override") else { return };
    let of_build = |reference: &Reference| {
        &*reference.root == "build" && reference.steps.first().is_some_and(|step| step.text() != "name")
    };
    let places: Vec<Span> =
        references(&attr.expr).into_iter().filter(of_build).map(|reference| reference.span).collect();
    for finding in findings {
        let inside = |place: Span| places.iter().any(|around| around.contains(place));
        if finding.hint.is_none() && finding.subject.is_some_and(inside) {
            finding.hint = Some(
                "Of the build an override knows the name only. Write a provisioner of its own for this source instead, with \
                 only = [\"…\"]: its options know all of it."
                    .to_owned(),
            );
        }
    }
}

fn overrides_of(value: &Value, content: &Content, findings: &mut Diagnostics) -> BTreeMap<Arc<str>, Value> {
    if value.is_null() {
        return BTreeMap::new();
    }
    let place = content.attribute("override").map(|attr| attr.expr.span);
    let Some(entries) = value.entries() else {
        findings.push(
            Diagnostic::error("provisioner's override block must be an HCL object")
                .detail("It holds objects with options by the names of sources: override = { web = { … } }.")
                .at(place),
        );
        return BTreeMap::new();
    };
    let mut overrides = BTreeMap::new();
    for (source, value) in entries {
        if value.entries().is_none() {
            findings.push(
                Diagnostic::error(format!("provisioner's override.'{source}' block must be an HCL object"))
                    .detail(format!(
                        "It holds the options that are different for the source: {source} = {{ … }}."
                    ))
                    .at(place),
            );
        } else {
            overrides.insert(source.clone(), options::known(value));
        }
    }
    overrides
}

/// The words for us in the comments above a block.
fn policy(block: &ContentBlock) -> StepPolicy {
    let words = block.comments.iter().filter_map(|line| line.trim().strip_prefix("tintype:"));
    StepPolicy { words: words.flat_map(str::split_whitespace).map(str::to_owned).collect() }
}
