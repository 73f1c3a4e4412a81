//! Which values variables get: from the environment, from files, from the command line, the later the stronger.

use std::collections::HashMap;
use std::sync::Arc;

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics, SourceMap, did_you_mean};
use hcl::{BodySchema, Scope};
use tintype_sdk::World;

use super::file::{self, File};
use super::titles::Titles;
use super::variable::{From, Variable};

const PREFIX: &str = "PKR_VAR_";

/// Gives the variables what the environment has for them. Names that no variable has are nobody's mistake.
pub(crate) fn from_environment(
    variables: &mut [Variable],
    world: &World,
    sources: &SourceMap,
) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for variable in variables {
        let Some(text) = world.env(&format!("{PREFIX}{}", variable.name)) else { continue };
        let name = format!("<value for var.{} from env>", variable.name);
        set(variable, From::Environment, text, &name, sources, &mut findings);
    }
    findings
}

/// Gives the variables what the command line has for them. Of a name that stands there twice the last value counts.
pub(crate) fn from_command_line(
    variables: &mut [Variable],
    given: &[(String, String)],
    sources: &SourceMap,
) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for (at, (name, text)) in given.iter().enumerate() {
        if given.iter().skip(at + 1).any(|(later, _)| later == name) {
            continue;
        }
        let Some(variable) = variables.iter_mut().find(|variable| *variable.name == **name) else {
            findings.push(undeclared_flag(name, text, variables));
            continue;
        };
        let source = format!("<value for var.{name} from arguments>");
        set(variable, From::CommandLine, text, &source, sources, &mut findings);
    }
    findings
}

/// Takes a text as the value of a variable: as it is when the type is a simple one, else as an expression.
fn set(
    variable: &mut Variable,
    from: From,
    text: &str,
    source: &str,
    sources: &SourceMap,
    findings: &mut Diagnostics,
) {
    let id = sources.add(source, text);
    let whole = diag::Span::new(id, 0, text.len());
    let (value, span) = if matches!(variable.ty, Type::String | Type::Number | Type::Dynamic) {
        (Value::string(text), whole)
    } else {
        let (value, span, found) = file::constant(text, id);
        let failed = found.has_errors();
        findings.extend(found);
        if failed {
            variable.given = Some(super::variable::Assignment {
                from,
                value: Value::unknown(variable.ty.without_optional()),
                span: Some(span),
            });
            return;
        }
        (value, span)
    };
    let Err(why) = variable.assign(from, &value, Some(span)) else { return };
    let title = match from {
        From::CommandLine => "Invalid argument value for -var variable",
        _ => "Invalid value for variable",
    };
    findings.push(unsuitable(title, variable, &why).at(span));
}

fn unsuitable(title: &str, variable: &Variable, why: &str) -> Diagnostic {
    Diagnostic::error(title).detail(format!(
        "This value does not suit the variable \"{}\", whose type is {}: {why}.",
        variable.name, variable.ty
    ))
}

fn undeclared_flag(name: &str, text: &str, variables: &[Variable]) -> Diagnostic {
    let known = variables.iter().map(|variable| &*variable.name);
    let finding = Diagnostic::error("Undefined -var variable").detail(format!(
        "The value {text:?} was given for the variable \"{name}\", which the template does not declare."
    ));
    match did_you_mean(name, known) {
        Some(near) => finding.hint(format!("Did you mean \"{near}\"?")),
        None => finding,
    }
}

/// Values from files, in the order of the files.
pub(crate) struct FromFiles<'a> {
    pub(crate) variables: &'a mut [Variable],
    pub(crate) sources: &'a SourceMap,
    pub(crate) titles: &'a mut Titles,
    /// Whether a name that no variable has is worth a warning.
    pub(crate) warn_undeclared: bool,
}

impl FromFiles<'_> {
    /// Reads all files. A file that declares variables ends it: somebody mistook what it is for.
    pub(crate) fn read(mut self, files: &[File]) -> Diagnostics {
        let mut findings = Diagnostics::new();
        for file in files {
            if !file.name.ends_with(".hcl") && !file.name.ends_with(".json") {
                findings.push(
                    Diagnostic::error(format!("Could not guess format of {}", file.name))
                        .detail("A file with values of variables ends in .hcl or .json: its name says which of both it is."),
                );
                continue;
            }
            if !self.read_file(file, &mut findings) {
                break;
            }
        }
        findings
    }

    fn read_file(&mut self, file: &File, findings: &mut Diagnostics) -> bool {
        let mut found = Diagnostics::new();
        let body = file.parse(self.sources, self.titles, &mut found);
        let broken = found.has_errors();
        findings.extend(found);
        let Some(body) = body.filter(|_| !broken) else { return true };
        if !file.is_json() {
            let (declared, _, _) = body.partial_content(&BodySchema::new().block("variable", &["name"]));
            if let Some(block) = declared.blocks.first() {
                let name = block.labels.first().map_or("name", |label| &label.value);
                findings.push(
                    Diagnostic::error("Variable declaration in a .pkrvar file")
                        .detail(format!(
                            "A file with values of variables does not declare them. Declare the variable in the template, \
                             and write its value here like this:\n\n  {name} = \"value\""
                        ))
                        .at(block.header),
                );
                return false;
            }
        }
        let (attributes, found) = body.just_attributes();
        findings.extend(found);
        let places: HashMap<Arc<str>, usize> =
            self.variables.iter().enumerate().map(|(at, variable)| (variable.name.clone(), at)).collect();
        for attr in &attributes {
            let name = &attr.name.name;
            let Some(variable) = places.get(name).and_then(|&at| self.variables.get_mut(at)) else {
                if self.warn_undeclared {
                    findings.push(self.undeclared(name, &file.name).at(attr.name.span));
                }
                continue;
            };
            let (value, found) = attr.expr.evaluate(&Scope::constant());
            findings.extend(found);
            if let Err(why) = variable.assign(From::File, &value, Some(attr.expr.span)) {
                findings.push(unsuitable("Invalid value for variable", variable, &why).at(attr.expr.span));
            }
        }
        true
    }

    fn undeclared(&self, name: &str, file: &str) -> Diagnostic {
        let finding = Diagnostic::warning("Undefined variable").detail(format!(
            "The file {file} sets the variable \"{name}\", which the template does not declare. If it is meant to be used, declare it:\n\n  \
             variable \"{name}\" {{\n    type    = string\n    default = null\n  }}"
        ));
        match did_you_mean(name, self.variables.iter().map(|variable| &*variable.name)) {
            Some(near) => finding.hint(format!("Did you mean \"{near}\"?")),
            None => finding,
        }
    }
}
