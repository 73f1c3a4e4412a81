//! The variables of the template: those that can be set from outside, and those whose defaults call more than an input variable may.

use std::collections::BTreeMap;

use super::calls::{Failure, Needs, Place, needs_a_local, parse};
use super::text::quoted;
use super::{Work, commented, notes};
use crate::json::document::Document;

/// A variable of the template.
pub(super) struct Variable<'d> {
    pub name: &'d str,
    default: Option<&'d str>,
    is_sensitive: bool,
    /// Whether it becomes a local.
    pub is_local: bool,
}

/// The variables that the template declares, by name.
pub(super) fn sort(document: &Document) -> Vec<Variable<'_>> {
    let variables = document.variables.iter().map(|(name, variable)| {
        let default = variable.default.as_deref();
        let has_calls = default.filter(|text| text.contains("{{"));
        Variable {
            name,
            default,
            is_sensitive: document.sensitive.contains(name),
            is_local: has_calls.is_some_and(|text| parse(text).is_ok_and(|tree| needs_a_local(&tree))),
        }
    });
    variables.collect()
}

/// The `variable` blocks by name.
pub(super) fn defaults(variables: &[Variable<'_>], work: &mut Work<'_>) -> BTreeMap<String, String> {
    let inputs = variables.iter().filter(|variable| !variable.is_local);
    let blocks = inputs.map(|variable| {
        let name = own_name(variable, work);
        let block = work.block(Place::Default, |texts, out| {
            out.push_str(&format!("variable {} {{\ntype = string\n", quoted(&name)));
            if let Some(default) = variable.default {
                out.push_str(&format!("default = \"{}\"\n", texts(default, None)?));
            }
            out.push_str(if variable.is_sensitive { "sensitive = true\n}\n" } else { "}\n" });
            Ok(())
        });
        (variable.name.to_owned(), block)
    });
    blocks.collect()
}

/// Variables that something in the file needs although the template does not declare them.
pub(super) fn undeclared(document: &Document, needs: &Needs) -> BTreeMap<String, String> {
    let mut blocks = BTreeMap::new();
    for (name, ours) in &needs.undeclared {
        let is_sensitive = document.sensitive.iter().any(|sensitive| &**sensitive == name);
        let sensitive = if is_sensitive { "sensitive = true\n" } else { "" };
        blocks.insert(name.clone(), format!("variable {} {{\ntype = string\n{sensitive}}}\n", quoted(ours)));
    }
    for (name, ours) in &needs.environment {
        let default = format!("\"${{env({})}}\"", quoted(name));
        let block = format!("variable {} {{\ntype = string\ndefault = {default}\n}}\n", quoted(ours));
        blocks.insert(ours.clone(), block);
    }
    blocks
}

/// All `variable` blocks, sorted.
pub(super) fn merged(mut blocks: BTreeMap<String, String>, more: BTreeMap<String, String>) -> Vec<String> {
    for (name, block) in more {
        // Two of one name have different names in the file; only their order is at stake.
        let mut key = name;
        while blocks.contains_key(&key) {
            key.push(' ');
        }
        blocks.insert(key, block);
    }
    blocks.into_values().collect()
}

/// The locals: a block for each sensitive one, and one for all the others.
pub(super) fn locals(variables: &[Variable<'_>], work: &mut Work<'_>) -> Vec<String> {
    let (sensitive, others): (Vec<_>, Vec<_>) =
        variables.iter().filter(|variable| variable.is_local).partition(|variable| variable.is_sensitive);
    let mut blocks = Vec::new();
    for variable in sensitive {
        let name = quoted(&own_name(variable, work));
        let default = variable.default.unwrap_or_default();
        blocks.push(work.block(Place::Local, |texts, out| {
            let value = texts(default, None)?;
            out.push_str(&format!("local {name} {{\nsensitive = true\nexpression = \"{value}\"\n}}\n"));
            Ok(())
        }));
    }
    if others.is_empty() {
        return blocks;
    }
    // One that cannot be taken over must not take the others with it.
    let (mut comments, mut block) = (String::new(), "locals {\n".to_owned());
    work.calls.kept.clear();
    for variable in others {
        let (name, default) = (own_name(variable, work), variable.default.unwrap_or_default());
        let before = (work.calls.needs.clone(), work.calls.kept.len());
        let value = work.calls.rewrite(default, Place::Local).or_else(|failure: Failure| {
            comments.push_str(&notes::failure(&failure));
            work.calls.needs = before.0;
            work.calls.kept.truncate(before.1);
            super::body::untouched(default, None)
        });
        block.push_str(&format!("{name} = \"{}\"\n", value.unwrap_or_default()));
    }
    block.push_str("}\n");
    comments.push_str(&notes::kept(&work.calls.kept));
    blocks.push(commented(&comments, block));
    blocks
}

/// The name of a variable in the file.
fn own_name(variable: &Variable<'_>, work: &Work<'_>) -> String {
    let reference = work.calls.names.reference(variable.name).unwrap_or(variable.name);
    reference.split_once('.').map_or(reference, |(_, name)| name).to_owned()
}
