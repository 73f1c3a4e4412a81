//! The text of a legacy template as JSON nodes with their places. Stricter than JSON: no object may have a key twice. What the keys mean
//! is for others.

use std::collections::HashSet;

use diag::{Diagnostic, Diagnostics, FileId, SourceMap, Span};
use hcl::json::{Node, NodeKind, Property};

/// The title of everything that is wrong with a file as such.
const TITLE: &str = "Invalid legacy JSON template";

/// Reads a text that was added to `sources` as `file`, of which an object may hold a key twice.
///
/// # Errors
/// The first place where it is no JSON.
pub(crate) fn read_any(text: &str, file: FileId, sources: &SourceMap) -> Result<Node, Diagnostics> {
    // Editors show nothing there, so "a value is needed" would puzzle.
    if text.starts_with('\u{feff}') {
        let why = "the text begins with a byte order mark (U+FEFF), which JSON does not have";
        let finding = malformed(why, Span::new(file, 0, 0));
        return Err(finding.hint("Save the file as \"UTF-8\", not as \"UTF-8 with BOM\".").into());
    }
    let (node, findings) = hcl::json::parse(text, file);
    match findings.into_iter().find(Diagnostic::is_error) {
        Some(first) => Err(no_json(&first, text, sources).into()),
        None => Ok(node),
    }
}

/// Reads the text of a template.
///
/// # Errors
/// The first place where it is no JSON, or else every key that an object has twice.
pub(crate) fn read(text: &str, file: FileId, sources: &SourceMap) -> Result<Node, Diagnostics> {
    let node = read_any(text, file, sources)?;
    let mut findings = Diagnostics::new();
    duplicates(&node, &mut findings);
    findings.into_result(node)
}

/// The finding for something in a template that cannot be understood. `why` is a phrase.
pub(crate) fn malformed(why: impl std::fmt::Display, span: impl Into<Option<Span>>) -> Diagnostic {
    Diagnostic::error(TITLE).detail(format!("Original error: {why}")).at(span)
}

/// The finding for a text that is no JSON, shown with the line before: there the cause is, often.
fn no_json(found: &Diagnostic, text: &str, sources: &SourceMap) -> Diagnostic {
    let subject = found.subject.unwrap_or(Span::new(FileId(0), 0, 0));
    let (offset, mut place) = (subject.start as usize, String::new());
    if let Some((start, _)) = sources.positions(subject) {
        place = format!("\nAt line {}, column {} (offset {offset}).", start.line, start.column);
    }
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rfind('\n').unwrap_or(0);
    let line_before = before.get(..line).and_then(|text| text.rfind('\n')).map_or(0, |end| end + 1);
    malformed(format!("{}: {}{place}", found.summary, found.detail), subject)
        .around(Span::new(subject.file, line_before, offset))
        .hint("If this is an HCL2 template, its name must end in .pkr.hcl or .pkr.json.")
}

fn duplicates(node: &Node, findings: &mut Diagnostics) {
    match &node.kind {
        NodeKind::Object(properties) => {
            let mut seen = HashSet::with_capacity(properties.len());
            for property in properties.iter() {
                let name = property.name.text();
                if !seen.insert(name) {
                    findings.push(malformed(format!("duplicate field: {name}"), property.name.span()));
                }
                duplicates(&property.value, findings);
            }
        }
        NodeKind::Array(items) => items.iter().for_each(|item| duplicates(item, findings)),
        _ => {}
    }
}

/// The properties of an object.
pub(crate) fn object(node: &Node) -> Option<&[Property]> {
    match &node.kind {
        NodeKind::Object(properties) => Some(properties),
        _ => None,
    }
}

/// The elements of an array.
pub(crate) fn array(node: &Node) -> Option<&[Node]> {
    match &node.kind {
        NodeKind::Array(items) => Some(items),
        _ => None,
    }
}

/// The text of a string.
pub(crate) fn text(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::String(string) => Some(string.text()),
        _ => None,
    }
}

/// What a node is, with an article: for sentences.
pub(crate) fn kind(node: &Node) -> &'static str {
    match &node.kind {
        NodeKind::Null => "null",
        NodeKind::Bool(_) => "a bool",
        NodeKind::Number(_) => "a number",
        NodeKind::String(_) => "a string",
        NodeKind::Array(_) => "an array",
        NodeKind::Object(_) => "an object",
        NodeKind::Invalid => "nothing readable",
    }
}

#[cfg(test)]
mod tests;
