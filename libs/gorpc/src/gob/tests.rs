use super::*;

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex"))
        .collect()
}

const FINISHED: &str =
    "2cff810301010f436f6d6d616e6446696e697368656401ff820001010 10a4578697453746174757301040 00000";

#[test]
fn numbers() {
    for (number, hex) in [
        (0i64, "00"),
        (-1, "01"),
        (3, "06"),
        (255, "fe01fe"),
        (-65, "ff81"),
        (65, "ff82"),
        (i64::MAX, "f8fffffffffffffffe"),
        (i64::MIN, "f8ffffffffffffffff"),
    ] {
        let mut out = Vec::new();
        put_int(number, &mut out);
        assert_eq!(out, bytes(hex), "{number}");
    }
    let mut out = Vec::new();
    put_uint(256, &mut out);
    assert_eq!(out, bytes("fe0100"));
}

#[test]
fn the_exit_of_a_command() {
    for (value, status) in [
        ("03ff8200", None),
        ("05ff82010200", Some(1)),
        ("06ff8201fff600", Some(123)),
        ("07ff8201fe01fe00", Some(255)),
        ("05ff82010100", Some(-1)),
        ("08ff8201fd46327400", Some(2_300_218)),
    ] {
        let stream = bytes(&format!("{FINISHED}{value}"));
        let read = decode(&stream).expect(value);
        assert_eq!(read.field("ExitStatus").and_then(Gob::as_i64), status, "{value}");
        let mut written = Vec::new();
        put_type(65, "CommandFinished", Shape::Struct(&[("ExitStatus", ids::INT)]), &mut written);
        let mut fields = Vec::new();
        if let Some(status) = status {
            fields.push(1);
            put_int(status, &mut fields);
        }
        fields.push(0);
        put_value(65, true, &fields, &mut written);
        assert_eq!(written, stream, "{value}");
    }
}

/// One attribute whose type is a stream of its own: definitions in the middle of an interface.
const SPEC: &str = "1a ff81 04 01 01 0a 4f626a65637453706563 01 ff82 00 01 0c 01 10 00 00
    4f ff82 00 01 03 6f7574 10 2a6863 6c6465632e4174747253706563 ff83 03 01 01 08 4174747253706563 01 ff84 00
       01 03 01 04 4e616d65 01 0c 00 01 04 54797065 01 ff86 00 01 08 5265717569726564 01 02 00 00 00
    10 ff85 05 01 01 04 54797065 01 ff86 00 00 00
    10 ff84 0d 01 03 6f7574 01 05 0102030405 00";

#[test]
fn descriptions_in_the_middle_of_a_value() {
    let read = decode(&bytes(SPEC)).expect("a stream");
    let Gob::Map(entries) = &read else { panic!("{read:?}") };
    let [(key, Gob::Interface(Some((name, attr))))] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((key.as_str(), &**name), (Some("out"), "*hcldec.AttrSpec"));
    assert_eq!(attr.field("Name").and_then(Gob::as_str), Some("out"));
    assert_eq!(attr.field("Type").and_then(Gob::as_opaque), Some(&[1, 2, 3, 4, 5][..]));
}

#[test]
fn interfaces_are_read_as_they_are_written() {
    let mut stream = Vec::new();
    put_type(65, "M", Shape::Map(ids::STRING, ids::INTERFACE), &mut stream);
    put_type(66, "S", Shape::Struct(&[("A", ids::UINT), ("B", ids::BOOL)]), &mut stream);
    put_type(67, "L", Shape::Slice(ids::INTERFACE), &mut stream);
    let mut inner = Vec::new();
    inner.extend_from_slice(&[1, 7, 1, 1, 0]);
    let mut list = vec![1];
    put_interface("*x.S", 66, true, &inner, &mut list);
    let mut map = vec![1];
    put_bytes(b"k", &mut map);
    put_interface("x.L", 67, false, &list, &mut map);
    put_value(65, false, &map, &mut stream);
    let held = |name: &str, value: Gob| Gob::Interface(Some((name.into(), Box::new(value))));
    let record = Gob::Struct(vec![("A".into(), Gob::Uint(7)), ("B".into(), Gob::Bool(true))]);
    let list = Gob::List(vec![held("*x.S", record)]);
    assert_eq!(decode(&stream), Ok(Gob::Map(vec![(Gob::Str(b"k".to_vec()), held("x.L", list))])));
}

#[test]
fn anything_cut_off_or_changed_is_an_error_or_a_value() {
    let whole = bytes(SPEC);
    for end in 0..whole.len() {
        assert!(decode(&whole[..end]).is_err(), "{end}");
    }
    for at in 0..whole.len() {
        for change in [0x00, 0x01, 0x7f, 0x80, 0xf8, 0xff] {
            let mut changed = whole.clone();
            changed[at] = change;
            // Must neither panic nor take for ever.
            let _ = decode(&changed);
        }
    }
}

#[test]
fn depth_and_counts_are_limited() {
    let mut nested = Vec::new();
    // A list of itself, as deep as the bytes say.
    put_type(65, "L", Shape::Slice(65), &mut nested);
    put_value(65, false, &vec![1; 100_000], &mut nested);
    assert_eq!(decode(&nested), Err(GobError::TooDeep));
    // A struct without fields takes a byte each, a count promises more than there are.
    let mut many = Vec::new();
    put_type(65, "L", Shape::Slice(ids::BOOL), &mut many);
    let mut value = Vec::new();
    put_uint(u64::MAX, &mut value);
    put_value(65, false, &value, &mut many);
    assert_eq!(decode(&many), Err(GobError::Short));
}
