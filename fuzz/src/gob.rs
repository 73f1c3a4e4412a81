//! Gob streams of plugins, and the streams that lie in them as bytes.

use gorpc::gob::{Gob, decode};

pub fn check(bytes: &[u8]) {
    if let Ok(value) = decode(bytes) {
        walk(&value, 0);
    }
}

fn walk(value: &Gob, depth: usize) {
    let _ = (value.field("Name"), value.as_str(), value.as_i64());
    match value {
        Gob::Struct(fields) => fields.iter().for_each(|(_, value)| walk(value, depth)),
        Gob::List(items) => items.iter().for_each(|value| walk(value, depth)),
        Gob::Map(entries) => entries.iter().for_each(|(key, value)| {
            walk(key, depth);
            walk(value, depth);
        }),
        Gob::Interface(Some((_, value))) => walk(value, depth),
        Gob::Opaque(bytes) if depth < 20 => {
            if let Ok(value) = decode(bytes) {
                walk(&value, depth + 1);
            }
        }
        _ => (),
    }
}
