use cty::{Number, Type, Value};

use super::*;

fn json(text: &str) -> Value {
    cty::from_json(text).expect("JSON")
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex"))
        .collect()
}

/// All forms that carry a type read back what they wrote.
fn check(value: Value) {
    let text = to_cty_json(&value).expect("writable");
    assert_eq!(from_cty_json(&text).as_ref(), Ok(&value), "{}", String::from_utf8_lossy(&text));
    for wire in [Wire::Gob, Wire::Protobuf] {
        let written = write(&value, wire).expect("writable");
        assert_eq!(read(&written, wire).as_ref(), Ok(&value), "{wire:?}");
        for end in 0..written.len() {
            assert!(read(&written[..end], wire).is_err(), "{wire:?} cut at {end}");
        }
    }
}

#[test]
fn values_of_every_type() {
    check(Value::string("x"));
    check(Value::string("a\u{e9}\n\"<"));
    check(Value::bool(true));
    for number in [0i64, 1, -1, 42, 255, i64::MAX, i64::MIN] {
        check(Value::number(number));
    }
    for number in [1.5, -0.25] {
        check(Value::number(Number::from_f64(number).expect("a number")));
    }
    // In JSON the shortest text stands for a float, which need not be exact.
    for number in [1e100, 5e-324, f64::MAX] {
        let value = Value::number(Number::from_f64(number).expect("a number"));
        for wire in [Wire::Gob, Wire::Protobuf] {
            assert_eq!(read(&write(&value, wire).expect("writable"), wire).as_ref(), Ok(&value), "{wire:?}");
        }
    }
    check(Value::null(Type::String));
    check(Value::list(Type::Number, vec![Value::number(1i64), Value::null(Type::Number)]));
    check(Value::list(Type::list(Type::String), vec![Value::list(Type::String, Vec::new())]));
    check(json(r#"{"a":"x","b":[true,1],"c":{"d":{}}}"#));
    check(Value::map(Type::Bool, [("k".into(), Value::bool(false))].into()));
}

#[test]
fn options_as_they_were_recorded() {
    let recorded = r#"{"value":{"count":3,"disk":[{"size":1.5}],"flag":null,"ll":[["q"]]},"type":["object",{"count":"number","disk":["list",["object",{"size":"number"}]],"flag":"bool","ll":["list",["list","string"]]}]}"#;
    let value = from_cty_json(recorded.as_bytes()).expect("options");
    assert_eq!(String::from_utf8(to_cty_json(&value).expect("writable")).as_deref(), Ok(recorded));
    let lacking = r#"{"type":["object",{"a":"number","b":"string"},["b"]],"value":{"a":"5"}}"#;
    let value = from_cty_json(lacking.as_bytes()).expect("options");
    assert_eq!(value.get_attr("a"), Some(&Value::number(5i64)));
    assert!(value.get_attr("b").is_some_and(Value::is_null));
    for wrong in ["", "[]", "{}", r#"{"value":1,"type":"string2"}"#, r#"{"value":"x","type":"number"}"#] {
        assert!(from_cty_json(wrong.as_bytes()).is_err(), "{wrong}");
    }
}

#[test]
fn numbers_of_go_as_they_were_recorded() {
    for (hex, number) in [
        ("010a0000003500000001c000000000000000", 1.5),
        ("010a0000004000000006a800000000000000", 42.0),
        ("010800000035", 0.0),
        ("010b0000003500000001c000000000000000", -1.5),
    ] {
        let value = Number::from_f64(number).map(Value::number).expect("a number");
        let written = write(&value, Wire::Gob).expect("writable");
        assert_eq!(read(&written, Wire::Gob), Ok(value), "{hex}");
        assert_eq!(cty_gob::big_float(&bytes(hex)).map(|number| number.to_f64()), Ok(number), "{hex}");
    }
    for wrong in ["", "01", "020a00000035", "010a0000003500000001", "010e00000035"] {
        assert!(cty_gob::big_float(&bytes(wrong)).is_err(), "{wrong}");
    }
}

#[test]
fn numbers_keep_all_their_bits_in_gob() {
    for text in
        ["0", "-5", "18446744073709551615", "123456789012345678901234567890", "0.1", "-1.5e-300", "1e4000"]
    {
        let value = Value::number(Number::parse(text).expect("a number"));
        let written = write(&value, Wire::Gob).expect("writable");
        assert_eq!(read(&written, Wire::Gob), Ok(value), "{text}");
    }
}

#[test]
fn answers_in_messagepack_as_they_were_recorded() {
    assert_eq!(read(&bytes("92 c4 08 22737472696e6722 a1 78"), Wire::Protobuf), Ok(Value::string("x")));
    assert_eq!(read(&bytes("c0"), Wire::Protobuf), Ok(Value::null(Type::Dynamic)));
    // What does not fit a machine number is a text.
    let long = "123456789012345678901234567890";
    let value = Value::number(Number::parse(long).expect("a number"));
    assert_eq!(read(&write(&value, Wire::Protobuf).expect("writable"), Wire::Protobuf), Ok(value));
    for wrong in
        ["01", "92 c4 08 22737472696e6722 01", "92 c4 02 2222 a1 78", "93 c4 08 22737472696e6722 01 02"]
    {
        assert!(read(&bytes(wrong), Wire::Protobuf).is_err(), "{wrong}");
    }
}

#[test]
fn values_without_a_type() {
    use gorpc::Value as Go;
    let wire = Go::Map(vec![
        ("Port".into(), Go::Uint(2222)),
        ("Bytes".into(), Go::Bin(vec![1, 255].into())),
        ("Odd".into(), Go::str([0xff])),
        (Go::Int(1), "no name".into()),
    ]);
    let value = from_plain(&wire);
    assert_eq!(value.get_attr("Port"), Some(&Value::number(2222i64)));
    assert_eq!(value.get_attr("Bytes").and_then(Value::elements).map(<[Value]>::len), Some(2));
    assert_eq!(value.get_attr("Odd").and_then(Value::as_str), Some("\u{fffd}"));
    assert_eq!(value.entries().map(|entries| entries.len()), Some(3));

    let options = json(r#"{"a":1,"b":1.5,"c":null,"d":[true]}"#);
    let d = ("d".into(), Go::Array(vec![Go::Bool(true)]));
    let (a, b, c) = (("a".into(), Go::Int(1)), ("b".into(), Go::Float(1.5)), ("c".into(), Go::Nil));
    assert_eq!(to_plain(&options), Go::Map(vec![a.clone(), b.clone(), c.clone(), d.clone()]));
    assert_eq!(to_override(&options), Go::Map(vec![a, b.clone(), d.clone()]));
    assert_eq!(to_template(&options), Go::Map(vec![("a".into(), Go::Float(1.0)), b, c, d]));
    assert_eq!(to_override(&Value::unknown(Type::String)), Go::from(UNKNOWN));
}

const UNKNOWN: &str = "74D93920-ED26-11E3-AC10-0800200C9A66";

#[test]
fn types_nested_without_end_are_refused() {
    let deep = format!("{}\"string\"{}", "[\"list\",".repeat(10_000), "]".repeat(10_000));
    assert!(from_cty_json(format!("{{\"value\":null,\"type\":{deep}}}").as_bytes()).is_err());
}
