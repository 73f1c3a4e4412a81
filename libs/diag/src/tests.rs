use crate::{Diagnostic, SourceMap, Span, did_you_mean, paint, render, render_beside};

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
fn marks_stand_below_what_is_seen() {
    let sources = SourceMap::new();
    let hide = |text: &str| text.replace("geheim", "<s>").replace('1', "<one>");
    for (text, marked, expected) in [
        ("a = f(\"geheim\", bad)", "bad", "   <one>: a = f(\"<s>\", bad)\n                       ^^^\n"),
        ("a = \"geheim\" bad", "\"geheim\"", "   <one>: a = \"<s>\" bad\n              ^^^^^\n"),
        // A secret that is not all inside.
        ("a = geheim", "hei", "   <one>: a = <s>\n              ^^^\n"),
        ("\ta = e\u{301}geheim + x", "x", "   <one>: \ta = e\u{301}<s> + x\n          \t           ^\n"),
        ("a = é", "é", "   <one>: a = é\n              ^\n"),
    ] {
        let file = sources.add("f", text);
        let start = text.find(marked).unwrap_or_default();
        let finding = Diagnostic::error("T").at(Span::new(file, start, start + marked.len()));
        let seen = hide(&render_beside(&finding, &sources, &hide));
        assert!(seen.ends_with(&format!("{expected}\n")), "{text}: {seen}");
    }
}

#[test]
fn of_long_lines_a_part_is_shown() {
    let sources = SourceMap::new();
    let text = format!("{}é geheim bad {}", "x".repeat(5000), "y".repeat(5000));
    let file = sources.add("f", text.as_str());
    let hide = |text: &str| text.replace("geheim", "<s>");
    for (marked, expected) in [("bad", "é <s> bad yyy"), ("x", "   1: xxx"), ("geheim", "é <s> bad")] {
        let start = text.find(marked).unwrap_or_default();
        let finding = Diagnostic::error("T").at(Span::new(file, start, start + marked.len()));
        let seen = hide(&render_beside(&finding, &sources, &hide));
        let lines: Vec<Vec<char>> = seen.lines().map(|line| line.chars().collect()).collect();
        let [_, _, _, line, marks, ..] = &lines[..] else { panic!("{seen}") };
        let below: String =
            line.iter().zip(marks).filter(|(_, mark)| **mark == '^').map(|(c, _)| c).collect();
        assert_eq!(below, hide(marked), "{seen}");
        assert!(seen.contains(expected) && line.len() < 1100 && line.ends_with(&['…']), "{seen}");
        assert_eq!(line.starts_with(&['…']), marked != "x", "{seen}");
    }
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

#[test]
fn colours_stand_beside_what_the_author_wrote() {
    let sources = SourceMap::new();
    let file = sources.add("a.hcl", "x = \"Error: ^^^\"\n");
    let finding =
        Diagnostic::error("Wrong").detail("Very wrong.").hint("Make it right.").at(Span::new(file, 4, 16));
    let plain = render(&finding, &sources);
    let painted = paint(&plain);
    assert_eq!(
        painted,
        "\x1b[1;31mError:\x1b[0m\x1b[1m Wrong\x1b[0m\n\n  on a.hcl line 1:\n   1: x = \"Error: ^^^\"\n          \
         \x1b[1;31m^^^^^^^^^^^^\x1b[0m\n\nVery wrong.\n\n\x1b[1;36mHint:\x1b[0m Make it right.\n\n"
    );
    assert_eq!(without_codes(&painted), plain);
    let warning = paint(&render(&Diagnostic::warning("Odd").at(Span::new(file, 0, 1)), &sources));
    assert!(
        warning.starts_with("\x1b[1;33mWarning:\x1b[0m\x1b[1m Odd") && warning.contains("\x1b[1;33m^\x1b[0m"),
        "{warning:?}"
    );
    for text in ["", "\n", "no finding\n   ^\n", "12\n^^\n", "Error"] {
        assert_eq!(paint(text), text);
    }
}

/// A text without what begins with an escape and ends with an `m`.
fn without_codes(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default();
    std::iter::once(first)
        .chain(parts.map(|part| part.split_once('m').map_or("", |(_, rest)| rest)))
        .collect()
}
