//! One option explained on a terminal: what `describe shell.inline` prints. Takes only the schema; finding the component is the
//! caller's part.

use std::fmt::Write;

use crate::{Field, FieldKind, Schema};

/// The option at a dotted path below a schema (`inline`, `build.path`), as plain text that ends with a line end. With an empty
/// path all options, one line each. Nothing when there is no such option.
pub fn describe_option(schema: &Schema, path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(overview(schema));
    }
    schema.field_at(path).map(|field| describe(field, path))
}

fn overview(schema: &Schema) -> String {
    let mut out = format!("{}\n", schema.name);
    // Writing into a String cannot fail.
    if !schema.doc.is_empty() {
        let _ = writeln!(out, "\n{}", schema.doc);
    }
    let width = schema.fields.iter().map(|field| field.name.len()).max().unwrap_or(0);
    if width > 0 {
        out.push('\n');
    }
    for field in &schema.fields {
        let first = field.doc.lines().next().unwrap_or("");
        let line = format!("  {:width$}  {:<16}  {first}", field.name, field.kind.words());
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

fn describe(field: &Field, path: &str) -> String {
    let mut out = format!("{path} ({})\n", facts(field).join(", "));
    if !field.doc.is_empty() {
        let _ = write!(out, "\n{}\n", field.doc);
    }
    let mut facts = Vec::new();
    if let Some(default) = &field.default {
        facts.push(format!("Default: {default}"));
    }
    if !field.values.is_empty() {
        facts.push(format!("Values: {}", field.values.join(", ")));
    }
    if !field.aliases.is_empty() {
        facts.push(format!("Older names: {}", field.aliases.join(", ")));
    }
    if let Some(data) = &field.template {
        facts.push(if data.is_empty() {
            "Rendered as a Go template when it is used".to_owned()
        } else {
            format!("Rendered as a Go template when it is used, with: {data}")
        });
    }
    if let Some(reason) = &field.deprecated {
        facts.push(format!("Deprecated: {reason}"));
    }
    if !facts.is_empty() {
        let _ = write!(out, "\n{}\n", facts.join("\n"));
    }
    if let Some(inner) = field.kind.nested() {
        let overview = overview(inner);
        // The block's own name was just shown.
        let _ = write!(out, "{}", overview.split_once('\n').map_or("", |(_, rest)| rest));
    }
    out
}

/// Kind and duties, for the line with the name.
pub(crate) fn facts(field: &Field) -> Vec<String> {
    let mut facts = vec![match &field.kind {
        FieldKind::Blocks(_) => "blocks, any number".to_owned(),
        FieldKind::Block(_) if field.object => "block or object".to_owned(),
        kind => kind.words(),
    }];
    if field.required {
        facts.push("required".to_owned());
    }
    if field.sensitive {
        facts.push("sensitive".to_owned());
    }
    facts
}
