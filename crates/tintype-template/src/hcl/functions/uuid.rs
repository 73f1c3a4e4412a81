//! Identifiers that are unique: by chance, or by a name in a name space.

use cty::{Type, Value};
use hcl::{Function, FunctionError};
use uuid::Uuid;

use super::args::text;

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("uuidv4", Type::String, |_, _| Ok(Value::string(Uuid::new_v4().to_string())))
            .doc("A random UUID, new at every call.")
            .examples(&[("length(uuidv4())", "36")]),
        Function::new("uuidv5", Type::String, |args, _| {
            let space = match text(args, 0)? {
                "dns" => Uuid::NAMESPACE_DNS,
                "url" => Uuid::NAMESPACE_URL,
                "oid" => Uuid::NAMESPACE_OID,
                "x500" => Uuid::NAMESPACE_X500,
                other => Uuid::parse_str(other).map_err(|_| {
                    FunctionError::call(format!("the name space {other:?} is none of dns, url, oid and x500, and no UUID"))
                })?,
            };
            Ok(Value::string(Uuid::new_v5(&space, text(args, 1)?.as_bytes()).to_string()))
        })
        .doc("The UUID of a name in a name space: dns, url, oid, x500 or a UUID. The same name has always the same.")
        .param("namespace", Type::String)
        .param("name", Type::String)
        .examples(&[(r#"uuidv5("dns", "example.org")"#, "aad03681-8b63-5304-89e0-8ca8f49461b5")]),
    ]
}
