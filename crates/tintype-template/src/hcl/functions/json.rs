//! JSON out of values and back.

use cty::{Type, Value};
use hcl::function::Param;
use hcl::{Function, FunctionError};

use super::args::{text, value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("jsonencode", Type::String, |args, _| {
            let value = value(args, 0)?;
            if !value.is_wholly_known() {
                return Ok(Value::unknown_not_null(Type::String));
            }
            cty::to_json(value).map(Value::string).map_err(|error| FunctionError::call(error.to_string()))
        })
        .doc("The value as JSON, keys sorted.")
        .takes(Param::new("value", Type::Dynamic).allow_null().allow_dynamic().allow_unknown())
        .examples(&[
            (r#"jsonencode({ b = 1, a = [true, null, "x"] })"#, r#"{"a":[true,null,"x"],"b":1}"#),
            (r#"jsonencode("<é>")"#, r#""\u003cé\u003e""#),
        ]),
        Function::new("jsondecode", Type::Dynamic, |args, _| {
            cty::from_json(text(args, 0)?).map_err(|error| FunctionError::call(error.to_string()))
        })
        .doc("The value that a JSON text says.")
        .param("text", Type::String)
        .may_return_null()
        .examples(&[(r#"jsondecode("{\"a\": [1, 2.5]}").a[1]"#, "2.5")]),
    ]
}
