use cty::{Path, Step, Type, Value};
use diag::FileId;

use super::{decode, variables};
use crate::spec::{Blocks, LabelledBlocks};
use crate::{AnyBody, Scope, Spec, expand, json, parse_body};

fn native(text: &str) -> AnyBody {
    let (body, findings) = parse_body(text, FileId(0));
    assert!(!findings.has_errors(), "{text}: {findings}");
    body.into()
}

fn scope() -> Scope {
    Scope::new().with_variable("s", Value::unknown(Type::String)).with_variable("x", Value::string("known"))
}

/// Decodes and shows the value, or the titles of the errors behind an exclamation mark, then the value they leave.
fn shown(body: &AnyBody, spec: &Spec) -> String {
    let (value, _, findings) = decode(body, spec, &scope());
    let titles: Vec<&str> = findings.iter().map(|finding| finding.summary.as_str()).collect();
    if titles.is_empty() { format!("{value:?}") } else { format!("! {} -> {value:?}", titles.join("; ")) }
}

fn check(spec: &Spec, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shown(&native(text), spec), *expected, "{text}");
    }
}

fn blocks(kind: &str, nested: Spec, min: usize, max: Option<usize>) -> Blocks {
    Blocks { kind: kind.into(), nested: Box::new(nested), min, max }
}

#[test]
fn arguments() {
    let spec = Spec::object([
        ("a", Spec::required("a", Type::Number)),
        ("b", Spec::attr("b", Type::list(Type::String))),
        (
            "c",
            Spec::Default {
                primary: Box::new(Spec::attr("c", Type::Bool)),
                default: Box::new(Spec::Literal(Value::bool(true))),
            },
        ),
    ]);
    check(
        &spec,
        &[
            ("a = \"5\"\nb = [1, x]", "{\"a\": 5, \"b\": list(string)[\"1\", \"known\"], \"c\": true}"),
            ("a = null\nc = false", "{\"a\": null(number), \"b\": null(list(string)), \"c\": false}"),
            (
                "b = s",
                "! Missing required argument; Incorrect attribute value type -> {\"a\": null(number), \"b\": unknown(list(string)), \"c\": true}",
            ),
            (
                "a = s\nd = 1\ne {\n}\nb = \"x\"",
                "! Unsupported argument; Unsupported block type; Incorrect attribute value type -> {\"a\": unknown(number), \"b\": unknown(list(string)), \"c\": true}",
            ),
            (
                "a = nope\nb = nope",
                "! Unknown variable; Unknown variable -> {\"a\": unknown(number), \"b\": unknown(list(string)), \"c\": true}",
            ),
        ],
    );
    let (_, _, findings) = decode(&native("a = [x]"), &spec, &scope());
    let finding = &findings.0[0];
    assert!(finding.detail.starts_with("Inappropriate value for attribute \"a\": "), "{finding}");
    assert_eq!(finding.values, [("x".to_string(), "\"known\"".to_string())]);
}

