//! The reference page of a component, generated and committed. One heading for each block, one entry for each option.

use std::fmt::Write;

use crate::describe::facts;
use crate::{Field, Schema};

/// A page: title, description, options in the order of the struct, then those of nested blocks.
pub fn to_markdown(schema: &Schema) -> String {
    let mut out = format!("# `{}`\n", schema.name);
    // Writing into a String cannot fail.
    if !schema.doc.is_empty() {
        let _ = write!(out, "\n{}\n", schema.doc);
    }
    section(&mut out, schema, "Options");
    out
}

fn section(out: &mut String, schema: &Schema, title: &str) {
    if schema.fields.is_empty() {
        return;
    }
    let _ = write!(out, "\n## {title}\n\n");
    let (must, may): (Vec<&Field>, Vec<&Field>) = schema.fields.iter().partition(|field| field.required);
    for field in must.into_iter().chain(may) {
        entry(out, field);
    }
    for field in &schema.fields {
        if let Some(inner) = field.kind.nested() {
            section(out, inner, &format!("Options of `{}`", field.name));
        }
    }
}

fn entry(out: &mut String, field: &Field) {
    let _ = write!(out, "- `{}` ({})", field.name, facts(field).join(", "));
    if let Some(reason) = &field.deprecated {
        let _ = write!(out, " **Deprecated:** {reason}.");
    }
    for (index, line) in field.doc.lines().enumerate() {
        let _ = match (index, line.is_empty()) {
            (0, _) => write!(out, " {line}"),
            (_, true) => writeln!(out),
            (_, false) => write!(out, "\n  {line}"),
        };
    }
    if let Some(default) = &field.default {
        let _ = write!(out, " Default: {}.", code(default));
    }
    if !field.values.is_empty() {
        let values: Vec<String> = field.values.iter().map(|value| code(value)).collect();
        let _ = write!(out, " One of {}.", values.join(", "));
    }
    match field.template.as_deref() {
        // Of a plugin's options nothing is known but this, and it holds for all: not worth a word.
        Some("") if field.doc.is_empty() => {}
        Some("") => out.push_str(" A Go template, rendered when it is used."),
        Some(data) => {
            let data: Vec<String> =
                data.split(',').map(|name| code(&format!("{{{{.{}}}}}", name.trim()))).collect();
            let _ = write!(out, " A Go template, rendered when it is used, with {}.", data.join(", "));
        }
        None => {}
    }
    if !field.aliases.is_empty() {
        let aliases: Vec<String> = field.aliases.iter().map(|alias| code(alias)).collect();
        let _ = write!(out, " Older names: {}.", aliases.join(", "));
    }
    out.push('\n');
}

/// Inline code, also when the text holds back-quotes.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    if longest == 0 {
        return format!("`{text}`");
    }
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}
