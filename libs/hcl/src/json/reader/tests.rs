use std::time::{Duration, Instant};

use diag::{FileId, Span};
use proptest::prelude::*;

use super::super::{Node, NodeKind, parse, parse_body};
use crate::MAX_DEPTH;
use crate::ast::ExprKind;

/// A value as JSON without blanks, in which what could not be read is `!`.
fn show(node: &Node) -> String {
    match &node.kind {
        NodeKind::Null => "null".into(),
        NodeKind::Bool(value) => value.to_string(),
        NodeKind::Number(number) => number.to_string(),
        NodeKind::String(string) => format!("{:?}", string.text()),
        NodeKind::Array(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
        NodeKind::Object(properties) => {
            let shown = properties
                .iter()
                .map(|property| format!("{:?}:{}", property.name.text(), show(&property.value)));
            format!("{{{}}}", shown.collect::<Vec<_>>().join(","))
        }
        NodeKind::Invalid => "!".into(),
    }
}

#[track_caller]
fn check(text: &str, expected: &str, titles: &[&str]) {
    let (node, diagnostics) = parse(text, FileId(0));
    assert_eq!(diagnostics.iter().map(|found| &found.summary).collect::<Vec<_>>(), titles, "{text}");
    assert_eq!(show(&node), expected, "{text}");
}

#[test]
fn values() {
    check(" {\"a\" : [ 1 , -2.50 , 1e3 , 0 ] ,\r\n\t\"b\" : { } } ", r#"{"a":[1,-2.5,1000,0],"b":{}}"#, &[]);
    check("[true, false, null, []]", "[true,false,null,[]]", &[]);
    check("{\"a\": 1, \"a\": 2}", r#"{"a":1,"a":2}"#, &[]);
    check("123456789012345678901234567890", "123456789012345678901234567890", &[]);
    check(r#""a\"\\\/\b\f\n\r\tz""#, r#""a\"\\/\u{8}\u{c}\n\r\tz""#, &[]);
    check(r#""\u00e9\uD83D\uDE00é""#, r#""é😀é""#, &[]);
    // Half a pair is no character.
    check(r#""\uD83Dx""#, "\"\u{fffd}x\"", &[]);
}

#[test]
fn mistakes() {
    check(r#"{"a": }"#, r#"{"a":!}"#, &["Missing JSON value"]);
    check(r#"{"a": , "b": tru}"#, r#"{"a":!,"b":!}"#, &["Invalid start of value", "Invalid JSON keyword"]);
    check(r#"{"a": 1,}"#, r#"{"a":1}"#, &["Trailing comma in object"]);
    check(r#"{"a": [1,], "b": 2}"#, r#"{"a":[1],"b":2}"#, &["Trailing comma in array"]);
    check(r#"{"a" 1}"#, "{}", &["Missing property value colon"]);
    check(r#"{"a" = 1}"#, "{}", &["Missing property value colon"]);
    check(r#"{"a"}"#, "{}", &["Missing object value"]);
    check(
        r#"[{"a": 1 "b": 2}, {"c" 3}]"#,
        r#"[{"a":1},{}]"#,
        &["Missing attribute seperator comma", "Missing property value colon"],
    );
    check("[1 2]", "[1]", &["Missing attribute seperator comma"]);
    check(r#"{"a": 1 /* c */}"#, r#"{"a":1}"#, &["Missing attribute seperator comma"]);
    check("{a: 1}", "{}", &["Invalid object property name"]);
    check("{,}", "{}", &["Invalid object property name"]);
    check(r#"{"a": 1"#, r#"{"a":1}"#, &["Unclosed object"]);
    check(r#"{"a": [1"#, r#"{"a":[1]}"#, &["Unclosed object"]);
    check(r#"{"a": [1}, "b": 2}"#, r#"{"a":[1]}"#, &["Mismatched brackets"]);
    check(r#"[{"a": 1], 2]"#, r#"[{"a":1}]"#, &["Mismatched braces"]);
    for number in ["+1", "-", "01", "1.", ".5", "1e", "--1", "1.2.3"] {
        check(number, "!", &["Invalid JSON number"]);
    }
    for word in ["True", "nul", "foo", "_"] {
        check(word, "!", &["Invalid JSON keyword"]);
    }
    for text in ["'x'", "`x`", "// c", "\u{feff}{}", "=", "😀"] {
        check(text, "!", &["Invalid start of value"]);
    }
    for string in [r#""\q""#, r#""\u12""#, "\"a\tb\"", "\"a", "\"a\n\""] {
        check(string, "!", &["Invalid JSON string"]);
    }
    check("", "!", &["Missing value"]);
    check("{} x", "{}", &["Extraneous data after value"]);
    check("{}}", "{}", &["Extraneous data after value"]);
}

#[test]
fn roots() {
    let titles = |text: &str| {
        let (_, diagnostics) = parse_body(text, FileId(0));
        diagnostics.iter().map(|found| found.summary.clone()).collect::<Vec<_>>()
    };
    for text in ["\"x\"", "1", "null"] {
        assert_eq!(titles(text), ["Root value must be object"], "{text}");
    }
    for text in ["{}", "[]", "[{}]"] {
        assert_eq!(titles(text), [""; 0], "{text}");
    }
    assert_eq!(titles("x"), ["Invalid JSON keyword"]);
}

#[test]
fn places_in_strings_are_those_in_the_file() {
    let text = r#"["é\n\u00e9${ a.b }\"${ c }"]"#;
    let (node, _) = parse(text, FileId(0));
    let NodeKind::Array(items) = &node.kind else { panic!("{node:?}") };
    let NodeKind::String(string) = &items[0].kind else { panic!("{node:?}") };
    assert_eq!(&text[string.span().range()], &text[1..text.len() - 1]);
    let references = crate::walk::references(string.template().0);
    let at: Vec<_> = references.iter().map(|reference| &text[reference.span.range()]).collect();
    assert_eq!(at, ["a.b", "c"]);
    let (node, _) = parse(r#""\t${1 +}""#, FileId(0));
    let NodeKind::String(string) = &node.kind else { panic!("{node:?}") };
    let (_, found) = string.template();
    assert_eq!(found.0[0].subject.map(|span| span.range()), Some(8..9));
    let (expr, found) = string.expression();
    assert!(matches!(expr.kind, ExprKind::Invalid) && found.has_errors());
}

fn spans(outer: Span, node: &Node, depth: u32) {
    assert!(outer.contains(node.span) && depth <= MAX_DEPTH);
    match &node.kind {
        NodeKind::Array(items) => items.iter().for_each(|item| spans(node.span, item, depth + 1)),
        NodeKind::Object(properties) => properties.iter().for_each(|property| {
            assert!(node.span.contains(property.name.span()));
            spans(node.span, &property.value, depth + 1);
        }),
        _ => {}
    }
}

fn survives(text: &str) {
    let (node, diagnostics) = parse(text, FileId(0));
    let whole = Span::new(FileId(0), 0, text.len());
    spans(whole, &node, 0);
    for found in diagnostics.iter().filter_map(|found| found.subject) {
        assert!(whole.contains(found) && text.get(found.range()).is_some());
    }
}

proptest! {
    #[test]
    fn arbitrary_text(text in any::<String>()) {
        survives(&text);
    }

    #[test]
    fn arbitrary_tokens(parts in prop::collection::vec(prop::sample::select(PIECES), 0..40)) {
        survives(&parts.concat());
    }
}

const PIECES: &[&str] = &[
    "{", "}", "[", "]", ":", ",", "\"", "\"a\"", "\"a\":", "1", "-1.5e3", "01", "true", "nul", " ", "\n",
    "\\", "\\u12", "\"${x\"", "é",
];

#[test]
fn depth() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
        let nested = |levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        assert!(parse(&nested(200), FileId(0)).1.is_empty());
        let start = Instant::now();
        for text in [nested(10_000), open.repeat(10_000)] {
            survives(&text);
            assert_eq!(parse(&text, FileId(0)).1.0[0].summary, "Nesting too deep");
        }
        assert!(start.elapsed() < Duration::from_secs(2));
    }
}
