//! A Go template is parsed and rendered with data of all kinds and a few functions: a text or an error in Go's form.

use std::sync::LazyLock;

use go_template::{Functions, Param, Template, Value};

static FUNCTIONS: LazyLock<Functions<'static>> = LazyLock::new(|| {
    Functions::new()
        .with("user", &[Param::Text], |args| Ok(format!("<{}>", args.text(0))))
        .with("upper", &[Param::Text], |args| Ok(args.text(0).to_uppercase()))
        .with("times", &[Param::Int, Param::Int], |args| {
            Ok(args.int(0).wrapping_mul(args.int(1)).to_string())
        })
        .with("fails", &[], |_| Err::<String, _>("it failed".to_owned()))
        .with_rest("all", &[], Param::Any, |args| Ok(args.len().to_string()))
});

static DATA: LazyLock<Value> = LazyLock::new(|| {
    Value::map([
        ("Text", Value::Text("text".into())),
        ("Int", Value::Int(7)),
        ("Float", Value::Float(1.5)),
        ("Yes", Value::Bool(true)),
        ("List", Value::list([Value::Int(1), Value::Nil, Value::Text("x".into())])),
        ("Map", Value::map([("a", Value::Int(1)), ("b", Value::Text("y".into()))])),
        ("Record", Value::record("main.Record", [("Field", Value::Text("z".into()))])),
    ])
});

pub fn check(bytes: &[u8]) {
    let text = crate::text(bytes);
    match Template::parse("root", &text, &FUNCTIONS) {
        Ok(template) => {
            if let Err(error) = template.render(&DATA) {
                assert!(error.to_string().starts_with("template: "), "{error}");
            }
        }
        Err(error) => assert!(error.to_string().starts_with("template: "), "{error}"),
    }
}