#[test]
fn blocks_of_all_kinds() {
    let inner = || Spec::object([("v", Spec::attr("v", Type::Number))]);
    check(
        &Spec::block("one", inner()),
        &[
            ("", "null(object({v=number}))"),
            ("one {\n v = 1\n}", "{\"v\": 1}"),
            ("one {\n}\none {\n}", "! Duplicate one block -> {\"v\": null(number)}"),
            ("two {\n}", "! Unsupported block type -> null(object({v=number}))"),
        ],
    );
    let required = Spec::Block { kind: "one".into(), nested: Box::new(inner()), required: true };
    check(&required, &[("", "! Missing one block -> null(object({v=number}))")]);
    check(
        &Spec::BlockList(blocks("b", inner(), 1, Some(2))),
        &[
            ("b {\n v = 1\n}\nb {\n}", "list(object({v=number}))[{\"v\": 1}, {\"v\": null(number)}]"),
            ("", "! Insufficient b blocks -> list(object({v=number}))[]"),
            (
                "b {\n v = 1\n}\nb {\n v = 1\n}\nb {\n v = \"x\"\n}",
                "! Incorrect attribute value type; Too many b blocks -> list(object({v=number}))[{\"v\": 1}, {\"v\": 1}, {\"v\": unknown(number)}]",
            ),
        ],
    );
    check(
        &Spec::BlockSet(blocks("b", inner(), 0, None)),
        &[("b {\n v = 1\n}\nb {\n v = 1\n}", "set(object({v=number}))[{\"v\": 1}]")],
    );
    let open = || Spec::object([("v", Spec::attr("v", Type::Dynamic))]);
    check(
        &Spec::BlockTuple(blocks("b", open(), 0, None)),
        &[("b {\n v = 1\n}\nb {\n v = [1]\n}", "[{\"v\": 1}, {\"v\": [1]}]")],
    );
    check(
        &Spec::BlockList(blocks("b", open(), 0, None)),
        &[
            (
                "b {\n v = 1\n}\nb {\n v = \"x\"\n}",
                "list(object({v=string}))[{\"v\": \"1\"}, {\"v\": \"x\"}]",
            ),
            (
                "b {\n v = 1\n}\nb {\n v = []\n}",
                "! Inconsistent b blocks -> list(any)[unknown(any), unknown(any)]",
            ),
        ],
    );
    let labelled = |labels: &[&str], nested| LabelledBlocks {
        kind: "b".into(),
        labels: labels.iter().map(|&label| label.into()).collect(),
        nested: Box::new(nested),
    };
    check(
        &Spec::BlockMap(labelled(&["type", "name"], inner())),
        &[
            (
                "b \"p\" \"q\" {\n v = 1\n}\nb \"p\" \"r\" {\n}\nb o n {\n}",
                "map(map(object({v=number}))){\"o\": map(object({v=number})){\"n\": {\"v\": null(number)}}, \"p\": \
                 map(object({v=number})){\"q\": {\"v\": 1}, \"r\": {\"v\": null(number)}}}",
            ),
            (
                "b p q {\n}\nb p q {\n}",
                "! Duplicate b block -> map(map(object({v=number}))){\"p\": map(object({v=number})){\"q\": {\"v\": null(number)}}}",
            ),
            ("", "map(map(object({v=number}))){}"),
        ],
    );
    check(
        &Spec::BlockObject(labelled(&["name"], open())),
        &[("b p {\n v = 1\n}\nb q {\n v = true\n}", "{\"p\": {\"v\": 1}, \"q\": {\"v\": true}}")],
    );
    let attrs = Spec::BlockAttrs { kind: "env".into(), element: Type::String, required: false };
    check(
        &attrs,
        &[
            ("", "null(map(string))"),
            ("env {\n A = 1\n B = \"x\"\n}", "map(string){\"A\": \"1\", \"B\": \"x\"}"),
            ("env {\n A = []\n}", "! Incorrect attribute value type -> map(string){\"A\": unknown(string)}"),
        ],
    );
    let label = Spec::object([("name", Spec::Label { index: 0, name: "name".into() })]);
    check(
        &Spec::block_list("b", label),
        &[("b \"x\" {\n}", "list(object({name=string}))[{\"name\": \"x\"}]")],
    );
}

#[test]
fn the_value_is_of_the_implied_type() {
    let nested = Spec::object([
        ("a", Spec::attr("a", Type::Number)),
        ("m", Spec::BlockAttrs { kind: "m".into(), element: Type::String, required: false }),
        ("l", Spec::block_list("l", Spec::object([("b", Spec::required("b", Type::Bool))]))),
        ("s", Spec::block("s", Spec::object([("n", Spec::Label { index: 0, name: "name".into() })]))),
    ]);
    for text in
        ["", "a = 1\nm {\n x = 1\n}\nl {\n b = true\n}\ns \"q\" {\n}", "a = []\nl {\n}\ns {\n}\nz = 1"]
    {
        let (value, _, _) = decode(&native(text), &nested, &scope());
        assert_eq!(value.ty(), &nested.implied_type(), "{text}");
    }
}

#[test]
fn json_decodes_alike() {
    let spec = Spec::object([
        ("a", Spec::attr("a", Type::String)),
        ("l", Spec::block_list("l", Spec::object([("v", Spec::attr("v", Type::Number))]))),
    ]);
    let (body, findings) =
        json::parse_body("{\"a\": \"is ${x}\", \"l\": [{\"v\": 1}, {\"v\": \"2\"}]}", FileId(0));
    assert!(findings.is_empty(), "{findings}");
    assert_eq!(
        shown(&body, &spec),
        "{\"a\": \"is known\", \"l\": list(object({v=number}))[{\"v\": 1}, {\"v\": 2}]}"
    );
}

