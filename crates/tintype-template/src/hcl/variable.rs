//! Input variables as they are declared: type, default, rules. Which values they get is decided in [`assign`](super::assign).

use std::collections::HashSet;
use std::sync::Arc;

use cty::{Type, Value};
use diag::{Diagnostic, Diagnostics, Span};
use hcl::ast::Attribute;
use hcl::{ContentBlock, Optional, Scope};

use super::grammar;
use super::meta::Meta;
use super::validation::Validation;

/// An input variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: Arc<str>,
    /// What its values are converted to; optional attributes of objects have their defaults in it.
    pub(crate) ty: Type,
    pub(crate) sensitive: bool,
    pub(crate) validations: Vec<Validation>,
    /// The value it was given last, which is the one that counts.
    pub(crate) given: Option<Assignment>,
    /// The header of the block that declares it.
    pub(crate) span: Span,
}

/// A value that a variable was given.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub(crate) from: From,
    pub(crate) value: Value,
    pub(crate) span: Option<Span>,
}

/// By what a variable was given a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum From {
    Default,
    Environment,
    File,
    CommandLine,
}

impl From {
    /// The word in titles of findings.
    pub(crate) fn word(self) -> &'static str {
        match self {
            From::Default => "default",
            From::Environment => "env",
            From::File => "varfile",
            From::CommandLine => "cmd",
        }
    }
}

impl Variable {
    /// The value it has; unknown as long as it was given none.
    pub(crate) fn value(&self) -> Value {
        match &self.given {
            Some(last) => last.value.clone(),
            None => Value::unknown(self.ty.without_optional()),
        }
    }

    /// Takes a value from somewhere, converted to its type. On failure: why it cannot.
    pub(crate) fn assign(&mut self, from: From, value: &Value, span: Option<Span>) -> Result<(), String> {
        let converted = cty::convert(value, &self.ty);
        let (value, result) = match converted {
            Ok(value) => (value, Ok(())),
            Err(error) => (Value::unknown(self.ty.without_optional()), Err(error.to_string())),
        };
        self.given = Some(Assignment { from, value, span });
        result
    }
}

/// The variables of a template, gathered as their blocks come.
pub(crate) struct Declarations {
    /// The scope of defaults.
    defaults: Scope,
    variables: Vec<Variable>,
    names: HashSet<Arc<str>>,
    findings: Diagnostics,
}

impl Declarations {
    /// None yet.
    pub(crate) fn new(defaults: Scope) -> Self {
        Self { defaults, variables: Vec::new(), names: HashSet::new(), findings: Diagnostics::new() }
    }

    /// Takes what a block declares, if it is one that declares variables. Of a name that is declared twice the first declaration counts.
    pub(crate) fn read(&mut self, block: &ContentBlock) {
        match &*block.kind.name {
            "variable" => {
                let new = read(block, &self.defaults, &mut self.findings);
                new.into_iter().for_each(|variable| self.declare(variable));
            }
            "variables" => {
                let new = read_all(block, &self.defaults, &mut self.findings);
                new.into_iter().for_each(|variable| self.declare(variable));
            }
            _ => {}
        }
    }

    fn declare(&mut self, variable: Variable) {
        if !self.names.insert(variable.name.clone()) {
            self.findings.push(
                Diagnostic::error("Duplicate variable")
                    .detail(format!(
                        "The variable \"{}\" is declared already; names must be unique over all files.",
                        variable.name
                    ))
                    .at(variable.span),
            );
        } else {
            self.variables.push(variable);
        }
    }

    /// All of them.
    pub(crate) fn finish(self, findings: &mut Diagnostics) -> Vec<Variable> {
        findings.extend(self.findings);
        self.variables
    }
}

/// Reads a `variable` block. `defaults` is the scope of defaults. Nothing, when there is no telling what the variable is.
fn read(block: &ContentBlock, defaults: &Scope, findings: &mut Diagnostics) -> Option<Variable> {
    let label = block.labels.first()?;
    let name = label.value.clone();
    if !super::is_identifier(&name) {
        findings.push(
            Diagnostic::error("Invalid variable name")
                .detail(format!("{:?} cannot name a variable. {}", &*name, super::IDENTIFIER_RULE))
                .at(label.span),
        );
        return None;
    }
    let (content, found) = block.body.content(grammar::VARIABLE.schema());
    findings.extend(found);
    let constant = Scope::constant();
    let mut meta = Meta { content: &content, scope: &constant, findings };
    // Nothing shows the description, but what it says must be a text all the same.
    meta.string("description");
    let sensitive = meta.bool("sensitive").unwrap_or(false);
    let ty = match content.attribute("type") {
        None => None,
        Some(attr) => Some(findings.take(hcl::type_expr(&attr.expr, Optional::WithDefaults))?),
    };
    let validations = content
        .blocks_of("validation")
        .filter_map(|block| Validation::read(block, &name, findings))
        .collect();
    let mut variable = Variable {
        name,
        ty: ty.clone().unwrap_or(Type::Dynamic),
        sensitive,
        validations,
        given: None,
        span: block.header,
    };
    if let Some(attr) = content.attribute("default") {
        set_default(&mut variable, attr, ty.is_none(), defaults, findings);
    }
    Some(variable)
}

/// Reads a `variables` block: names with their defaults.
fn read_all(block: &ContentBlock, defaults: &Scope, findings: &mut Diagnostics) -> Vec<Variable> {
    let (attributes, found) = block.body.just_attributes();
    findings.extend(found);
    let declare = |attr: &Attribute| {
        let mut variable = Variable {
            name: attr.name.name.clone(),
            ty: Type::Dynamic,
            sensitive: false,
            validations: Vec::new(),
            given: None,
            span: attr.span,
        };
        set_default(&mut variable, attr, true, defaults, findings);
        variable
    };
    attributes.iter().map(declare).collect()
}

fn set_default(
    variable: &mut Variable,
    attr: &Attribute,
    take_its_type: bool,
    scope: &Scope,
    findings: &mut Diagnostics,
) {
    let (value, found) = attr.expr.evaluate(scope);
    let failed = found.has_errors();
    findings.extend(found);
    let empty = value.entries().is_some_and(|entries| entries.is_empty())
        || value.elements().is_some_and(|elements| elements.is_empty());
    // Of nothing no type can be told.
    if take_its_type && !failed && !value.is_null() && !empty {
        variable.ty = value.ty().clone();
    }
    if let Err(why) = variable.assign(From::Default, &value, Some(attr.expr.span)) {
        findings.push(
            Diagnostic::error("Invalid default value for variable")
                .detail(format!(
                    "The default value does not suit the type {} of the variable: {why}.",
                    variable.ty
                ))
                .at(attr.expr.span),
        );
    }
}

/// What must be true of the variables before anything is evaluated with them: each has a value, and its rules hold.
pub(crate) fn check(variables: &[Variable], scope: &Scope, sources: &diag::SourceMap) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for variable in variables {
        match &variable.given {
            None => findings.push(unset(variable)),
            Some(assignment) => {
                for validation in &variable.validations {
                    findings.extend(validation.check(&variable.name, assignment, scope, sources));
                }
            }
        }
    }
    findings
}

fn unset(variable: &Variable) -> Diagnostic {
    let name = &variable.name;
    Diagnostic::error(format!("Unset variable \"{name}\""))
        .detail(format!(
            "The variable \"{name}\" needs a value, also when nothing uses it: it has no default, and nothing else set it."
        ))
        .hint(format!(
            "Give it a value with -var '{name}=…', with a -var-file, or with the environment variable PKR_VAR_{name}."
        ))
        .at(variable.span)
}
