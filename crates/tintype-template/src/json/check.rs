//! What must hold of a template as a whole before anything is built from it.

use diag::{Diagnostic, Diagnostics, did_you_mean};
use go_version::Version;

use super::document::{Document, Filter};
use super::part::Placed;
use super::variables::AllGiven;

/// Looks whether all names exist, the program is new enough, and every variable has a value.
pub(crate) fn check(document: &Document, given: &AllGiven, version: &str) -> Diagnostics {
    let mut findings = Diagnostics::new();
    if document.builders.is_empty() {
        findings.push(
            Diagnostic::error("at least one builder must be defined")
                .detail("The list \"builders\" says what is built. Without it there is nothing to do.")
                .at(document.span),
        );
    }
    let steps = document.provisioners.iter().enumerate();
    for (at, step) in steps {
        let title = format!("provisioner {}", at + 1);
        filter(&step.filter, &title, document, &mut findings);
        for property in &step.overrides {
            let name = (property.name.text().clone(), property.name.span());
            exists(&name, &format!("{title}: override"), document, &mut findings);
        }
    }
    for (number, chain) in document.chains.iter().enumerate() {
        for (at, step) in chain.iter().enumerate() {
            let title = format!("post-processor {}.{}", number + 1, at + 1);
            filter(&step.filter, &title, document, &mut findings);
        }
    }
    if let Some(wanted) = document.min_version.as_ref().filter(|(version, _)| !version.is_empty()) {
        findings.extend(too_old(wanted, version));
    }
    for (name, variable) in &document.variables {
        if !given.contains_key(name) {
            findings.push(
                Diagnostic::error(format!("required variable not set: {name}"))
                    .detail("Its default is null, so a value must come from outside: with -var or -var-file.")
                    .at(variable.span),
            );
        }
    }
    findings
}

fn filter(filter: &Filter, title: &str, document: &Document, findings: &mut Diagnostics) {
    if let (Some(_), Some((_, place))) = (filter.only.first(), filter.except.first()) {
        findings.push(
            Diagnostic::error(format!("{title}: only one of 'only' or 'except' may be specified"))
                .detail("What is left out of \"only\" does not run anyway.")
                .at(*place),
        );
    }
    for (word, names) in [("only", &filter.only), ("except", &filter.except)] {
        for name in names {
            exists(name, &format!("{title}: {word}"), document, findings);
        }
    }
}

fn exists((name, place): &Placed, title: &str, document: &Document, findings: &mut Diagnostics) {
    let known = || document.builders.iter().map(|builder| &*builder.name);
    if known().any(|builder| builder == &**name) {
        return;
    }
    let names: Vec<&str> = known().collect();
    let finding = Diagnostic::error(format!("{title}: there is no builder named '{name}'"))
        .detail(format!("The names of the builders are: {}.", names.join(", ")))
        .at(*place);
    findings.push(match did_you_mean(name, known()) {
        Some(near) => finding.hint(format!("Did you mean \"{near}\"?")),
        None => finding,
    });
}

fn too_old((wanted, place): &Placed, version: &str) -> Option<Diagnostic> {
    let finding = match (wanted.parse::<Version>(), version.parse::<Version>()) {
        (Err(error), _) => Diagnostic::error(format!("min_packer_version: {error}")),
        (Ok(least), Ok(ours)) if ours < least => {
            Diagnostic::error(format!("This template requires Packer version {least} or higher"))
                .detail(format!("This program behaves like Packer {version}."))
        }
        _ => return None,
    };
    Some(finding.at(*place))
}
