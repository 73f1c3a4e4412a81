//! The end of a command: always gob, whatever else the two sides agreed on.

use gorpc::gob::{Gob, Shape, decode, ids, put_int, put_type, put_value};

/// What Go programs report when the end of a command did not arrive.
pub(crate) const UNKNOWN: i64 = 123;

/// The message.
pub(crate) fn write(status: i64) -> Vec<u8> {
    let mut stream = Vec::new();
    put_type(ids::FIRST, "CommandFinished", Shape::Struct(&[("ExitStatus", ids::INT)]), &mut stream);
    let mut fields = Vec::new();
    if status != 0 {
        fields.push(1);
        put_int(status, &mut fields);
    }
    fields.push(0);
    put_value(ids::FIRST, true, &fields, &mut stream);
    stream
}

/// The status in a message.
pub(crate) fn read(bytes: &[u8]) -> i64 {
    match decode(bytes) {
        Ok(gob @ Gob::Struct(_)) => match gob.field("ExitStatus") {
            None => 0,
            Some(status) => status.as_i64().unwrap_or(UNKNOWN),
        },
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for status in [0, 1, 3, 123, 255, -1, 2_300_218] {
            assert_eq!(read(&write(status)), status);
        }
        assert_eq!(read(&[]), UNKNOWN);
        assert_eq!(read(b"garbage"), UNKNOWN);
    }
}
