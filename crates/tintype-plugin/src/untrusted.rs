//! The readers of what plugins answer, for whoever tries them with bytes of all kinds.

use cty::Value;

use crate::Wire;
use crate::spec::{Spec, schema};

/// The options of a component: whether they can be read, and a schema made of them.
///
/// # Errors
/// They cannot be read; a clause.
pub fn options(bytes: &[u8], wire: Wire) -> Result<tintype_schema::Schema, String> {
    Ok(schema("fuzzed", &Spec::read(bytes, wire)?))
}

/// The options of a component, read and written in another form.
///
/// # Errors
/// They cannot be read, or the other form cannot carry them; a clause.
pub fn options_again(bytes: &[u8], wire: Wire, to: Wire) -> Result<Vec<u8>, String> {
    Spec::read(bytes, wire)?.write(to)
}

/// The value of a data source.
///
/// # Errors
/// It cannot be read; a clause.
pub fn answer(bytes: &[u8], wire: Wire) -> Result<Value, String> {
    crate::value::read(bytes, wire)
}

/// A value as the answer of a data source.
///
/// # Errors
/// The form cannot carry it; a clause.
pub fn written(value: &Value, wire: Wire) -> Result<Vec<u8>, String> {
    crate::value::write(value, wire)
}

/// A value in the form in which options travel.
///
/// # Errors
/// It cannot be read; a clause.
pub fn layer(bytes: &[u8]) -> Result<Value, String> {
    crate::value::from_cty_json(bytes)
}
