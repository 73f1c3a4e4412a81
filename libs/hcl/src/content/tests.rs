use diag::{Diagnostics, FileId};

use super::{AnyBody, BodySchema, Content};
use crate::ast::ExprKind;
use crate::json;

fn native(text: &str) -> AnyBody {
    let (body, diagnostics) = crate::parse_body(text, FileId(0));
    assert!(diagnostics.is_empty(), "{diagnostics}");
    body.into()
}

fn json(text: &str) -> AnyBody {
    let (body, diagnostics) = json::parse_body(text, FileId(0));
    assert!(diagnostics.is_empty(), "{diagnostics}");
    body
}

fn schema() -> BodySchema {
    BodySchema::new()
        .attribute("size")
        .attribute("name")
        .block("disk", &[])
        .block("source", &["type", "name"])
}

/// `name` of each attribute, `type label…` of each block.
fn names(content: &Content) -> Vec<String> {
    let attributes = content.attributes.iter().map(|attr| attr.name.name.to_string());
    let blocks = content.blocks.iter().map(|block| {
        let labels: String = block.labels.iter().map(|label| format!(" {}", label.value)).collect();
        format!("{}{labels}", block.kind.name)
    });
    attributes.chain(blocks).collect()
}

fn titles(diagnostics: &Diagnostics) -> Vec<&str> {
    diagnostics.iter().map(|found| found.summary.as_str()).collect()
}

#[track_caller]
fn check(body: &AnyBody, schema: &BodySchema, expected: &[&str], expected_titles: &[&str]) {
    let (content, diagnostics) = body.content(schema);
    assert_eq!(names(&content), expected);
    assert_eq!(titles(&diagnostics), expected_titles);
}

#[test]
fn native_content() {
    let check =
        |text: &str, expected: &[&str], titles: &[&str]| check(&native(text), &schema(), expected, titles);
    check(
        "size = 1\ndisk {}\nsource \"a\" \"b\" {}\ndisk {}\n",
        &["size", "disk", "source a b", "disk"],
        &[],
    );
    check("color = 1\n", &[], &["Unsupported argument"]);
    check("disk = 1\n", &[], &["Unsupported argument"]);
    check("dsk {}\nname {}\n", &[], &["Unsupported block type"; 2]);
    check("source {}\nsource \"a\" {}\n", &[], &["Missing type for source", "Missing name for source"]);
    check(
        "source \"a\" \"b\" \"c\" {}\ndisk \"d\" {}\n",
        &[],
        &["Extraneous label for source", "Extraneous label for disk"],
    );
}

