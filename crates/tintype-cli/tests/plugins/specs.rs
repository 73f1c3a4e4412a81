//! Specifications of every shape, and values under them.

use crate::fleet::{REQUIRED, check, failed, succeeded};

fn of(component: &str, options: &str) -> String {
    format!(
        "{REQUIRED}\nsource \"probe-{component}\" \"s\" {{\n{options}\n}}\nbuild {{\n  sources = [\"probe-{component}.s\"]\n}}\n"
    )
}

#[test]
fn an_empty_specification_takes_nothing() {
    check(&of("empty", ""), |said, yard| succeeded(said, yard));
    check(&of("empty", "x = 1"), |said, yard| {
        failed(said, yard, "An argument named \"x\" is not expected here")
    });
}

#[test]
fn three_hundred_attributes_of_six_types() {
    let options = "attribute_000 = \"text\"\nattribute_001 = 7\nattribute_002 = true\nattribute_003 = [\"a\"]\nattribute_004 = { k = \"v\" }\nattribute_299 = [[1], []]\n";
    check(&of("wide", options), |said, yard| {
        succeeded(said, yard);
        for wanted in [
            "\"attribute_000\":cty.StringVal(\"text\")",
            "\"attribute_001\":cty.NumberIntVal(7)",
            "\"attribute_002\":cty.True",
            "\"attribute_003\":cty.ListVal([]cty.Value{cty.StringVal(\"a\")})",
            "\"attribute_004\":cty.MapVal(map[string]cty.Value{\"k\":cty.StringVal(\"v\")})",
            "\"attribute_298\":cty.NullVal(cty.Map(cty.String))",
            "\"attribute_299\":cty.ListVal([]cty.Value{cty.ListVal([]cty.Value{cty.NumberIntVal(1)}), cty.ListValEmpty(cty.Number)})",
        ] {
            assert!(said.stdout.contains(wanted), "{}: no {wanted} in {}", yard.mode.name, said.stdout);
        }
    });
}

#[test]
fn blocks_in_blocks_arrive_as_they_stand() {
    let options =
        "one {\n  name = \"1\"\n  many {\n    name = \"1a\"\n  }\n  many {\n    one {\n    }\n  }\n}\n";
    check(&of("deep", options), |said, yard| {
        succeeded(said, yard);
        for wanted in ["\"name\":cty.StringVal(\"1a\")", "\"many\":cty.ListValEmpty(", "\"one\":cty.NullVal("]
        {
            assert!(said.stdout.contains(wanted), "{}: no {wanted} in {}", yard.mode.name, said.stdout);
        }
    });
}

#[test]
fn what_is_required_must_be_there() {
    let full = "needed = \"x\"\nblock {\n  needed = 1\n}\n";
    check(&of("strict", full), |said, yard| succeeded(said, yard));
    let place = "t.pkr.hcl line 1";
    check(&of("strict", "needed = \"x\""), |said, yard| {
        failed(said, yard, "Error: Missing block block");
        failed(said, yard, place);
    });
    check(&of("strict", "block {\n}"), |said, yard| {
        let told = said.stdout.matches("Error: Missing required argument").count();
        assert_eq!(told, 2, "{}", said.stdout);
        failed(said, yard, "The argument \"needed\"");
        failed(said, yard, place);
    });
    check(&of("strict", &format!("{full}block {{\n needed = 2\n}}\n")), |said, yard| {
        failed(said, yard, "Duplicate")
    });
}

#[test]
fn what_the_wire_cannot_carry_is_told() {
    check(&of("dynamic", "anything = 1"), |said, yard| failed(said, yard, "probe"));
    // Gob carries an attribute with the type of an object; protobuf does not.
    check(&of("object", "thing = { name = \"n\" }"), |said, yard| {
        if yard.mode.name == "protobuf" {
            failed(said, yard, "probe");
        } else {
            succeeded(said, yard);
            assert!(said.stdout.contains("\"name\":cty.StringVal(\"n\")"), "{}", said.stdout);
        }
    });
}
