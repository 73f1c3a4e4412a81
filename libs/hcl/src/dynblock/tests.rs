use cty::{Type, Value};
use diag::FileId;

use super::expand;
use crate::{AnyBody, BodySchema, Scope, Spec, decode, json, parse_body};

fn scope() -> Scope {
    Scope::new().with_variables([
        ("set".into(), Value::set(Type::String, vec![Value::string("b"), Value::string("a")])),
        ("s".into(), Value::unknown(Type::String)),
        ("u".into(), Value::unknown(Type::list(Type::String))),
        ("var".into(), Value::object([("x".into(), Value::string("X"))].into())),
    ])
}

fn spec() -> Spec {
    let leaf = Spec::object([("v", Spec::attr("v", Type::String))]);
    let item = Spec::object([
        ("type", Spec::Label { index: 0, name: "type".into() }),
        ("v", Spec::attr("v", Type::String)),
        ("leaf", Spec::block_list("leaf", leaf)),
    ]);
    Spec::object([("item", Spec::block_list("item", item))])
}

/// The items as `type=v(leaves)`, or the titles of the errors behind an exclamation mark.
fn shown(body: AnyBody) -> String {
    let (value, _, findings) = decode(&expand(body, &scope()), &spec(), &scope());
    if findings.has_errors() {
        let titles: Vec<&str> = findings.iter().map(|finding| finding.summary.as_str()).collect();
        return format!("! {}", titles.join("; "));
    }
    let Some(items) = value.get_attr("item").and_then(Value::elements) else { return format!("{value:?}") };
    let text = |value: &Value, name: &str| {
        let part = value.get_attr(name).cloned().unwrap_or_else(Value::dynamic);
        part.as_str().map_or_else(|| if part.is_null() { "-".into() } else { "?".into() }, str::to_string)
    };
    let shown = items.iter().map(|item| {
        let leaves = item.get_attr("leaf").and_then(Value::elements);
        let leaves: Option<Vec<String>> = leaves.map(|all| all.iter().map(|leaf| text(leaf, "v")).collect());
        let leaves = leaves.map_or_else(|| "?".to_string(), |all| all.join(","));
        format!("{}={}({leaves})", text(item, "type"), text(item, "v"))
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn check(text: &str, expected: &str) {
    let (body, findings) = parse_body(text, FileId(0));
    assert!(!findings.has_errors(), "{text}: {findings}");
    assert_eq!(shown(body.into()), expected, "{text}");
}

/// A dynamic block "item" with these lines in it.
fn dynamic(lines: &str, content: &str) -> String {
    format!("dynamic \"item\" {{\n {lines}\n content {{\n {content}\n }}\n}}\n")
}

#[test]
fn blocks_are_made_in_place() {
    let text = format!(
        "item \"before\" {{\n}}\n{}item \"after\" {{\n v = \"1\"\n}}\n",
        dynamic("for_each = [\"x\", \"y\"]\n labels = [\"t\"]", "v = \"${item.key}-${item.value}-${var.x}\"")
    );
    check(&text, "before=-() t=0-x-X() t=1-y-X() after=1()");
    check(&dynamic("for_each = []\n labels = [\"t\"]", "v = 1"), "");
}

#[test]
fn collections_and_iterators() {
    check(&dynamic("for_each = set\n labels = [item.value]", "v = item.key"), "a=a() b=b()");
    check(
        &dynamic(
            "for_each = { b = \"two\", a = \"one\" }\n iterator = it\n labels = [\"t\"]",
            "v = \"${it.key}${it.value}\"",
        ),
        "t=aone() t=btwo()",
    );
}

#[test]
fn nested_dynamic_blocks_see_the_outer_iterator() {
    let inner = "v = item.value\n dynamic \"leaf\" {\n for_each = [item.value, 1]\n content {\n v = \"${item.key}${leaf.value}\"\n }\n }\n leaf {\n v = item.value\n }";
    check(&dynamic("for_each = [\"p\", \"q\"]\n labels = [\"t\"]", inner), "t=p(0p,01,p) t=q(1q,11,q)");
}

#[test]
fn unknown_collections() {
    check(
        &dynamic("for_each = u\n labels = [\"t\"]", "v = \"known\""),
        "{\"item\": unknown(list(object({leaf=list(object({v=string})),type=string,v=string})))}",
    );
    check(&dynamic("for_each = [s]\n labels = [\"t\"]", "v = item.value"), "t=?()");
    check(&dynamic("for_each = u\n labels = [item.value]", "v = 1"), "! Invalid dynamic block label");
    let (body, _) = parse_body(
        &dynamic("for_each = u\n labels = [\"t\"]", "v = \"known\"\n leaf {\n v = 2\n }"),
        FileId(0),
    );
    let body = expand(body.into(), &scope());
    let (content, findings) = body.content(&BodySchema::new().block("item", &["type"]));
    assert!(findings.is_empty(), "{findings}");
    assert_eq!(content.blocks.len(), 1);
    let (inner, _) = content.blocks[0].body.content(&BodySchema::new().attribute("v").block("leaf", &[]));
    assert!(content.blocks[0].body.is_unknown() && inner.blocks[0].body.is_unknown());
    assert!(!inner.attributes[0].expr.evaluate(&scope()).0.is_known());
}

#[test]
fn mistakes() {
    let ok = "for_each = [1]\n labels = [\"t\"]";
    for (text, expected) in [
        (dynamic("for_each = null\n labels = [\"t\"]", ""), "! Invalid dynamic for_each value"),
        (dynamic("for_each = \"abc\"\n labels = [\"t\"]", ""), "! Invalid dynamic for_each value"),
        (dynamic("for_each = nope\n labels = [\"t\"]", ""), "! Unknown variable"),
        (dynamic("labels = [\"t\"]", ""), "! Missing required argument"),
        (dynamic(&format!("{ok}\n count = 2"), ""), "! Unsupported argument"),
        (dynamic("for_each = [1]", ""), "! Insufficient dynamic block labels"),
        (dynamic("for_each = [1]\n labels = []", ""), "! Insufficient dynamic block labels"),
        (dynamic("for_each = [1]\n labels = [\"t\", \"u\"]", ""), "! Extraneous dynamic block label"),
        (dynamic("for_each = [1]\n labels = [null]", ""), "! Invalid dynamic block label"),
        (dynamic("for_each = [1]\n labels = [[1]]", ""), "! Invalid dynamic block label"),
        (dynamic("for_each = [1]\n labels = set", ""), "! Invalid expression"),
        (dynamic(&format!("{ok}\n iterator = \"x\""), ""), "! Invalid expression"),
        (dynamic(&format!("{ok}\n iterator = a.b"), ""), "! Invalid dynamic iterator name"),
        (format!("dynamic \"item\" {{\n {ok}\n}}\n"), "! Missing dynamic content block"),
        (
            format!("dynamic \"item\" {{\n {ok}\n content {{\n }}\n content {{\n }}\n}}\n"),
            "! Extraneous dynamic content block",
        ),
        ("dynamic \"gadget\" {\n for_each = []\n content {\n }\n}\n".to_string(), "! Unsupported block type"),
        (dynamic(ok, "w = 1"), "! Unsupported argument"),
        (
            dynamic("for_each = [1, 2]\n labels = [\"t\"]", "v = item.nope"),
            "! Unsupported attribute; Unsupported attribute",
        ),
    ] {
        check(&text, expected);
    }
}

#[test]
fn json_expands_alike() {
    let text = r#"{"dynamic": {"item": {"for_each": ["x", "y"], "iterator": "it", "labels": ["t"], "content": {"v": "n-${it.value}"}}}}"#;
    let (body, findings) = json::parse_body(text, FileId(0));
    assert!(findings.is_empty(), "{findings}");
    assert_eq!(shown(body), "t=n-x() t=n-y()");
}

#[test]
fn what_one_look_takes_is_gone_for_the_next() {
    let text = format!(
        "{}dynamic \"other\" {{\n for_each = [1, 2]\n content {{\n }}\n}}\n",
        dynamic("for_each = [1]\n labels = [\"t\"]", "")
    );
    let (body, _) = parse_body(&text, FileId(0));
    let body = expand(body.into(), &scope());
    let items = BodySchema::new().block("item", &["type"]);
    let (content, rest, findings) = body.partial_content(&items);
    assert!(findings.is_empty(), "{findings}");
    assert_eq!(content.blocks.len(), 1);
    assert_eq!(rest.partial_content(&items).0.blocks.len(), 0);
    let (content, findings) = rest.content(&BodySchema::new().block("other", &[]));
    assert!(findings.is_empty(), "{findings}");
    assert_eq!(content.blocks.len(), 2);
    assert_eq!(rest.content(&BodySchema::new()).1.len(), 1);
    assert_eq!(rest.just_attributes().1.len(), 1);
}
