//! Findings as text, in the shape that HashiCorp's tools made familiar: title, place, the source lines, the values involved,
//! the explanation. Plain text; colour, prefixes and streams are the caller's.

use std::fmt::Write;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::{Diagnostic, Diagnostics, Severity, SourceMap, Span};

/// Column at which explanations are wrapped.
const WIDTH: usize = 80;

/// One finding, ending with an empty line.
pub fn render(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    render_beside(diagnostic, sources, &str::to_owned)
}

/// One finding as [`render`] makes it, whose text is going to be changed by `shown`, line by line, before anybody sees it: what must not
/// be seen is replaced. The marks stand below what they mark in the changed line. The text itself is not changed here.
///
/// ```
/// # use diag::{Diagnostic, SourceMap, Span, render_beside};
/// let sources = SourceMap::new();
/// let file = sources.add("a.hcl", "a = f(\"hunter2\", x)");
/// let finding = Diagnostic::error("Wrong").at(Span::new(file, 17, 18));
/// let shown = |line: &str| line.replace("hunter2", "*");
/// let text = shown(&render_beside(&finding, &sources, &shown));
/// assert!(text.contains("   1: a = f(\"*\", x)\n                 ^\n"), "{text}");
/// ```
pub fn render_beside(diagnostic: &Diagnostic, sources: &SourceMap, shown: &dyn Fn(&str) -> String) -> String {
    let mut out = String::new();
    let severity = match diagnostic.severity {
        Severity::Error => "Error",
        Severity::Warning => "Warning",
    };
    // Writing into a String cannot fail.
    let _ = writeln!(out, "{severity}: {}\n", diagnostic.summary);
    if let Some(subject) = diagnostic.subject {
        excerpt(&mut out, diagnostic, subject, sources, shown);
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

fn excerpt(
    out: &mut String,
    diagnostic: &Diagnostic,
    subject: Span,
    sources: &SourceMap,
    shown: &dyn Fn(&str) -> String,
) {
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
        let lead = format!("{line:>4}: ");
        let _ = writeln!(out, "{lead}{text}");
        if line == start.line {
            let begin = source.line_start(line).unwrap_or_default();
            // Of a place that reaches further the first character is marked.
            let end = if end.line == start.line { subject.end } else { subject.start };
            let (from, to) = ((subject.start - begin) as usize, (end - begin) as usize);
            let _ = writeln!(out, "{}", marks(&lead, text, from..to, shown));
        }
    }
    out.push('\n');
}

/// The marks below a line, for a range of its text in bytes.
fn marks(lead: &str, text: &str, range: Range<usize>, shown: &dyn Fn(&str) -> String) -> String {
    let (before, after) =
        (text.get(..range.start).unwrap_or(text), text.get(range.end..).unwrap_or_default());
    let (line, before) = (shown(&format!("{lead}{text}")), shown(&format!("{lead}{before}")));
    let after = shown(after);
    // Where a replacement stands across an end of the range it is marked as a whole.
    let same = |(a, b): &(u8, u8)| a == b;
    let start = line.bytes().zip(before.bytes()).take_while(same).count();
    let behind = line.bytes().rev().zip(after.bytes().rev()).take_while(same).count();
    let (before, marked) = line.split_at(line.floor_char_boundary(start));
    let marked = marked.get(..marked.len().saturating_sub(behind)).unwrap_or(marked);
    let width = if range.is_empty() { 1 } else { marked.graphemes(true).count().max(1) };
    let pad = before.graphemes(true).map(|c| if c == "\t" { '\t' } else { ' ' });
    pad.chain(std::iter::repeat_n('^', width)).collect()
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
