use bytes::Bytes;

use super::*;
use crate::{MAX_DEPTH, MAX_VALUE};

fn bytes(hex: &str) -> Bytes {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("hex"), 16).expect("hex"))
        .collect::<Vec<u8>>()
        .into()
}

fn encoded(value: &Value) -> Bytes {
    let mut out = Vec::new();
    encode(value, &mut out);
    out.into()
}

/// Writes as Go does, and reads back the same.
fn check(value: Value, hex: &str) {
    assert_eq!(encoded(&value), bytes(hex), "{value:?}");
    assert_eq!(decode(&bytes(hex)), Ok(value));
}

#[test]
fn forms_as_go_chooses_them() {
    check(Value::Nil, "c0");
    check(Value::Bool(true), "c3");
    check(Value::Int(0), "00");
    check(Value::Int(127), "7f");
    check(Value::Int(128), "d1 0080");
    check(Value::Int(200), "d1 00c8");
    check(Value::Int(-32), "e0");
    check(Value::Int(-33), "d0 df");
    check(Value::Int(-129), "d1 ff7f");
    check(Value::Int(1 << 31), "d3 0000000080000000");
    check(Value::Int(70_000), "d2 00011170");
    check(Value::Uint(200), "cc c8");
    check(Value::Uint(2222), "cd 08ae");
    check(Value::Uint(70_000), "ce 00011170");
    check(Value::Uint(u64::MAX), "cf ffffffffffffffff");
    check(Value::Float(1.5), "cb 3ff8000000000000");
    check(Value::Float(2.0), "cb 4000000000000000");
    check(Value::str([0xff, 0xfe]), "a2 fffe");
    check(Value::Bin(bytes("0102")), "c4 02 0102");
    check(Value::Array(Vec::new()), "90");
    check(Value::Map(Vec::new()), "80");
    check(Value::Ext(-1, bytes("01020304")), "d6 ff 01020304");
    assert_eq!(encoded(&Value::Uint(5)), bytes("05"));
}

#[test]
fn lengths_choose_the_form_of_texts() {
    for (length, head) in [(31, "bf"), (32, "d920"), (255, "d9ff"), (256, "da0100"), (65_536, "db00010000")] {
        let text = Value::Str(vec![b'x'; length].into());
        let out = encoded(&text);
        assert!(out.starts_with(&bytes(head)), "{length}");
        assert_eq!(decode(&out), Ok(text));
    }
}

#[test]
fn a_call_as_it_was_recorded() {
    let header = Value::record([("ServiceMethod", "Builder.Run".into()), ("Seq", Value::Uint(4))]);
    let mut out = encoded(&header).to_vec();
    encode(&Value::Int(1), &mut out);
    let recorded = "82 ad 536572766963654d6574686f64 ab 4275696c6465722e52756e a3 536571 04 01";
    assert_eq!(out, bytes(recorded));
}

#[test]
fn fields_are_read_one_by_one() {
    let value = Value::record([
        ("Name", "packer_provision".into()),
        ("Data", Value::Map(vec![("Port".into(), Value::Uint(2222))])),
        ("StreamId", Value::Int(3)),
        ("Whole", Value::Float(7.0)),
        ("Exclude", Value::texts(["a", "b"])),
    ]);
    let fields = Fields::read(&encoded(&value)).expect("a struct");
    assert_eq!(fields.text("Name").as_deref(), Ok("packer_provision"));
    assert_eq!(fields.raw("Data"), bytes("81 a4 506f7274 cd 08ae"));
    assert_eq!(fields.stream("StreamId"), Ok(3));
    assert_eq!(fields.number("Whole"), Ok(7));
    assert_eq!(fields.texts("Exclude"), Ok(vec!["a".into(), "b".into()]));
    // What is not there is what Go calls zero.
    assert_eq!(fields.text("Absent").as_deref(), Ok(""));
    assert_eq!(fields.number("Absent"), Ok(0));
    assert_eq!(fields.texts("Absent"), Ok(Vec::new()));
    assert!(fields.number("Name").is_err());
    assert!(Fields::read(&bytes("93 01 02 03")).is_err());
    assert_eq!(Fields::read(&bytes("c0")), Ok(Fields::default()));
}

#[test]
fn what_is_passed_on_stays_as_it_is() {
    let odd = bytes("81 a1 61 d3 0000000000000001");
    assert_eq!(encoded(&Value::Array(vec![Value::Raw(odd.clone())])), [&bytes("91")[..], &odd].concat());
}

#[test]
fn limits() {
    let deep: Bytes = vec![0x91; MAX_DEPTH + 1].into();
    assert_eq!(decode(&deep), Err(Malformed::TooDeep));
    let deep: Bytes = vec![0x91; 10_000].into();
    assert_eq!(decode(&deep), Err(Malformed::TooDeep));
    // Promises of four thousand million entries, and of more bytes than anybody may send.
    assert_eq!(decode(&bytes("dd ffffffff 01")), Err(Malformed::Short));
    assert_eq!(decode(&bytes("c6 ffffffff 01")), Err(Malformed::TooLong));
    assert_eq!(decode(&bytes("c1")), Err(Malformed::Marker));
    assert_eq!(decode(&bytes("01 02")), Err(Malformed::Long));
    assert_eq!(decode(&Bytes::new()), Err(Malformed::Short));
    let mut many = bytes("dd 00200000").to_vec();
    many.resize(many.len() + (2 << 20), 0xc0);
    assert!(many.len() < MAX_VALUE);
    assert_eq!(decode(&many.into()), Err(Malformed::TooLong));
}

#[tokio::test]
async fn a_stream_of_values_in_any_pieces() {
    let values = [
        Value::record([("a", Value::Int(1)), ("b", Value::Array(vec![Value::Nil, Value::str("x")]))]),
        Value::Int(1),
        Value::Bin(vec![7; 100_000].into()),
        Value::Nil,
    ];
    let mut all = Vec::new();
    values.iter().for_each(|value| encode(value, &mut all));
    for piece in [1usize, 3, 8192, 1 << 20] {
        let mut mock = tokio_test_pieces(&all, piece);
        let mut reader = ValueReader::new(&mut mock);
        for value in &values {
            let read = reader.next().await.expect("readable").expect("not the end");
            assert_eq!(decode(&read).as_ref(), Ok(value));
        }
        assert_eq!(reader.next().await.expect("readable"), None);
    }
    let mut cut = ValueReader::new(&all[..5]);
    assert!(cut.next().await.is_err());
}

fn tokio_test_pieces(all: &[u8], piece: usize) -> impl tokio::io::AsyncRead + Unpin + use<> {
    let (mut to, from) = tokio::io::duplex(piece);
    let all = all.to_vec();
    tokio::spawn(async move {
        // The reader may have had enough.
        let _ = tokio::io::AsyncWriteExt::write_all(&mut to, &all).await;
    });
    from
}
