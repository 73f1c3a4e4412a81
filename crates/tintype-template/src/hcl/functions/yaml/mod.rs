//! YAML out of values and back, as the language has it: YAML 1.1 in what words mean, one document.

mod decode;
mod encode;
mod scalar;

use cty::{Type, Value};
use hcl::function::Param;
use hcl::{Function, FunctionError};

use super::args::{text, value};

pub(super) fn functions() -> Vec<Function> {
    vec![
        Function::new("yamlencode", Type::String, |args, _| {
            let value = value(args, 0)?;
            if !value.is_wholly_known() {
                return Ok(Value::unknown_not_null(Type::String));
            }
            encode::document(value).map(Value::string).map_err(FunctionError::call)
        })
        .doc("The value as YAML in block style, keys sorted, strings and keys in double quotes.")
        .takes(Param::new("value", Type::Dynamic).allow_null().allow_dynamic().allow_unknown())
        .examples(&[
            (r#"yamlencode([1, [2, 3], { k = "v" }])"#, "- 1\n- - 2\n  - 3\n- \"k\": \"v\"\n"),
            (r#"yamlencode({ b = 1, a = [true, null] })"#, "\"a\":\n- true\n- null\n\"b\": 1\n"),
        ]),
        Function::new("yamldecode", Type::Dynamic, |args, _| {
            decode::document(text(args, 0)?).map_err(FunctionError::call)
        })
        .doc("The value that a YAML text says. The text must be one document.")
        .param("text", Type::String)
        .may_return_null()
        .examples(&[(r#"yamldecode("a: 1\nb: [x, yes]\n").b[1]"#, "true")]),
    ]
}
