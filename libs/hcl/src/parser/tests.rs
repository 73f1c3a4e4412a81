mod bodies;
mod errors;
mod expressions;
mod hostile;
mod print;
mod round_trip;
mod show;
mod templates;

use diag::{Diagnostics, FileId, SourceMap};

/// `line title` of each finding.
fn titles(text: &str, diagnostics: &Diagnostics) -> Vec<String> {
    let sources = SourceMap::new();
    sources.add("test", text);
    let line = |found: &diag::Diagnostic| {
        found.subject.and_then(|span| sources.positions(span)).map_or(0, |at| at.0.line)
    };
    diagnostics.iter().map(|found| format!("{} {}", line(found), found.summary)).collect()
}

/// An expression, shown; there must be nothing wrong with it.
#[track_caller]
fn expr(text: &str) -> String {
    let (expr, diagnostics) = super::parse_expr(text, FileId(0), 0);
    assert_eq!(titles(text, &diagnostics), [""; 0], "{text:?}");
    show::expr(&expr)
}
