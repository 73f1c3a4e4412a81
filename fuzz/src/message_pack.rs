//! Values of plugins: whatever is read is written again to the same bytes, and reading from a stream finds the same borders as reading
//! from memory.

use bytes::Bytes;
use futures::executor::block_on;
use gorpc::Fields;
use gorpc::msgpack::{ValueReader, decode, encode};

pub fn check(bytes: &[u8]) {
    let all = Bytes::copy_from_slice(bytes);
    if let Ok(value) = decode(&all) {
        let mut first = Vec::new();
        encode(&value, &mut first);
        let again = decode(&Bytes::from(first.clone())).expect("what was written can be read");
        let mut second = Vec::new();
        encode(&again, &mut second);
        assert_eq!(first, second);
    }
    if let Ok(fields) = Fields::read(&all) {
        for name in ["ServiceMethod", "Seq", "Error", "StreamId", "Configs"] {
            let _ = (fields.text(name), fields.number(name), fields.stream(name));
            let _ = (fields.bool(name), fields.bytes(name), fields.texts(name), fields.value(name));
        }
    }
    // A stream that hands out little at a time.
    let mut reader = ValueReader::new(tokio::io::BufReader::with_capacity(3, bytes));
    let mut at = 0;
    while let Ok(Some(value)) = block_on(reader.next()) {
        assert!(!value.is_empty());
        assert_eq!(Some(&value[..]), bytes.get(at..at + value.len()), "values lie one after the other");
        at += value.len();
        let _ = decode(&value);
    }
}
