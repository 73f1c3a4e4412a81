//! User variables: which values they get, and their values rendered, which may use each other in any order.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, SourceMap, Span};
use hcl::json::NodeKind;
use tintype_sdk::{Interpolation, Unsettled, World};

use super::document::Document;
use super::file;
use super::part::head;
use super::reader::{kind, malformed, object};

/// A value before it is rendered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Given {
    text: Arc<str>,
    /// Nothing on the command line.
    span: Option<Span>,
}

/// Values by name. Names that the template does not declare count as well.
pub(crate) type AllGiven = BTreeMap<Arc<str>, Given>;

/// What the variables are given: the template's defaults, over them the files in their order, over them the command line.
///
/// # Errors
/// A file that cannot be read, or that holds something else than texts.
pub(crate) fn given(
    document: &Document,
    files: &[String],
    flags: &[(String, String)],
    world: &World,
    sources: &SourceMap,
) -> Result<AllGiven, Diagnostics> {
    let mut all = AllGiven::new();
    for (name, variable) in &document.variables {
        if let Some(text) = &variable.default {
            all.insert(name.clone(), Given { text: text.clone(), span: Some(variable.span) });
        }
    }
    let mut findings = Diagnostics::new();
    for path in files {
        if let Some(values) = findings.take(values_in(path, world, sources)) {
            all.extend(values);
        }
    }
    for (name, text) in flags {
        all.insert(name.as_str().into(), Given { text: text.as_str().into(), span: None });
    }
    findings.into_result(all)
}

fn values_in(path: &str, world: &World, sources: &SourceMap) -> Result<AllGiven, Diagnostics> {
    let root = file::values(path, world, sources)?;
    let wrong = |why: String, span: Span| Diagnostic {
        summary: "Invalid variable file".to_owned(),
        ..malformed(why, span)
    };
    let Some(properties) = object(&root) else {
        let why = format!("an object with the values of variables is needed, this is {}", kind(&root));
        return Err(wrong(why, head(&root)).into());
    };
    let mut findings = Diagnostics::new();
    let mut values = AllGiven::new();
    for property in properties {
        let text = match &property.value.kind {
            NodeKind::String(text) => text.text().clone(),
            // In a file it does not mean that a value must come from elsewhere.
            NodeKind::Null => "".into(),
            _ => {
                let why = format!("the value of a variable is a string, this is {}", kind(&property.value));
                findings.push(wrong(why, head(&property.value)));
                continue;
            }
        };
        values.insert(property.name.text().clone(), Given { text, span: Some(property.name.span()) });
    }
    findings.into_result(values)
}

/// Renders all values into the variables of `interpolation`: each once, as soon as those that it uses are there. One that can never be
/// rendered, since it uses itself or a variable without a value, gets no value.
///
/// # Errors
/// A value that is no good as a template, or variables that wait for others in vain. The latter are let pass when any value is there that
/// was rendered and names another variable in back quotes: Packer's rule.
pub(crate) fn render(given: &AllGiven, interpolation: &mut Interpolation) -> Diagnostics {
    let mut findings = Diagnostics::new();
    let mut rendered = Arc::new(BTreeMap::new());
    let mut waiting: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
    let mut lenient = false;
    let mut queue: VecDeque<Arc<str>> = given.keys().cloned().collect();
    while let Some(name) = queue.pop_front() {
        let Some(value) = given.get(&name) else { continue };
        let text = if value.text.contains("{{") {
            interpolation.variables = Some(rendered.clone());
            let result = interpolation.render_variable(&value.text);
            // Given back, so that it is not copied for the next value.
            interpolation.variables = None;
            match result {
                Ok(text) => text,
                Err(Unsettled::Needs(other)) => {
                    waiting.entry(other).or_default().push(name);
                    continue;
                }
                Err(Unsettled::Failed(why)) => {
                    findings.push(failed(&name, value, &why));
                    continue;
                }
            }
        } else {
            value.text.to_string()
        };
        lenient |= names_another(&value.text);
        Arc::make_mut(&mut rendered).insert(name.to_string(), text);
        queue.extend(waiting.remove(&*name).unwrap_or_default());
    }
    let broken: BTreeSet<&str> =
        given.keys().map(|name| &**name).filter(|name| !rendered.contains_key(*name)).collect();
    if !lenient {
        let waits = waiting.iter().flat_map(|(other, names)| names.iter().map(move |name| (name, other)));
        // In the order of their names, as they were to be rendered.
        for (name, other) in waits.collect::<BTreeSet<_>>() {
            if let Some(value) = given.get(name) {
                findings.push(in_vain(name, other, value, broken.contains(other.as_str())));
            }
        }
    }
    interpolation.variables = Some(rendered);
    findings
}

/// Whether a text calls `user` with a name in back quotes.
fn names_another(text: &str) -> bool {
    text.split("{{").skip(1).any(|action| {
        let call = action.trim_start().strip_prefix("user").map(str::trim_start);
        call.is_some_and(|rest| rest.starts_with('`'))
    })
}

fn failed(name: &str, value: &Given, why: &str) -> Diagnostic {
    Diagnostic::error(format!("error interpolating default value for '{name}'"))
        .detail(format!("{why}\n  in {:?}", value.text))
        .at(value.span)
}

fn in_vain(name: &str, other: &str, value: &Given, broken: bool) -> Diagnostic {
    let why = match (name == other, broken) {
        (true, _) => "It uses itself.".to_owned(),
        (false, true) => format!("It uses \"{other}\", which has no value either: do they use each other?"),
        (false, false) => {
            format!("It uses \"{other}\", which has no value: neither a default nor one from outside.")
        }
    };
    failed(name, value, &why)
}

#[cfg(test)]
mod tests;
