//! What bodies hold.

use diag::FileId;

use super::{show, titles};
use crate::ast::Body;
use crate::parse_body;

fn parse(text: &str) -> Body {
    let (body, diagnostics) = parse_body(text, FileId(0));
    assert_eq!(titles(text, &diagnostics), [""; 0], "{text:?}");
    body
}

#[track_caller]
fn check(text: &str, expected: &str) {
    assert_eq!(show::body(&parse(text)), expected, "{text:?}");
}

#[test]
fn attributes() {
    check("", "");
    check("a = 1\nb=2\n", "a=1; b=2");
    check("a = 1", "a=1");
    check("a = 1 # c", "a=1");
    check("a\t=\t[\t1\t]\n", "a=[1]");
    check("a /* b */ = /* c */ 1 // d\r\nb = 2\r\n", "a=1; b=2");
    check("for = 1\nin = 2\ntrue = 3\nnull = 4\n", "for=1; in=2; true=3; null=4");
    check("a-b = 1\n名前 = 2\n_ = 3\n", "a-b=1; 名前=2; _=3");
    check(
        "a = [\n1,\n2\n]\nb = {\n c = 1\n}\nd = <<E\nx\nE\ne = 1\n",
        "a=[1 2]; b={c=1}; d=h\"'x\\n'\"; e=1",
    );
    check("\u{feff}a = 1\n", "a=1");
}

#[test]
fn blocks() {
    check("a {\n}\n", "a{}");
    check("a {}", "a{}");
    check("a { b = 1 }", "a{b=1}");
    check("a { /* c */\n b = 1\n}", "a{b=1}");
    check("a { # c\n b = 1\n}", "a{b=1}");
    check("a \"b\" c \"d e\" {\n}\n", "a \"b\" c \"d e\"{}");
    check("a \"x\\\"y$\" {}", "a \"x\\\"y$\"{}");
    check("a {\n b {\n  c = 1\n }\n b {}\n d = 2\n}\n", "a{d=2; b{c=1}; b{}}");
    check("a = 1\na {}\n", "a=1; a{}");
    check("/* a */ b /* c */ \"d\" /* e */ { /* f */ g = 1 }", "b \"d\"{g=1}");
}

#[test]
fn comments_above_blocks() {
    let comments = |text: &str| -> Vec<Vec<String>> {
        let comments =
            |block: &crate::ast::Block| block.comments.iter().map(|line| line.to_string()).collect();
        parse(text).blocks.iter().map(comments).collect()
    };
    assert_eq!(comments("# one\n//  two\na {}\n"), [["one", "two"]]);
    assert_eq!(comments("# far\n\n# near\na {}\n"), [["near"]]);
    assert_eq!(comments("/* one\n * two */\na {}\n"), [["one", "two"]]);
    assert_eq!(comments("x = 1 # not this\na {}\n"), [[""; 0]]);
    assert_eq!(comments("x = 1 # not this\n# this\na {}\n# that\nb {}\n"), [["this"], ["that"]]);
    assert_eq!(comments("a {} # not this\nb {}\n"), [[""; 0], [""; 0]]);
    assert_eq!(comments("/* same line */ a {}\n"), [[""; 0]]);
    let body = parse("a {\n # in\n b {}\n}\n");
    assert_eq!(&*body.blocks[0].body.blocks[0].comments[0], "in");
}

#[test]
fn spans() {
    let text = "a \"b\" {\n  c = 1 + 2 # d\n}\n";
    let body = parse(text);
    let block = &body.blocks[0];
    let at = |span: diag::Span| &text[span.range()];
    assert_eq!(at(block.header), "a \"b\"");
    assert_eq!(at(block.span), "a \"b\" {\n  c = 1 + 2 # d\n}");
    assert_eq!(at(block.labels[0].span), "\"b\"");
    assert_eq!(block.body.span.map(at), Some("\n  c = 1 + 2 # d\n"));
    assert_eq!(block.body.end.map(at), Some("}"));
    assert_eq!(at(block.body.attributes[0].span), "c = 1 + 2");
    assert_eq!(at(block.body.attributes[0].expr.span), "1 + 2");
    assert_eq!(body.end.map(|span| span.range()), Some(text.len()..text.len()));
}
