//! What `inspect` shows of a template. Secrets are hidden where everything is shown, not here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use cty::Value;

use super::build::Build;
use super::variable::Variable;

/// Input variables and locals with their values, sorted: also what the word `variables` shows at the console. Ends with a line break.
pub(crate) fn variables(
    variables: &[Variable],
    locals: &BTreeMap<Arc<str>, Value>,
    without: &BTreeSet<Arc<str>>,
) -> String {
    let variables: BTreeMap<&Arc<str>, Value> =
        variables.iter().map(|variable| (&variable.name, variable.value())).collect();
    let mut out = String::from("> input-variables:\n\n");
    // Writing into a String cannot fail.
    for (name, value) in variables {
        let _ = writeln!(out, "var.{name}: {}", quoted(&value));
    }
    out.push_str("\n> local-variables:\n\n");
    for (name, value) in locals.iter().filter(|(name, _)| !without.contains(*name)) {
        let _ = writeln!(out, "local.{name}: {}", quoted(value));
    }
    out
}

fn quoted(value: &Value) -> String {
    cty::print::quoted(&cty::print(value))
}

/// All builds. Ends with a line break.
pub(crate) fn builds(builds: &[Build]) -> String {
    let mut out = String::from("> builds:\n");
    for (at, build) in builds.iter().enumerate() {
        write_build(build, at, &mut out);
    }
    out
}

fn write_build(build: &Build, at: usize, out: &mut String) {
    let name = match &*build.name {
        "" => format!("<unnamed build {at}>"),
        name => name.to_owned(),
    };
    let _ = writeln!(out, "\n  > {name}:");
    if !build.description.is_empty() {
        let _ = writeln!(out, "\n  > Description: {}", build.description);
    }
    out.push_str("\n    sources:\n");
    if build.sources.is_empty() {
        out.push_str("\n      <no source>\n");
    }
    for used in &build.sources {
        let _ = writeln!(out, "\n      {}", used.full_name());
    }
    out.push_str("\n    provisioners:\n\n");
    if build.provisioners.is_empty() {
        out.push_str("      <no provisioner>\n");
    }
    for block in &build.provisioners {
        let _ = writeln!(out, "      {}", known_as(&block.ty, &block.name));
    }
    out.push_str("\n    post-processors:\n");
    if build.chains.is_empty() {
        out.push_str("\n      <no post-processor>\n");
    }
    for (number, chain) in build.chains.iter().enumerate() {
        let _ = writeln!(out, "\n      {number}:");
        for block in chain {
            let _ = writeln!(out, "        {}", known_as(&block.ty, &block.name));
        }
    }
}

fn known_as(ty: &str, name: &str) -> String {
    if name.is_empty() { ty.to_owned() } else { format!("{ty}.{name}") }
}
