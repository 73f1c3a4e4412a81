use std::collections::BTreeSet;

use diag::FileId;
use hcl::{AnyBody, BodySchema, parse_body};
use tintype_testkit::Sandbox;

use super::{IN_JSON, NAMES, SECTIONS, TYPES, converted, grammar, language_page, result, scope};

#[test]
fn no_example_fails() {
    let sandbox = Sandbox::new();
    let page = language_page(sandbox.world(), &["ID"]);
    assert!(!page.contains("Error: "), "{page}");
    let scope = scope(sandbox.world());
    for expression in SECTIONS.iter().flat_map(|(_, _, expressions)| *expressions) {
        assert!(!result(expression, &scope).is_empty(), "{expression}");
    }
    for (ty, value, _) in TYPES {
        assert!(!converted(ty, value).contains("rror"), "{ty} {value}");
    }
}

/// Each name that a template has without declaring it is on the page, and no other.
#[test]
fn names_are_those_of_the_scope() {
    let sandbox = Sandbox::new();
    let scope = scope(sandbox.world());
    let mut there = BTreeSet::from(["data".to_owned(), "build.name".to_owned()]);
    for root in scope.variable_names().filter(|root| *root != "build") {
        let members = scope.variable(root).and_then(|value| value.entries()).into_iter().flatten();
        let members: Vec<String> = members.map(|(name, _)| format!("{root}.{name}")).collect();
        there.extend(if members.is_empty() { vec![root.to_owned()] } else { members });
    }
    let told: BTreeSet<String> = NAMES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(told, there);
}

#[test]
fn both_syntaxes_say_the_same() {
    for (native, json) in IN_JSON {
        let (body, findings) = parse_body(native, FileId(0));
        assert!(findings.is_empty(), "{native}");
        let (other, findings) = hcl::json::parse_body(json, FileId(0));
        assert!(findings.is_empty(), "{json}");
        assert_eq!(shown(&body.into(), grammar::ROOT.schema()), shown(&other, grammar::ROOT.schema()));
    }
}

/// What a body holds, without places.
fn shown(body: &AnyBody, schema: &BodySchema) -> Vec<String> {
    let (content, findings) = body.content(schema);
    assert!(!findings.has_errors(), "{findings}");
    let inner = BodySchema::new().block("provisioner", &["type"]);
    let mut lines = Vec::new();
    for block in &content.blocks {
        let labels: Vec<&str> = block.labels.iter().map(|label| &*label.value).collect();
        lines.push(format!("{} {labels:?}", block.kind.name));
        let (nested, rest, _) = block.body.partial_content(&inner);
        for block in &nested.blocks {
            let (attributes, _) = block.body.just_attributes();
            lines.push(format!("  {} {}", block.kind.name, attributes.len()));
        }
        let (attributes, _) = rest.just_attributes();
        lines.extend(attributes.iter().map(|attr| {
            let references: Vec<String> =
                hcl::walk::references(&attr.expr).iter().map(ToString::to_string).collect();
            format!("  {} {references:?}", attr.name.name)
        }));
    }
    lines
}

#[test]
fn every_block_and_argument_is_described() {
    let mut open = vec![&grammar::ROOT];
    while let Some(block) = open.pop() {
        assert!(block.doc.ends_with('.'), "{}", block.kind);
        for argument in block.arguments {
            assert!(
                argument.doc.ends_with('.') && !argument.ty.is_empty(),
                "{}.{}",
                block.kind,
                argument.name
            );
        }
        open.extend(block.blocks);
    }
}
