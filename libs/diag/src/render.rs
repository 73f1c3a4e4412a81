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
        let whole = format!("{line:>4}: {text}");
        if line != start.line {
            let text = if whole.len() > LONG { part(&shown(&whole), 0) } else { whole };
            let _ = writeln!(out, "{text}");
            continue;
        }
        let lead = whole.len() - text.len();
        let begin = source.line_start(line).unwrap_or_default();
        // Of a place that reaches further the first character is marked.
        let end = if end.line == start.line { subject.end } else { subject.start };
        let marked = lead + (subject.start - begin) as usize..lead + (end - begin) as usize;
        let (text, marks) = with_marks(whole, marked, shown);
        let _ = writeln!(out, "{text}\n{marks}");
    }
    out.push('\n');
}

/// Of a line that is longer, in bytes, a part is shown: files that programs made may have all they hold on one.
const LONG: usize = 1000;

/// How much of that part stands before the place in question.
const BEFORE: usize = 200;

/// A line and the marks below it, for a range of it in bytes.
fn with_marks(whole: String, range: Range<usize>, shown: &dyn Fn(&str) -> String) -> (String, String) {
    let seen = shown(&whole);
    let before = shown(whole.get(..range.start).unwrap_or(&whole));
    let after = shown(whole.get(range.end..).unwrap_or_default());
    // Where a replacement stands across an end of the range it is marked as a whole.
    let same = |(a, b): &(u8, u8)| a == b;
    let start = seen.bytes().zip(before.bytes()).take_while(same).count();
    let start = seen.floor_char_boundary(start);
    let behind = seen.bytes().rev().zip(after.bytes().rev()).take_while(same).count();
    let window = if whole.len() > LONG { window(&seen, start) } else { 0..seen.len() };
    let left_out = (window.start > 0).then_some(" ");
    let before = seen.get(window.start..start).unwrap_or_default();
    let marked = seen.get(start..window.end.min(seen.len() - behind)).unwrap_or_default();
    let width = if range.is_empty() { 1 } else { marked.graphemes(true).count().max(1) };
    let pad = left_out.into_iter().chain(before.graphemes(true));
    let pad = pad.map(|c| if c == "\t" { '\t' } else { ' ' });
    let marks = pad.chain(std::iter::repeat_n('^', width)).collect();
    // A part of a secret would not be recognised any more: a part is taken of what may be seen.
    (if whole.len() > LONG { part(&seen, start) } else { whole }, marks)
}

/// What of a long line is shown when this place is in question.
fn window(line: &str, place: usize) -> Range<usize> {
    let from = if place < LONG { 0 } else { line.floor_char_boundary(place - BEFORE) };
    from..line.floor_char_boundary(from.saturating_add(LONG).min(line.len()))
}

fn part(line: &str, place: usize) -> String {
    let window = window(line, place);
    let (before, after) = (window.start > 0, window.end < line.len());
    let dots = |there: bool| if there { "…" } else { "" };
    format!("{}{}{}", dots(before), line.get(window).unwrap_or_default(), dots(after))
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
