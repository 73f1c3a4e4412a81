//! An expression with all functions but those that look outside: values can be shown, convert to their own type and through JSON, and
//! come out the same a second time.

use std::sync::{Arc, LazyLock};

use cty::{Mark, Type, Value, convert, from_json, print, to_json};
use diag::SourceMap;
use hcl::{FunctionTable, Scope, parse_expr, parse_template};
use tintype_template::{LoadRequest, Template};

use crate::{FILE, surroundings};

/// They ask servers or read files, or their answers differ from call to call.
const LEFT_OUT: &[&str] = &[
    "abspath",
    "aws_secretsmanager",
    "aws_secretsmanager_raw",
    "bcrypt",
    "consul_key",
    "env",
    "file",
    "filebase64",
    "fileexists",
    "fileset",
    "legacy_isotime",
    "legacy_strftime",
    "pathexpand",
    "templatefile",
    "timestamp",
    "uuidv4",
    "vault",
];

static SCOPE: LazyLock<Scope> = LazyLock::new(|| {
    let (template, findings) =
        Template::load(LoadRequest::default(), surroundings::world(), Arc::new(SourceMap::new()));
    let template = template.unwrap_or_else(|| panic!("an empty template: {findings}"));
    let scope = template.console_scope();
    let all = scope.functions().expect("templates have functions");
    let functions: FunctionTable = LEFT_OUT.iter().fold(all.clone(), |table, name| table.without(name));
    let list = |values: Vec<Value>| Value::list(Type::String, values);
    scope
        .child()
        .with_functions(functions)
        .with_variable("s", Value::string("text"))
        .with_variable("n", Value::number(7))
        .with_variable("t", Value::bool(true))
        .with_variable("none", Value::null(Type::Dynamic))
        .with_variable("l", list(vec![Value::string("x"), Value::string("y")]))
        .with_variable("e", list(Vec::new()))
        .with_variable("set", Value::set(Type::String, vec![Value::string("x"), Value::string("y")]))
        .with_variable(
            "o",
            Value::object([("k".into(), Value::number(1)), ("l".into(), Value::empty_tuple())].into()),
        )
        .with_variable("u", Value::unknown(Type::String))
        .with_variable("un", Value::unknown_not_null(Type::list(Type::Number)))
        .with_variable("any", Value::dynamic())
        .with_variable("hidden", Value::string("hush").marked(Mark { name: "sensitive", span: None }))
});

pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    // A long text finds nothing that a short one does not, only later.
    if text.len() > 4096 {
        return;
    }
    for (expr, found) in [parse_expr(&text, FILE, 0), parse_template(&text, FILE)] {
        if found.has_errors() {
            continue;
        }
        let (value, findings) = expr.evaluate(&SCOPE);
        crate::sound(&findings, &text);
        let shown = print(&value);
        let (again, _) = expr.evaluate(&SCOPE);
        assert_eq!(print(&again), shown, "a second time");
        if findings.has_errors() {
            continue;
        }
        let same =
            convert(&value, value.ty()).unwrap_or_else(|error| panic!("{shown} to its own type: {error:?}"));
        assert_eq!(print(&same), shown, "converted to its own type");
        converts(&value);
        if let Ok(written) = to_json(&value) {
            let read = from_json(&written).unwrap_or_else(|error| panic!("{written}: {error:?}"));
            assert_eq!(to_json(&read).ok().as_ref(), Some(&written), "through JSON");
        }
    }
}

/// What converts to a type is of that type, and converts to it again without a change.
fn converts(value: &Value) {
    for ty in [
        Type::String,
        Type::Number,
        Type::Bool,
        Type::list(Type::String),
        Type::set(Type::Dynamic),
        Type::map(Type::String),
    ] {
        let Ok(converted) = convert(value, &ty) else { continue };
        let again =
            convert(&converted, &ty).unwrap_or_else(|error| panic!("{} again: {error:?}", print(&converted)));
        assert_eq!(print(&again), print(&converted), "again to {}", ty.friendly_name());
        assert_eq!(again.ty(), converted.ty(), "again to {}", ty.friendly_name());
    }
}
