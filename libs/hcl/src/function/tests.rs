use cty::{Mark, Type, Value};
use diag::{FileId, Span};

use super::{CallCx, Function, FunctionError, FunctionTable, Param};
use crate::Scope;
use crate::eval::{Frame, State};

/// Calls with arguments as they are and shows the result, or the message behind an exclamation mark.
fn check(function: &Function, args: &[Value], expected: &str) {
    let (scope, state) = (Scope::constant(), State::new());
    let cx = CallCx { frame: Frame::new(&scope, &state), span: Span::new(FileId(0), 0, 0) };
    let accepted: Result<Vec<Value>, String> =
        args.iter().enumerate().map(|(at, arg)| function.accept(at, arg)).collect();
    let result = accepted.and_then(|args| function.call(&args, &cx).map_err(|error| error.message));
    let shown = result.map_or_else(|message| format!("! {message}"), |value| format!("{value:?}"));
    assert_eq!(shown, expected, "{args:?}");
}

fn join(name: &'static str, param: Param) -> Function {
    Function::new(name, Type::String, |args, _| {
        let shown: Vec<String> = args.iter().map(|arg| format!("{arg:?}")).collect();
        Ok(Value::string(shown.join("+")))
    })
    .takes(param)
    .variadic(Param::new("more", Type::Number))
}

#[test]
fn arguments_are_checked_before_the_body_sees_them() {
    let marked = || Value::string("m").marked(Mark { name: "m", span: None });
    let plain = join("f", Param::new("first", Type::String));
    check(&plain, &[Value::number(1), Value::string("2")], "\"\\\"1\\\"+2\"");
    check(&plain, &[Value::null(Type::Dynamic)], "! it must not be null");
    check(&plain, &[Value::empty_tuple()], "! string required");
    check(&plain, &[Value::dynamic()], "unknown(string, not null)");
    check(&plain, &[Value::string("a"), Value::dynamic()], "unknown(string, not null)");
    check(&plain, &[Value::dynamic(), marked()], "! a number is required");
    check(&plain, &[marked()], "\"\\\"m\\\"#m\"#m");
    let open = join("f", Param::new("first", Type::Dynamic).allow_null().allow_unknown());
    check(&open, &[Value::unknown(Type::Bool)], "\"unknown(bool)\"");
    check(&open, &[Value::null(Type::Bool)], "\"null(bool)\"");
    check(&open, &[Value::null(Type::Dynamic)], "unknown(any)");
    check(&open.clone().may_return_null(), &[Value::bool(true), Value::dynamic()], "unknown(string)");
    let all = join(
        "f",
        Param::new("first", Type::Dynamic).allow_null().allow_unknown().allow_dynamic().allow_marked(),
    );
    check(&all, &[Value::dynamic()], "\"unknown(any)\"");
    check(&all, &[marked()], "\"\\\"m\\\"#m\"");
}

#[test]
fn the_type_of_the_result_is_asked_even_when_it_is_unknown() {
    let function = Function::new("first", Type::Dynamic, |args, _| {
        args[0]
            .elements()
            .and_then(<[Value]>::first)
            .cloned()
            .ok_or_else(|| FunctionError::call("it is empty"))
    })
    .param("list", Type::Dynamic)
    .returns(|args| match args[0].ty() {
        Type::List(element) => Ok((**element).clone()),
        _ => Err(FunctionError::argument(0, "a list is required")),
    });
    let list = Type::list(Type::Bool);
    check(&function, &[Value::list(Type::Bool, vec![Value::bool(true)])], "true");
    check(&function, &[Value::list(Type::Bool, vec![])], "! it is empty");
    check(&function, &[Value::unknown(list)], "unknown(bool, not null)");
    check(&function, &[Value::unknown(Type::String)], "! a list is required");
}

#[test]
fn tables() {
    let function = join("join", Param::new("first", Type::String))
        .doc("Puts together.")
        .examples(&[("join(\"a\")", "a")]);
    assert_eq!(function.signature(), "join(first string, more... number)");
    let mut table = FunctionTable::from_iter([function, join("other", Param::new("x", Type::Dynamic))]);
    assert_eq!(table.near("jion"), Some("join"));
    assert_eq!(table.near("elephant"), None);
    assert!(table.without("join").get("join").is_none());
    table.insert(join("third", Param::new("x", Type::Dynamic)));
    assert_eq!(table.iter().map(|function| function.name()).collect::<Vec<_>>(), ["join", "other", "third"]);
    let join = table.get("join").map(|function| (function.description(), function.help()));
    assert_eq!(join, Some(("Puts together.", &[("join(\"a\")", "a")][..])));
}
