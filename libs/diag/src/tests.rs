use crate::{Diagnostic, SourceMap, Span, did_you_mean, render};

fn check(text: &str, range: std::ops::Range<usize>, diagnostic: Diagnostic, expected: &str) {
    let sources = SourceMap::new();
    let file = sources.add("web.pkr.hcl", text);
    let diagnostic = diagnostic.at(Span::new(file, range.start, range.end));
    assert_eq!(render(&diagnostic, &sources), expected);
}

#[test]
fn excerpt_marks_the_place() {
    check(
        "a = 1\nb = \"x\" bad\n",
        14..17,
        Diagnostic::error("Missing newline after argument").detail("An argument ends with its line."),
        "Error: Missing newline after argument\n\n  on web.pkr.hcl line 2:\n   2: b = \"x\" bad\n              ^^^\n\nAn argument ends with its line.\n\n",
    );
}

#[test]
fn a_span_of_a_whole_line_stays_on_it() {
    check(
        "ab\ncd\n",
        0..3,
        Diagnostic::warning("Whole line"),
        "Warning: Whole line\n\n  on web.pkr.hcl line 1:\n   1: ab\n      ^\n\n",
    );
}

#[test]
fn columns_count_graphemes() {
    let sources = SourceMap::new();
    let text = "e\u{301}x\ny";
    let file = sources.add("f", text);
    assert_eq!(sources.describe(Span::new(file, 3, 4)), "f:1,2-3");
    assert_eq!(sources.describe(Span::new(file, 3, text.len())), "f:1,2-2,2");
}

#[test]
fn long_explanations_wrap_and_code_does_not() {
    let detail = format!("{} end\n  {}", "word ".repeat(18).trim(), "x".repeat(90));
    let text = render(&Diagnostic::error("T").detail(detail), &SourceMap::new());
    assert!(
        text.lines().filter(|line| !line.starts_with(' ')).all(|line| line.chars().count() <= 80),
        "{text}"
    );
    assert!(text.contains(&format!("  {}", "x".repeat(90))));
}

#[test]
fn suggestions_are_near() {
    assert_eq!(did_you_mean("provisoner", ["source", "provisioner"]), Some("provisioner"));
    assert_eq!(did_you_mean("uper", ["lower", "upper"]), Some("upper"));
    assert_eq!(did_you_mean("zzz", ["lower", "upper"]), None);
    assert_eq!(did_you_mean("", ["a"]), None);
}

#[test]
fn values_of_references_are_named() {
    check(
        "a = 1\n",
        0..5,
        Diagnostic::error("T").value("var.a", "\"x\"").value("var.b", "null"),
        "Error: T\n\n  on web.pkr.hcl line 1:\n   1: a = 1\n      ^^^^^\n\nwith var.a as \"x\",\n     var.b set to null.\n\n",
    );
}
