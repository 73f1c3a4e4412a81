//! `hcp_packer_registry` blocks: their rules are checked, so that a template is right or wrong here as it is there. Nothing acts on them,
//! which `build` says.

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics};
use hcl::{Content, ContentBlock, Scope};

use super::grammar;
use super::meta::Meta;

/// Checks all registry blocks of a template: those at the root, and those of each build.
pub(crate) fn check<'a>(
    root: &[&ContentBlock],
    builds: impl Iterator<Item = &'a [ContentBlock]>,
    scope: &Scope,
) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for (at, block) in root.iter().enumerate() {
        if at > 0 {
            findings.push(second(block));
        }
        check_block(block, scope, &mut findings);
    }
    let mut elsewhere = !root.is_empty();
    for blocks in builds.filter(|blocks| !blocks.is_empty()) {
        for (at, block) in blocks.iter().enumerate() {
            if at > 0 {
                findings.push(second(block));
            } else if elsewhere {
                findings.push(
                    Diagnostic::error("Multiple HCP Packer registry block declaration")
                        .detail("A template has one registry block, at its root.")
                        .at(block.header),
                );
            } else {
                findings.push(
                    Diagnostic::warning("Build block level hcp_packer_registry are deprecated")
                        .detail("Move the block out of the build, to the root of the template.")
                        .at(block.header),
                );
            }
            check_block(block, scope, &mut findings);
        }
        elsewhere = true;
    }
    findings
}

fn second(block: &ContentBlock) -> Diagnostic {
    Diagnostic::error("Only one hcp_packer_registry is allowed")
        .detail("There is such a block already.")
        .at(block.header)
}

fn check_block(block: &ContentBlock, scope: &Scope, findings: &mut Diagnostics) {
    // Other arguments are ignored, as they always were.
    let (content, _, found) = block.body.partial_content(grammar::REGISTRY.schema());
    findings.extend(found);
    let place = |content: &Content, name: &str| content.attribute(name).map(|attr| attr.expr.span);
    let mut meta = Meta { content: &content, scope, findings };
    if let Some(name) = meta.string("bucket_name")
        && !name.is_empty()
        && !(name.len() >= 3
            && name.len() <= 36
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'))
    {
        meta.findings.push(
            Diagnostic::error(
                "hcp_packer_registry.bucket_name can only contain between 3 and 36 ASCII letters, numbers and hyphens",
            )
            .detail(format!("{name:?} does not."))
            .at(place(&content, "bucket_name")),
        );
    }
    if let Some(text) = meta.string("description")
        && text.len() > 255
    {
        meta.findings.push(
            Diagnostic::error(
                "hcp_packer_registry.description should have a maximum length of 255 characters",
            )
            .detail(format!("It has {} bytes.", text.len()))
            .at(place(&content, "description")),
        );
    }
    meta.strings("channels");
    for name in ["bucket_labels", "build_labels", "labels"] {
        let Some(value) = meta.value(name) else { continue };
        if !is_labels(&value) {
            meta.findings.push(
                Diagnostic::error("Unsuitable value type")
                    .detail(format!("The value of \"{name}\" does not suit: a map of texts is required."))
                    .at(place(&content, name)),
            );
        }
    }
    if content.attribute("labels").is_some() {
        let both = content.attribute("bucket_labels").is_some();
        let finding = if both {
            Diagnostic::error(
                "hcp_packer_registry.labels and hcp_packer_registry.bucket_labels are mutually exclusive",
            )
            .detail("\"labels\" is the older name of \"bucket_labels\". Move its entries there.")
        } else {
            Diagnostic::warning("hcp_packer_registry.labels is deprecated")
                .detail("Its name is now \"bucket_labels\".")
        };
        meta.findings.push(finding.at(place(&content, "labels")));
    }
}

fn is_labels(value: &Value) -> bool {
    let converted = cty::convert(value, &Type::map(Type::String));
    converted.is_ok_and(|value| value.is_null() || (value.is_wholly_known() && value.entries().is_some()))
}
