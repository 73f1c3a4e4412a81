//! A text in JSON syntax is read, seen through a schema, decoded; its findings lie in it.

use std::sync::LazyLock;

use cty::{Type, Value};
use diag::Diagnostics;
use hcl::json::parse_body;
use hcl::{BodySchema, Scope, Spec};

use crate::FILE;

static SCHEMA: LazyLock<BodySchema> = LazyLock::new(|| {
    BodySchema::new()
        .attribute("a")
        .required("b")
        .block("block", &[])
        .block("one", &["x"])
        .block("two", &["x", "y"])
});

static SPEC: LazyLock<Spec> = LazyLock::new(|| {
    let inner = || {
        Spec::object([("n", Spec::attr("n", Type::Number)), ("l", Spec::attr("l", Type::list(Type::String)))])
    };
    Spec::object([
        ("a", Spec::attr("a", Type::Dynamic)),
        ("b", Spec::required("b", Type::String)),
        ("block", Spec::block_list("block", inner())),
    ])
});

static SCOPE: LazyLock<Scope> = LazyLock::new(|| {
    Scope::new()
        .with_variable("a", Value::string("text"))
        .with_variable("b", Value::tuple(vec![Value::number(1), Value::bool(true)]))
        .with_variable("u", Value::unknown(Type::String))
});

pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    let (body, findings) = parse_body(&text, FILE);
    crate::sound(&findings, &text);
    // A broken text was told. What is left of it can be asked all the same, but the places of brackets that are not there are guesses.
    let whole = !findings.has_errors();
    let sound = |findings: &Diagnostics| {
        if whole {
            crate::sound(findings, &text);
        }
    };
    hcl::walk::body_references(&body);
    let (content, findings) = body.content(&SCHEMA);
    sound(&findings);
    for block in &content.blocks {
        let (_, findings) = block.body.content(&SCHEMA);
        sound(&findings);
    }
    let (attributes, findings) = body.just_attributes();
    sound(&findings);
    for attribute in &attributes {
        let (value, findings) = attribute.expr.evaluate(&SCOPE);
        sound(&findings);
        cty::print(&value);
    }
    let expanded = hcl::expand(body, &SCOPE);
    let (value, _, findings) = hcl::decode(&expanded, &SPEC, &SCOPE);
    sound(&findings);
    if value.is_wholly_known() {
        let written = cty::to_json(&value).expect("what comes from JSON goes to JSON");
        cty::from_json(&written).unwrap_or_else(|error| panic!("{written}: {error:?}"));
    }
}
