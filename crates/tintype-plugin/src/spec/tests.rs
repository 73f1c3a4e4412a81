use std::collections::BTreeMap;

use cty::{Type, Value};
use tintype_schema::FieldKind;

use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex"))
        .collect()
}

fn attr(name: &str, ty: Type, required: bool) -> (String, Spec) {
    (name.to_owned(), Spec::Attr { name: name.to_owned(), ty, required })
}

fn object(members: impl IntoIterator<Item = (String, Spec)>) -> Spec {
    Spec::Object(members.into_iter().collect())
}

fn all_kinds() -> Spec {
    let inner = object([attr("size", Type::Number, true)]);
    let disk = object([
        attr("path", Type::String, false),
        (
            "part".to_owned(),
            Spec::Block { name: "part".into(), nested: Box::new(inner.clone()), required: false },
        ),
    ]);
    object([
        attr("name", Type::String, true),
        attr("on", Type::Bool, false),
        attr("tags", Type::map(Type::String), false),
        attr("rows", Type::list(Type::list(Type::String)), false),
        attr("packer_debug", Type::Bool, false),
        ("disk".into(), Spec::Blocks { name: "disk".into(), nested: Box::new(disk), least: 0, most: 0 }),
        ("net".into(), Spec::Block { name: "net".into(), nested: Box::new(inner), required: false }),
    ])
}

#[test]
fn both_forms_read_what_they_wrote() {
    for spec in [object([]), object([attr("out", Type::String, false)]), all_kinds()] {
        for wire in [Wire::Gob, Wire::Protobuf] {
            let written = spec.write(wire).expect("writable");
            assert_eq!(Spec::read(&written, wire).as_ref(), Ok(&spec), "{wire:?}");
            for end in 1..written.len() {
                // Must not panic; the end of a protocol buffer may be anywhere.
                let cut = Spec::read(&written[..end], wire);
                assert!(wire == Wire::Protobuf || cut.is_err(), "cut at {end}");
            }
        }
    }
}

#[test]
fn protocol_buffers_as_they_were_recorded() {
    assert_eq!(Spec::read(&bytes("0a00"), Wire::Protobuf), Ok(object([])));
    let recorded = "0a20 0a1e 0a03 6f7574 1217 1215 0a03 6f7574 120e 0a0c 0a0a 6374792e537472696e67";
    let spec = object([attr("out", Type::String, false)]);
    assert_eq!(Spec::read(&bytes(recorded), Wire::Protobuf).as_ref(), Ok(&spec));
    assert_eq!(spec.write(Wire::Protobuf), Ok(bytes(recorded)));
}

#[test]
fn gob_as_it_was_recorded() {
    let recorded = "1aff81040101 0a4f626a65637453706563 01ff82 00 010c 0110 00 00
        4f ff82 00 01 036f7574 102a6863 6c6465632e4174747253706563 ff83 03 0101 084174747253706563 01ff84 00
        0103 01044e616d65 010c00 010454797065 01ff8600 01085265717569726564 010200 00 00
        10 ff85 05 0101 0454797065 01ff86 00 00 00
        ff94 ff84 ff90 01036f7574 01ff87
        2aff87030101 07676f6254797065 01ff88 00 0102 010756657273696f6e 010400 0104496d706c 011000 00 00
        53 ff88 02 2b6769746875622e636f6d2f7a636c636f6e662f676f2d6374792f6374792e7072696d697469766554797065
        ff8b030101 0d7072696d697469766554797065 01ff8c 00 0101 01044b696e64 010600 00 00
        07 ff8c 03 0153 00 00
        00";
    assert_eq!(Spec::read(&bytes(recorded), Wire::Gob), Ok(object([attr("out", Type::String, false)])));
}

#[test]
fn a_spec_becomes_a_schema() {
    let schema = schema("thing", &all_kinds());
    let names: Vec<&str> = schema.fields.iter().map(|field| &*field.name).collect();
    assert_eq!(names, ["disk", "name", "net", "on", "rows", "tags"]);
    let least: Vec<usize> = schema.fields.iter().map(|field| field.least).collect();
    assert_eq!(least, [0, 1, 0, 0, 0, 0]);
    assert!(matches!(schema.field("disk").map(|field| &field.kind), Some(FieldKind::Blocks(_))));
    assert_eq!(schema.field_at("disk.part.size").map(|field| &field.kind), Some(&FieldKind::Number));
}

#[test]
fn options_become_the_object_that_the_plugin_wants() {
    let json = |text| cty::from_json(text).expect("JSON");
    let value =
        conform(&json(r#"{"name":5,"disk":[{"part":{"size":"7"}}]}"#), &all_kinds()).expect("they fit");
    assert_eq!(value.ty(), &all_kinds().ty());
    assert_eq!(value.get_attr("name"), Some(&Value::string("5")));
    assert!(value.get_attr("net").is_some_and(Value::is_null));
    assert!(value.get_attr("packer_debug").is_some_and(Value::is_null));
    assert_eq!(
        conform(&json(r#"{"name":"x"}"#), &all_kinds())
            .ok()
            .and_then(|value| { value.get_attr("disk").and_then(Value::elements).map(<[Value]>::len) }),
        Some(0)
    );

    let wrong = conform(&json(r#"{"extra":1,"net":{},"on":"perhaps","disk":[{"part":{}}]}"#), &all_kinds());
    let misfits: Vec<String> = wrong
        .expect_err("they do not fit")
        .into_iter()
        .map(|misfit| match misfit {
            Misfit::Unknown(path) => format!("unknown {path}"),
            Misfit::Wrong(path, _) => format!("wrong {path}"),
        })
        .collect();
    assert_eq!(misfits, ["unknown extra", "wrong on"]);
}

#[test]
fn nesting_without_end_is_refused() {
    let mut spec = object([attr("x", Type::String, false)]);
    for _ in 0..60 {
        let block = Spec::Block { name: "b".into(), nested: Box::new(spec), required: false };
        spec = Spec::Object(BTreeMap::from([("b".into(), block)]));
    }
    for wire in [Wire::Gob, Wire::Protobuf] {
        let written = spec.write(wire).expect("writable");
        assert!(Spec::read(&written, wire).is_err(), "{wire:?}");
    }
}
