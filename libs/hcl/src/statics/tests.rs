use std::sync::Arc;

use diag::FileId;

use super::{as_call, as_keyword, as_list, as_map, as_traversal, native};
use crate::ast::Expr;
use crate::{json, parse_expr};

/// The expression in native syntax, and as a string in JSON syntax.
fn both(text: &str) -> [Expr; 2] {
    let (expr, _) = parse_expr(text, FileId(0), 0);
    let (body, _) = json::parse_body(&format!("{{\"a\": \"{text}\"}}"), FileId(0));
    let (attributes, _) = body.just_attributes();
    [expr, Expr::clone(&attributes[0].expr)]
}

#[test]
fn keywords() {
    let keyword = |text: &str| both(text).map(|expr| as_keyword(&expr).map(|name| name.name));
    for text in ["string", "true", "null", "any"] {
        assert_eq!(keyword(text), [Some(Arc::from(text)), Some(Arc::from(text))]);
    }
    for text in ["a.b", "f()", "1", "a +"] {
        assert_eq!(keyword(text), [None, None], "{text}");
    }
    // In native syntax quotes make a string of it.
    let (quoted, _) = parse_expr("\"string\"", FileId(0), 0);
    assert!(as_keyword(&quoted).is_none());
}

#[test]
fn traversals() {
    let traversal = |text: &str| {
        both(text).map(|expr| {
            as_traversal(&expr).map(|found| {
                let steps: String = found.steps.iter().map(|step| format!("/{}", step.text())).collect();
                format!("{}{steps}", found.root)
            })
        })
    };
    for (text, expected) in [("a", "a"), ("a.b[0].c", "a/b/0/c"), ("a.0", "a/0")] {
        assert_eq!(traversal(text), [Some(expected.to_owned()), Some(expected.to_owned())]);
    }
    for text in ["a[b]", "f().a", "a.*.b", "(a)", "1"] {
        assert_eq!(traversal(text), [None, None], "{text}");
    }
}

#[test]
fn calls_lists_and_maps() {
    for expr in both("list(string)") {
        let call = as_call(&expr);
        assert_eq!(call.map(|call| (call.name.name.to_string(), call.args.len())), Some(("list".into(), 1)));
    }
    for expr in both("list") {
        assert!(as_call(&expr).is_none());
    }
    let (list, _) = parse_expr("[a, b]", FileId(0), 0);
    assert_eq!(as_list(&list).map(<[_]>::len), Some(2));
    let (map, _) = parse_expr("{ a = b }", FileId(0), 0);
    assert_eq!(as_map(&map).map(<[_]>::len), Some(1));
    assert!(as_list(&map).is_none() && as_map(&list).is_none());
    let [_, wrong] = both("list(");
    assert!(native(&wrong).1.has_errors());
}