#[test]
fn places_of_parts() {
    let text = "a = [1, { k = \"v\" }]\nl {\n b = true\n}\n";
    let spec = Spec::object([
        ("a", Spec::attr("a", Type::Dynamic)),
        (
            "l",
            Spec::block_list(
                "l",
                Spec::object([("b", Spec::attr("b", Type::Bool)), ("c", Spec::attr("c", Type::Bool))]),
            ),
        ),
    ]);
    let (_, spans, _) = decode(&native(text), &spec, &scope());
    let attr = |name: &str| Step::Attr(name.into());
    let index = |at: usize| Step::Index(Value::number(at));
    let key = |name: &str| Step::Index(Value::string(name));
    for (path, exact, nearest) in [
        (vec![attr("a")], true, "[1, { k = \"v\" }]"),
        (vec![attr("a"), index(0)], true, "1"),
        (vec![attr("a"), index(1), attr("k")], true, "\"v\""),
        (vec![attr("a"), index(1), key("k")], true, "\"v\""),
        (vec![attr("a"), index(7)], false, "[1, { k = \"v\" }]"),
        (vec![attr("l"), index(0), attr("b")], true, "true"),
        (vec![attr("l"), index(0), attr("c")], false, "l"),
    ] {
        let path = Path(path);
        let source = |span: Option<diag::Span>| span.and_then(|span| text.get(span.range()));
        assert_eq!(source(spans.nearest(&path)), Some(nearest), "{path}");
        assert_eq!(spans.get(&path).is_some(), exact, "{path}");
    }
}

#[test]
fn references_of_a_body() {
    let spec = Spec::object([
        ("a", Spec::attr("a", Type::Dynamic)),
        ("l", Spec::block_list("l", Spec::object([("b", Spec::attr("b", Type::Dynamic))]))),
        ("e", Spec::BlockAttrs { kind: "e".into(), element: Type::String, required: false }),
    ]);
    let check = |body: AnyBody, expected: &[&str]| {
        let found: Vec<String> = variables(&body, &spec).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected);
    };
    let text =
        "a = [for v in var.list : v.x + local.y]\nl {\n b = data.http.z\n}\ne {\n X = \"${path.root}\"\n}\n";
    check(native(text), &["var.list", "local.y", "data.http.z", "path.root"]);
    let text = "dynamic \"l\" {\n for_each = [1]\n content {\n b = [l.value, var.q]\n }\n}\n";
    check(expand(native(text), &scope()), &["var.q"]);
}

/// Whatever parses, well or not, decodes to a value of the implied type: never a panic.
#[test]
fn decoding_never_panics() {
    let lines = [
        "a = 1",
        "a = nope",
        "a = s",
        "a = [null, {}]",
        "b \"x\" {\n}",
        "b {\n}",
        "b x y {\n a = a.b\n}",
        "b \"x\" {\n b y {\n }\n}",
        "dynamic \"b\" {\n for_each = s\n labels = [b.key]\n content {\n }\n}",
        "dynamic \"b\" {\n for_each = [1, null]\n labels = [b.key]\n content {\n a = b.value\n }\n}",
        "dynamic \"b\" {\n for_each = [[1], 2]\n iterator = it\n labels = [\"x\"]\n content {\n dynamic \"b\" {\n for_each = it.value\n }\n }\n}",
        "dynamic {\n}",
        "dynamic \"b\" \"c\" {\n}",
        "dynamic \"a\" {\n}",
        "e {\n a = 1\n}",
        "e {\n b {\n }\n}",
        "}",
        "= 1",
    ];
    let nested = || {
        Box::new(Spec::object([
            ("a", Spec::attr("a", Type::Dynamic)),
            ("b", Spec::block("b", Spec::object([("l", Spec::Label { index: 0, name: "l".into() })]))),
        ]))
    };
    let attrs = || ("e", Spec::BlockAttrs { kind: "e".into(), element: Type::Dynamic, required: true });
    let one = |labels: &[&str]| LabelledBlocks {
        kind: "b".into(),
        labels: labels.iter().map(|&label| label.into()).collect(),
        nested: nested(),
    };
    let many = || Blocks { kind: "b".into(), nested: nested(), min: 2, max: Some(1) };
    for blocks in [
        Spec::Block { kind: "b".into(), nested: nested(), required: true },
        Spec::BlockList(many()),
        Spec::BlockSet(many()),
        Spec::BlockTuple(many()),
        Spec::BlockMap(one(&["x"])),
        Spec::BlockMap(one(&[])),
        Spec::BlockObject(one(&["x", "y"])),
        Spec::Default {
            primary: Box::new(Spec::attr("a", Type::Bool)),
            default: Box::new(Spec::Label { index: 7, name: "z".into() }),
        },
    ] {
        let spec =
            Spec::object([("a", Spec::required("a", Type::set(Type::Number))), ("b", blocks), attrs()]);
        for first in lines {
            for second in lines {
                let (body, _) = parse_body(&format!("{first}\n{second}\n"), FileId(0));
                for body in [AnyBody::from(body.clone()), expand(body.into(), &scope())] {
                    let (value, spans, _) = decode(&body, &spec, &scope());
                    let _ = (spans.iter().count(), variables(&body, &spec), spec.implied_type());
                    assert!(value.get_attr("b").is_some());
                }
            }
        }
    }
}