#[test]
fn json_content() {
    let check =
        |text: &str, expected: &[&str], titles: &[&str]| check(&json(text), &schema(), expected, titles);
    check(r#"{"size": 1, "disk": {}, "//": 0}"#, &["size", "disk"], &[]);
    check(
        r#"{"disk": [{}, {}], "source": {"a": {"b": {}, "c": {}}, "d": {"e": [{}, {}]}}}"#,
        &["disk", "disk", "source a b", "source a c", "source d e", "source d e"],
        &[],
    );
    check(r#"{"source": [{"a": {"b": {}}}, {"a": [{"c": {}}]}]}"#, &["source a b", "source a c"], &[]);
    check(r#"[{"size": 1}, {"disk": {}}]"#, &["size", "disk"], &[]);
    check(r#"{"disk": {}, "disk": {}}"#, &["disk", "disk"], &[]);
    check(r#"{"disk": null, "source": {"a": {"b": null}}}"#, &[], &[]);
    check(r#"{"size": 1, "size": 2}"#, &["size"], &["Duplicate argument"]);
    check(r#"{"color": 1, "dsk": {}}"#, &[], &["Extraneous JSON object property"; 2]);
    check(r#"{"disk": 1}"#, &[], &["Incorrect JSON value type"]);
    check(r#"{"source": "x"}"#, &[], &["Incorrect JSON value type"]);
    check(r#"{"source": {"a": 1}}"#, &[], &["Incorrect JSON value type"]);
    check(r#"{"source": {"a": {"b": 1}}}"#, &[], &["Incorrect JSON value type"]);
    check(r#"{"source": {}}"#, &[], &["Missing block label"]);
    check(r#"{"source": null}"#, &[], &["Missing block label"]);
    check(r#"{"source": {"a": []}}"#, &[], &["Missing block label"]);
    check(r#"[1]"#, &[], &["Incorrect JSON value type"]);
    check(r#"{"name": {"k": 1, "k": 2}}"#, &["name"], &["Duplicate object attribute"]);
}

#[test]
fn required() {
    let schema = BodySchema::new().required("name").attribute("size");
    for body in [native("size = 1\n"), json(r#"{"size": 1}"#)] {
        check(&body, &schema, &["size"], &["Missing required argument"]);
    }
    check(&native("name = 1\n"), &schema, &["name"], &[]);
    let both = AnyBody::merged(vec![native("size = 1\n"), native("name = 2\n")]);
    check(&both, &schema, &["size", "name"], &[]);
    let neither = AnyBody::merged(vec![native("size = 1\n"), native("")]);
    check(&neither, &schema, &["size"], &["Missing required argument"]);
}

#[test]
fn what_is_left_has_no_more_what_was_taken() {
    let native = native("size = 1\nname = 2\ndisk {}\ncolor = 3\n");
    let json = json(r#"{"size": 1, "name": 2, "disk": {}, "color": 3}"#);
    let merged = AnyBody::merged(vec![native.clone()]);
    for body in [native, json, merged] {
        let schema = BodySchema::new().attribute("size").block("disk", &[]);
        let (content, rest, diagnostics) = body.partial_content(&schema);
        assert_eq!(names(&content), ["size", "disk"]);
        assert!(diagnostics.is_empty());
        check(&rest, &BodySchema::new().attribute("name").attribute("color"), &["name", "color"], &[]);
        let (attributes, diagnostics) = rest.just_attributes();
        assert_eq!((attributes.len(), diagnostics.len()), (2, 0));
        let (_, rest, _) = rest.partial_content(&BodySchema::new().attribute("name"));
        let (_, diagnostics) = rest.content(&BodySchema::new());
        assert_eq!(diagnostics.len(), 1);
        let (_, diagnostics) = rest.content(&schema);
        assert_eq!(diagnostics.len(), 1, "what was taken is not there, not even for the same schema");
    }
}

#[test]
fn just_attributes() {
    let check = |body: AnyBody, expected: &[&str], expected_titles: &[&str]| {
        let (attributes, diagnostics) = body.just_attributes();
        assert_eq!(attributes.iter().map(|attr| &*attr.name.name).collect::<Vec<_>>(), expected);
        assert_eq!(titles(&diagnostics), expected_titles);
    };
    check(native("b = 1\na = 2\n"), &["b", "a"], &[]);
    check(native("a = 1\nx {}\ny {}\n"), &["a"], &["Unexpected \"x\" block"]);
    check(json(r#"{"b": 1, "a": {}, "//": 1}"#), &["b", "a"], &[]);
    check(json(r#"{"a": 1, "a": 2}"#), &["a"], &["Duplicate attribute definition"]);
    check(json(r#"[{"a": 1}]"#), &[], &["Incorrect JSON value type"]);
    check(
        AnyBody::merged(vec![native("a = 1\n"), native("b = 2\na = 3\n")]),
        &["a", "b"],
        &["Duplicate argument"],
    );
}

#[test]
fn merged_bodies_add_to_each_other() {
    let source = native("size = 1\ndisk {}\n");
    let more = json(r#"{"name": 2, "disk": {}}"#);
    check(&AnyBody::merged(vec![source.clone(), more]), &schema(), &["size", "name", "disk", "disk"], &[]);
    let again = native("size = 2\ncolor = 3\n");
    let both = AnyBody::merged(vec![source, again]);
    check(&both, &schema(), &["size", "disk"], &["Duplicate argument", "Unsupported argument"]);
}

#[test]
fn suggestions_and_places() {
    let (_, diagnostics) = native("siz = 1\n").content(&schema());
    assert!(diagnostics.0[0].detail.ends_with("Did you mean \"size\"?"), "{diagnostics}");
    let (_, diagnostics) = native("dsk {}\n").content(&schema());
    assert!(diagnostics.0[0].detail.ends_with("Did you mean \"disk\"?"), "{diagnostics}");
    let (_, diagnostics) = json(r#"{"dsk": {}}"#).content(&schema());
    assert!(diagnostics.0[0].detail.ends_with("Did you mean \"disk\"?"), "{diagnostics}");
    assert_eq!(diagnostics.0[0].subject.map(|span| span.range()), Some(1..6));
    assert_eq!(json("{\"a\": 1}").end_span().map(|span| span.range()), Some(7..8));
    assert_eq!(native("a = 1\n").end_span().map(|span| span.range()), Some(6..6));
    assert_eq!(AnyBody::merged(Vec::new()).end_span(), None);
}

#[test]
fn values_in_json() {
    let text = r#"{"a": ["x", 1.50, true, null, {"k": "v", "${k}": 1}]}"#;
    let (attributes, diagnostics) = json(text).just_attributes();
    assert!(diagnostics.is_empty());
    let ExprKind::Tuple(items) = &attributes[0].expr.kind else { panic!("{attributes:?}") };
    assert!(matches!(&items[0].kind, ExprKind::JsonString(text) if &**text.text() == "x"));
    assert!(matches!(&items[1].kind, ExprKind::Number(number) if number.to_string() == "1.5"));
    assert!(matches!(items[2].kind, ExprKind::Bool(true)));
    assert!(matches!(items[3].kind, ExprKind::Null));
    let ExprKind::Object(items) = &items[4].kind else { panic!("{items:?}") };
    assert!(matches!(&items[0].key, crate::ast::ObjectKey::Literal(key) if &*key.name == "k"));
    assert!(matches!(&items[1].key, crate::ast::ObjectKey::Expr(_)));
}
