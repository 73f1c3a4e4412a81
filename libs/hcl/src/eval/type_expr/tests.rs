use diag::FileId;

use super::{Optional, type_expr};
use crate::parse_expr;

#[test]
fn type_expressions() {
    let check = |text: &str, expected: &str| {
        let found = type_expr(&parse_expr(text, FileId(0), 0).0, Optional::WithDefaults);
        let found = match &found {
            Ok(ty) => ty.to_string(),
            Err(findings) => {
                format!("! {}", findings.iter().map(|f| f.summary.as_str()).collect::<Vec<_>>().join("; "))
            }
        };
        assert_eq!(found, expected, "{text}");
    };
    let invalid = "! Invalid type specification";
    check("string", "string");
    check("any", "any");
    check("list(map(bool))", "list(map(bool))");
    check("tuple([string, set(number)])", "tuple([string,set(number)])");
    check("tuple([])", "tuple([])");
    check("object({})", "object({})");
    check(
        "object({ a = string, b = optional(number), c = optional(bool, true) })",
        "object({a=string,b=optional(number),c=optional(bool)})",
    );
    check("object({ a = optional(number, \"x\") })", "! Invalid default value for optional attribute");
    check("object({ a = optional(number, y) })", "! Variables not allowed");
    check(
        "object({ a = foo, b = bar, c = optional() })",
        &[invalid, "Invalid type specification", "Invalid type specification"].join("; "),
    );
    for text in [
        "list",
        "list()",
        "list(string, string)",
        "\"string\"",
        "foo",
        "foo(string)",
        "object",
        "object(string)",
        "tuple(number)",
        "optional(string)",
        "string()",
        "[string]",
        "{ a = string }",
        "null",
        "5",
        "a.b",
        "object({ (a) = string })",
        "object({ a = optional(string, \"x\", 1) })",
        "map(optional(string))",
        "object({ a = string, a = number })",
    ] {
        check(text, invalid);
    }
    let parsed = type_expr(
        &parse_expr("object({ a = optional(string, \"x\") })", FileId(0), 0).0,
        Optional::WithoutDefaults,
    );
    assert!(parsed.is_err());
}
