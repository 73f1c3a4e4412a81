//! `packer` blocks: which versions of the program a template is written for. Looked for before anything else is understood, since a
//! template for another version may hold anything.

use cty::Type;
use diag::{Diagnostic, Diagnostics};
use go_version::{Constraint, Version};
use hcl::ast::Attribute;
use hcl::{AnyBody, BodySchema, ContentBlock, Scope};

use super::grammar;
use super::required_plugins::{self, RequiredPlugin};

pub(crate) const REQUIRED_VERSION: &str = "required_version";

/// Compares the version of the program with what the files ask for.
///
/// # Errors
/// It is another one. What cannot be understood is reported when the blocks are read.
pub(crate) fn check_version(files: &[AnyBody], version: &str) -> Result<(), Diagnostics> {
    let Ok(version) = version.parse::<Version>() else { return Ok(()) };
    let core = version.core();
    let packer = BodySchema::new().block("packer", &[]);
    let mut findings = Diagnostics::new();
    for file in files {
        let (content, _, _) = file.partial_content(&packer);
        for block in &content.blocks {
            let (content, _, _) = block.body.partial_content(&BodySchema::new().attribute(REQUIRED_VERSION));
            let Some(attr) = content.attribute(REQUIRED_VERSION) else { continue };
            let Ok(Some(constraint)) = constraint(attr) else { continue };
            if !constraint.allows(&core) {
                findings.push(
                    Diagnostic::error("Unsupported Packer Core version")
                        .detail(format!(
                            "This template is written for versions \"{constraint}\" of Packer, and this program behaves like Packer {version}. \
                             Either use a program that behaves like one of those, or change the constraint."
                        ))
                        .at(attr.expr.span),
                );
            }
        }
    }
    findings.into_result(())
}

/// Reads a `packer` block: checks its shape and gives the plugins it asks for.
pub(crate) fn read(block: &ContentBlock, findings: &mut Diagnostics) -> Vec<RequiredPlugin> {
    let (content, found) = block.body.content(grammar::PACKER.schema());
    findings.extend(found);
    if let Some(attr) = content.attribute(REQUIRED_VERSION)
        && let Err(found) = constraint(attr)
    {
        findings.extend(found);
    }
    let blocks = content.blocks_of("required_plugins");
    blocks.flat_map(|block| required_plugins::read(block, findings)).collect()
}

/// The constraint in `required_version`; null is none.
fn constraint(attr: &Attribute) -> Result<Option<Constraint>, Diagnostics> {
    let (value, findings) = attr.expr.evaluate(&Scope::constant());
    let value = findings.into_result(value)?;
    if value.is_null() {
        return Ok(None);
    }
    let text = cty::convert(&value, &Type::String).ok().and_then(|value| value.as_str().map(str::to_owned));
    let invalid = |why: &str| {
        Diagnostic::error("Invalid version constraint")
            .detail(format!("{why} A constraint is a text such as \">= 1.7.0\" or \"~> 1.9, != 1.9.2\"."))
            .at(attr.expr.span)
    };
    let Some(text) = text else { return Err(invalid("This is not a text.").into()) };
    match text.parse() {
        Ok(constraint) => Ok(Some(constraint)),
        Err(error) => Err(invalid(&format!("{error}.")).into()),
    }
}
