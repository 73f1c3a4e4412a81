//! Templates in files of their own, rendered with the values they are given and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};
use diag::{Diagnostics, SourceMap};
use hcl::function::{CallCx, Param};
use hcl::lexer::is_identifier;
use hcl::{Function, FunctionError, Scope, parse_template};

use super::args::{Result, text, value, wanted};
use super::files::Places;

const NAME: &str = "templatefile";

pub(super) fn functions(places: &Places) -> Vec<Function> {
    let places = places.clone();
    vec![
        Function::new(NAME, Type::Dynamic, move |args, cx| render(&places, args, cx))
            .doc(
                "The text of a template in a file, rendered with these values and all functions but this one. A file that is \
                 one interpolation yields its value as it is. Relative paths begin beside the template, ~ is the home directory.",
            )
            .param("path", Type::String)
            .takes(Param::new("values", Type::Dynamic))
            .may_return_null(),
    ]
}

fn render(places: &Places, args: &[Value], cx: &CallCx<'_>) -> Result<Value> {
    let path = text(args, 0)?;
    let variables = variables(value(args, 1)?)?;
    let sources = SourceMap::new();
    let content: Arc<str> = places.read_text(path)?.into();
    let file = sources.add(path, Arc::clone(&content));
    let (template, findings) = parse_template(&content, file);
    check(&findings, &sources)?;
    for reference in hcl::walk::references(&template) {
        if !variables.contains_key(&reference.root) {
            let place = sources.describe(reference.span);
            let near = diag::did_you_mean(&reference.root, variables.keys().map(|name| &**name));
            let advice = near.map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
            let message = format!("the template needs a value for {:?} at {place}{advice}", &*reference.root);
            return Err(FunctionError::argument(1, message));
        }
    }
    let mut scope = Scope::new().with_variables(variables);
    if let Some(functions) = cx.functions() {
        // A template that renders itself would never end.
        scope = scope.with_functions(functions.without(NAME));
    }
    let (value, findings) = cx.evaluate(&template, &scope);
    check(&findings, &sources)?;
    Ok(value)
}

fn variables(values: &Value) -> Result<BTreeMap<Arc<str>, Value>> {
    let Some(entries) = values.entries() else {
        return Err(FunctionError::argument(1, wanted("a map or object", values)));
    };
    if let Some(name) = entries.keys().find(|name| !is_identifier(name)) {
        let message = format!(
            "{:?} cannot be the name of a value: it must be letters, digits, _ and -, and begin with a letter or _",
            &**name
        );
        return Err(FunctionError::argument(1, message));
    }
    Ok(entries.clone())
}

/// The errors of a template as one, each with its place in the template.
fn check(findings: &Diagnostics, sources: &SourceMap) -> Result<()> {
    let errors: Vec<String> = findings
        .iter()
        .filter(|finding| finding.is_error())
        .map(|finding| {
            let place =
                finding.subject.map(|span| format!("{}: ", sources.describe(span))).unwrap_or_default();
            let detail =
                if finding.detail.is_empty() { String::new() } else { format!("; {}", finding.detail) };
            format!("{place}{}{detail}", finding.summary)
        })
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(FunctionError::call(errors.join("\n"))) }
}
