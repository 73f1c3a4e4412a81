//! `required_plugins`: which plugins a template needs, from where, and in which versions. Whether they are there,
//! and how they are fetched, is others' work.

use std::sync::Arc;

use cty::Value;
use diag::{Diagnostic, Diagnostics, Span};
use go_version::Constraint;
use hcl::ast::Attribute;
use hcl::{ContentBlock, Scope};
use tintype_sdk::PluginSource;

/// A plugin that a template needs.
#[derive(Clone, Debug)]
pub struct RequiredPlugin {
    /// The name that its components have in the template: `docker` in `source "docker" "x"`.
    pub accessor: Arc<str>,
    /// Where it comes from.
    pub source: PluginSource,
    /// The versions that will do.
    pub constraint: Constraint,
    /// Where it is asked for.
    pub span: Span,
}

/// Reads a `required_plugins` block.
pub(crate) fn read(block: &ContentBlock, findings: &mut Diagnostics) -> Vec<RequiredPlugin> {
    let (attributes, found) = block.body.just_attributes();
    findings.extend(found);
    attributes.iter().filter_map(|attr| requirement(attr, findings)).collect()
}

/// Of plugins that are asked for twice, the first ones; the others are errors.
pub(crate) fn unique(all: Vec<RequiredPlugin>, findings: &mut Diagnostics) -> Vec<RequiredPlugin> {
    let mut unique: Vec<RequiredPlugin> = Vec::new();
    for plugin in all {
        if unique.iter().any(|known| known.accessor == plugin.accessor) {
            findings.push(
                Diagnostic::error(format!("Duplicate required_plugin.\"{}\" block", plugin.accessor))
                    .detail("A plugin can be required once only, whichever file or block it is done in.")
                    .at(plugin.span),
            );
        } else {
            unique.push(plugin);
        }
    }
    unique
}

fn requirement(attr: &Attribute, findings: &mut Diagnostics) -> Option<RequiredPlugin> {
    let name = &attr.name.name;
    let mut report = |summary: &str, detail: String, span: Span| {
        findings.push(Diagnostic::error(summary).detail(detail).at(span).around(attr.span));
    };
    let named = PluginSource::is_name(name);
    if !named {
        let detail =
            format!("{name:?} cannot name a plugin. Lower case letters, digits and single dashes can.");
        report("Invalid plugin local name", detail, attr.name.span);
    }
    let (value, found) = attr.expr.evaluate(&Scope::constant());
    if found.has_errors() {
        findings.extend(found);
        return None;
    }
    let place = attr.expr.span;
    let Some(entries) = value.entries() else {
        let text = value.as_str().unwrap_or(">= 1.0.0");
        let detail = format!(
            "A plugin is required by its version and by where it comes from:\n\n  {name} = {{\n    version = {}\n    source  = \"github.com/hashicorp/{name}\"\n  }}",
            cty::print::quoted(text)
        );
        report("Invalid plugin requirement", detail, place);
        return None;
    };
    for key in entries.keys().filter(|key| !matches!(&***key, "version" | "source")) {
        let near =
            diag::did_you_mean(key, ["version", "source"]).map(|near| format!(" Did you mean \"{near}\"?"));
        let detail = format!(
            "\"{key}\" means nothing here: \"version\" and \"source\" do.{}",
            near.unwrap_or_default()
        );
        report("Invalid required_plugins object", detail, place);
    }
    let constraint = match text_of(entries.get("version")) {
        Ok(None) => {
            let detail = format!(
                "Which versions of \"{name}\" will do must be said: version = \">= 1.0.0\", for example."
            );
            report("No version constraint was set", detail, place);
            None
        }
        Ok(Some(text)) => match text.parse::<Constraint>() {
            Ok(constraint) if constraint.names_prerelease() => {
                let detail = format!(
                    "\"{text}\" names a version before a release. Plugins are required by their releases."
                );
                report("Invalid version constraint", detail, place);
                None
            }
            Ok(constraint) => Some(constraint),
            Err(error) => {
                report(
                    "Invalid version constraint",
                    format!("{error}. One is \">= 1.0.0\", for example."),
                    place,
                );
                None
            }
        },
        Err(why) => {
            report("Invalid version constraint", why, place);
            None
        }
    };
    let source = match text_of(entries.get("source")) {
        Ok(None) => {
            let detail = format!(
                "Where \"{name}\" comes from must be said: source = \"github.com/hashicorp/{name}\", for example."
            );
            report("No source was set", detail, place);
            None
        }
        Ok(Some(text)) => match text.parse::<PluginSource>() {
            Ok(source) => Some(source),
            Err(why) => {
                report(
                    "Failed to parse source",
                    format!("{text:?} does not say where a plugin comes from. {why}"),
                    place,
                );
                None
            }
        },
        Err(why) => {
            report("Failed to parse source", why, place);
            None
        }
    };
    let (Some(source), Some(constraint), true) = (source, constraint, named) else { return None };
    Some(RequiredPlugin { accessor: name.clone(), source, constraint, span: attr.span })
}

fn text_of(value: Option<&Value>) -> Result<Option<&str>, String> {
    let Some(value) = value.filter(|value| !value.is_null()) else { return Ok(None) };
    value
        .as_str()
        .map(Some)
        .ok_or_else(|| format!("A text is required here, not a {}.", value.ty().friendly_name()))
}

/// An error that lists the plugins for which `why` has something.
pub(crate) fn missing(
    required: &[RequiredPlugin],
    why: impl Fn(&RequiredPlugin) -> Option<String>,
) -> Diagnostics {
    let missing: Vec<(&RequiredPlugin, String)> =
        required.iter().filter_map(|plugin| Some((plugin, why(plugin)?))).collect();
    let Some((first, _)) = missing.first() else { return Diagnostics::new() };
    let list: Vec<String> = missing
        .iter()
        .map(|(plugin, why)| {
            let colon = if why.is_empty() { "" } else { ": " };
            format!("* {} {} ({}){colon}{why}", plugin.accessor, plugin.constraint, plugin.source)
        })
        .collect();
    Diagnostic::error("Missing plugins")
        .detail(format!(
            "The template needs plugins that are neither built in nor installed:\n\n{}",
            list.join("\n")
        ))
        .hint("Install them with the command \"init\", then try again.")
        .at(first.span)
        .into()
}
