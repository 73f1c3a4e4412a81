//! What `inspect` says of a legacy template: what is written there, nothing rendered.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{Builder, Document, Variable};

/// Something to tell, in its order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Row {
    /// For people: lines, without the line break that follows the last.
    Say(String),
    /// For programs: what it is about, and its data.
    Machine(&'static str, Vec<String>),
}

/// Stands for what no output shows.
const SENSITIVE: &str = "<sensitive>";

/// All rows.
pub(crate) fn rows(document: &Document) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut say = |text: &str| rows.push(Row::Say(text.to_owned()));
    say("Packer Inspect: JSON mode");
    if !document.description.is_empty() {
        say("Description:\n");
        say(&format!("{}\n", document.description));
    }
    variables(document, &mut rows);
    rows.push(Row::Say(String::new()));
    rows.push(Row::Say("Builders:\n".to_owned()));
    builders(&document.builders, &mut rows);
    rows.push(Row::Say(String::new()));
    rows.push(Row::Say("Provisioners:\n".to_owned()));
    if document.provisioners.is_empty() {
        rows.push(Row::Say("  <No provisioners>".to_owned()));
    }
    for step in &document.provisioners {
        rows.push(Row::Machine("template-provisioner", vec![step.ty.to_string()]));
        rows.push(Row::Say(format!("  {}", step.ty)));
    }
    rows.push(Row::Say(
        "\nNote: This is the template as it is written. The values of variables can be set from outside,\n\
         and calls of template functions in them and in the names of builders are resolved by build."
            .to_owned(),
    ));
    rows
}

fn variables(document: &Document, rows: &mut Vec<Row>) {
    let all = &document.variables;
    if all.is_empty() {
        rows.push(Row::Say("Variables:\n".to_owned()));
        rows.push(Row::Say("  <No variables>".to_owned()));
        return;
    }
    let required = all.iter().filter(|(_, variable)| variable.default.is_none());
    for (at, (name, _)) in required.clone().enumerate() {
        if at == 0 {
            rows.push(Row::Say("Required variables:\n".to_owned()));
        }
        rows.push(machine(name, "", "1"));
        rows.push(Row::Say(format!("  {name}")));
    }
    if required.count() > 0 {
        rows.push(Row::Say(String::new()));
    }
    rows.push(Row::Say("Optional variables and their defaults:\n".to_owned()));
    let width = longest(all.keys());
    let hidden = hidden(document);
    for (name, variable) in all {
        let Some(default) = &variable.default else { continue };
        let shown = if hidden.contains(&default) { SENSITIVE } else { default };
        rows.push(machine(name, shown, "0"));
        rows.push(Row::Say(format!("  {}{} = {shown}", name, padding(name, width))));
    }
}

/// The defaults of sensitive variables. Wherever the same text stands, it is hidden.
fn hidden(document: &Document) -> Vec<&Arc<str>> {
    let all: &BTreeMap<Arc<str>, Variable> = &document.variables;
    document.sensitive.iter().filter_map(|name| all.get(name)?.default.as_ref()).collect()
}

fn machine(name: &str, default: &str, required: &str) -> Row {
    Row::Machine("template-variable", [name, default, required].map(str::to_owned).to_vec())
}

fn builders(all: &[Builder], rows: &mut Vec<Row>) {
    if all.is_empty() {
        rows.push(Row::Say("  <No builders>".to_owned()));
    }
    let mut sorted: Vec<&Builder> = all.iter().collect();
    sorted.sort_by_key(|builder| &builder.name);
    let width = longest(all.iter().map(|builder| &builder.name));
    for builder in sorted {
        let name = &builder.name;
        let ty = if builder.name == builder.ty { String::new() } else { format!(" ({})", builder.ty) };
        rows.push(Row::Machine("template-builder", vec![name.to_string(), builder.ty.to_string()]));
        // The blanks stand there without a type, too.
        rows.push(Row::Say(format!("  {name}{}{ty}", padding(name, width))));
    }
}

/// The length of the longest name, in bytes.
fn longest<'a>(names: impl Iterator<Item = &'a Arc<str>>) -> usize {
    names.map(|name| name.len()).max().unwrap_or_default()
}

fn padding(name: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(name.len()))
}
