use diag::FileId;

use super::{Reference, body_references, references};
use crate::{json, parse_body, parse_expr};

fn show(found: &[Reference]) -> Vec<String> {
    let one = |reference: &Reference| {
        let steps: String = reference.steps.iter().map(|step| format!(".{}", step.text())).collect();
        format!("{}{steps}", reference.root)
    };
    found.iter().map(one).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let (expr, diagnostics) = parse_expr(text, FileId(0), 0);
    assert!(diagnostics.is_empty(), "{diagnostics}");
    let found = references(&expr);
    assert_eq!(show(&found), expected, "{text}");
    for reference in found {
        assert!(text[reference.span.range()].starts_with(&*reference.root), "{text}");
    }
}

#[test]
fn steps() {
    check("a", &["a"]);
    check("local.x + data.t.n.id", &["local.x", "data.t.n.id"]);
    check("local[\"x\"][0].y", &["local.x.0.y"]);
    check("a.0.b", &["a.0.b"]);
    check("a[b.c].d", &["a", "b.c"]);
    check("a[\"x${b}\"].d", &["a", "b"]);
    check("a.b[*].c[d]", &["a.b", "d"]);
    check("a.*.b", &["a"]);
    check("(a).b", &["a"]);
    check("f(a.b).c", &["a.b"]);
    check("1 + true ? null : \"x\"", &[]);
}

#[test]
fn everywhere() {
    check("[a, {b = c, (d) = e, f = 1}, -g, !h, i ? j : k]", &["a", "c", "d", "e", "g", "h", "i", "j", "k"]);
    check("\"${a} %{if b}${c}%{else}${d}%{endif}\"", &["a", "b", "c", "d"]);
    check("<<E\n${a}\nE\n", &["a"]);
    check("try(a.b, c)", &["a.b", "c"]);
}

#[test]
fn bound_names_are_no_references() {
    check("[for x in x.y : x.z]", &["x.y"]);
    check("{for k, v in a : k => v... if v.on && b}", &["a", "b"]);
    check("[for x in a : [for y in x : x + y + z]]", &["a", "z"]);
    check("[for x in a : x] == x", &["a", "x"]);
    check("\"%{for x in x}${x}${y}%{endfor}${x}\"", &["x", "y", "x"]);
    check("[for x in a : b[x].c]", &["a", "b"]);
}

#[test]
fn bodies() {
    let (body, _) = parse_body("a = b.c\nd \"e\" {\n f = g\n h {\n i = [for x in j : x]\n}\n}\n", FileId(0));
    assert_eq!(show(&body_references(&body.into())), ["b.c", "g", "j"]);
    let text = r#"{"a": "${b.c} x", "d": [{"e": "%{if f}%{endif}"}, 1, "plain"], "g${h}": null}"#;
    let (body, _) = json::parse_body(text, FileId(0));
    assert_eq!(show(&body_references(&body)), ["b.c", "f", "h"]);
}
