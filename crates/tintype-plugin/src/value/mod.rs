//! Values of the language in the forms that go over the wire.

mod cty_gob;
mod cty_json;
mod cty_msgpack;
pub(crate) mod gob_type;
mod plain;
#[cfg(test)]
mod tests;
mod type_json;

use cty::Value;

use crate::spec::Wire;

pub(crate) use cty_json::{from_cty_json, to_cty_json};
pub(crate) use plain::{from_plain, to_override, to_plain, to_template};

/// How deep values may nest.
const MAX_DEPTH: usize = 100;

/// Reads the answer of a data source.
pub(crate) fn read(bytes: &[u8], wire: Wire) -> Result<Value, String> {
    match wire {
        Wire::Gob => cty_gob::read(bytes),
        Wire::Protobuf => cty_msgpack::read(bytes),
    }
}

/// Writes the answer of a data source.
pub(crate) fn write(value: &Value, wire: Wire) -> Result<Vec<u8>, String> {
    match wire {
        Wire::Gob => cty_gob::write(value),
        Wire::Protobuf => cty_msgpack::write(value),
    }
}
