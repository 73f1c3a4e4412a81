//! What is told of a file beside its content, in Go's bits.

use gorpc::{Fields, Value};
use tintype_sdk::FileMeta;

/// Go keeps these where Unix has them not.
const BITS: [(u32, u32); 3] = [(0o4000, 1 << 23), (0o2000, 1 << 22), (0o1000, 1 << 20)];

const PERMISSIONS: u32 = 0o777;

/// What we tell of a file. Without mode and size nothing: Go would take what is absent for zero.
pub(super) fn write(to: &str, meta: FileMeta) -> Value {
    let (Some(unix), Some(size)) = (meta.mode, meta.size) else { return Value::Nil };
    let name = to.rsplit(['/', '\\']).next().unwrap_or(to);
    let special = BITS.iter().filter(|(bit, _)| unix & bit != 0).map(|(_, go)| go).sum::<u32>();
    let time = match meta.mtime.map(u32::try_from) {
        Some(Ok(seconds)) => Value::Ext(-1, seconds.to_be_bytes().to_vec().into()),
        _ => Value::Nil,
    };
    Value::record([
        ("N", name.into()),
        ("S", Value::Int(i64::try_from(size).unwrap_or(i64::MAX))),
        ("M", Value::Uint((unix & PERMISSIONS | special).into())),
        ("T", time),
    ])
}

/// What the other side told.
pub(super) fn read(fields: &Fields) -> FileMeta {
    let info = match Fields::read(&fields.raw("FileInfo")) {
        Ok(info) if !info.0.is_empty() => info,
        _ => return FileMeta::default(),
    };
    let number = |name| info.number(name).ok();
    let go = number("M").and_then(|mode| u32::try_from(mode).ok());
    let unix = |go: u32| {
        go & PERMISSIONS | BITS.iter().filter(|(_, bit)| go & bit != 0).map(|(unix, _)| unix).sum::<u32>()
    };
    FileMeta {
        size: number("S").and_then(|size| u64::try_from(size).ok()),
        mode: go.map(unix),
        mtime: info.value("T").ok().and_then(|time| seconds(&time)),
    }
}

/// Seconds since 1970, of a time in any of its three lengths. Times before count as unknown.
fn seconds(time: &Value) -> Option<u64> {
    let Value::Ext(-1, bytes) = time else { return None };
    match bytes.len() {
        4 => Some(u32::from_be_bytes(bytes[..].try_into().ok()?).into()),
        8 => Some(u64::from_be_bytes(bytes[..].try_into().ok()?) & ((1 << 34) - 1)),
        12 => u64::try_from(i64::from_be_bytes(bytes[4..].try_into().ok()?)).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        for meta in [
            FileMeta::default(),
            FileMeta { size: Some(5), mode: Some(0o4755), mtime: Some(1_700_000_000) },
            FileMeta { size: Some(0), mode: Some(0o600), mtime: None },
        ] {
            let mut bytes = Vec::new();
            let argument = Value::record([("FileInfo", write("/tmp/x", meta))]);
            gorpc::msgpack::encode(&argument, &mut bytes);
            assert_eq!(read(&Fields::read(&bytes.into()).expect("a struct")), meta);
        }
    }

    #[test]
    fn times_of_every_length() {
        let time = |bytes: &[u8]| seconds(&Value::Ext(-1, bytes.to_vec().into()));
        assert_eq!(time(&[0, 0, 0, 9]), Some(9));
        assert_eq!(time(&[0xff, 0xff, 0xff, 0xfc, 0, 0, 0, 9]), Some(9));
        assert_eq!(time(&[0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 9]), Some(9));
        assert_eq!(time(&[0, 0, 0, 1, 0xff, 0, 0, 0, 0, 0, 0, 9]), None);
        assert_eq!(time(&[1]), None);
    }
}
