//! Findings as text, in the shape that HashiCorp's tools made familiar: title, place, the source lines, the values involved,
//! the explanation. Plain text; colour, prefixes and streams are the caller's.

use std::fmt::Write;

use crate::{Diagnostic, Diagnostics, Severity, SourceMap, Span};

/// Column at which explanations are wrapped.
const WIDTH: usize = 80;

/// One finding, ending with an empty line.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let mut out = String::new();
    let severity = match diagnostic.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    // Writing into a String cannot fail.
    let _ = writeln!(out, "{severity}: {}\n", diagnostic.summary);
    if let Some(subject) = diagnostic.subject {
        excerpt(&mut out, diagnostic, subject, sources);
    }
    if !diagnostic.values.is_empty() {
        for (index, (reference, value)) in diagnostic.values.iter().enumerate() {
            let lead = if index == 0 { "with " } else { "     " };
            let end = if index + 1 == diagnostic.values.len() { "." } else { "," };
            // A string would stand in quotes: this is null itself.
            let _ = match value.as_str() {
                "null" => writeln!(out, "{lead}{reference} set to null{end}"),
                _ => writeln!(out, "{lead}{reference} as {value}{end}"),
            };
        }
        out.push('\n');
    }
    if !diagnostic.detail.is_empty() {
        let _ = writeln!(out, "{}\n", wrap(&diagnostic.detail));
    }
    if let Some(hint) = &diagnostic.hint {
        let _ = writeln!(out, "{}\n", wrap(&format!("Hint: {hint}")));
    }
    out
}

/// All findings, one after another.
pub fn render_all(diagnostics: &Diagnostics, sources: &SourceMap) -> String {
    diagnostics.iter().map(|diagnostic| render(diagnostic, sources)).collect()
}

fn excerpt(out: &mut String, diagnostic: &Diagnostic, subject: Span, sources: &SourceMap) {
    let Some(source) = sources.get(subject.file) else { return };
    let (start, end) = (source.position(subject.start), source.position(subject.end));
    let _ = write!(out, "  on {} line {}", source.name, start.line);
    if let Some(block) = &diagnostic.block {
        let _ = write!(out, ", in {block}");
    }
    out.push_str(":\n");
    let (mut first, mut last) = (start.line, end.line);
    if let Some(context) = diagnostic.context.filter(|context| context.file == subject.file) {
        first = first.min(source.position(context.start).line);
        last = last.max(source.position(context.end).line);
    }
    // A span that ends just behind a line end does not reach into the next line.
    if last > first && source.line_start(last) == Some(subject.end) {
        last -= 1;
    }
    for line in first..=last {
        let Some(text) = source.line(line) else { break };
        let _ = writeln!(out, "{line:>4}: {text}");
        if line == start.line {
            let width = if end.line == start.line { (end.column - start.column).max(1) } else { 1 };
            let pad: String = text
                .chars()
                .take(start.column as usize - 1)
                .map(|c| if c == '\t' { '\t' } else { ' ' })
                .collect();
            let _ = writeln!(out, "      {pad}{}", "^".repeat(width as usize));
        }
    }
    out.push('\n');
}

/// Greedy wrapping at [`WIDTH`] characters. Line breaks that are there stay; lines that begin with a blank are left as they
/// are (they are code); words are never cut.
fn wrap(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for (index, line) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        if line.starts_with(' ') {
            out.push_str(line);
            continue;
        }
        let mut column = 0;
        for word in line.split(' ') {
            let width = word.chars().count();
            if column > 0 && column + 1 + width > WIDTH {
                out.push('\n');
                column = 0;
            } else if column > 0 {
                out.push(' ');
                column += 1;
            }
            out.push_str(word);
            column += width;
        }
    }
    out
}
