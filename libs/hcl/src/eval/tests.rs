use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Mark, Type, Value};
use diag::{Diagnostics, FileId};

use crate::ast::Expr;
use crate::function::{Function, FunctionError, FunctionTable, LazyError, Param};
use crate::{Optional, Scope, parse_expr, type_expr};

fn parse(text: &str) -> Expr {
    let (expr, findings) = parse_expr(text, FileId(0), 0);
    assert!(!findings.has_errors(), "{text}: {findings}");
    expr
}

/// A scope with something of everything; `s`, `l`, `o` and `any` are unknown.
fn scope() -> Scope {
    let list = |items: &[&str]| Value::list(Type::String, items.iter().map(Value::string).collect());
    let map = BTreeMap::from([("a".into(), Value::string("x")), ("b".into(), Value::string("y"))]);
    Scope::new().with_functions(functions()).with_variables([
        ("s".into(), Value::unknown(Type::String)),
        ("l".into(), Value::unknown(Type::list(Type::Number))),
        ("o".into(), Value::unknown(Type::object([("a", Type::String)]))),
        ("any".into(), Value::dynamic()),
        ("list".into(), list(&["p", "q"])),
        ("none".into(), Value::null(Type::list(Type::String))),
        ("set".into(), Value::set(Type::String, vec![Value::string("b"), Value::string("a")])),
        ("map".into(), Value::map(Type::String, map)),
        ("big".into(), Value::string("abc")),
        ("seven".into(), Value::number(7)),
        ("time".into(), Value::string("now").marked(Mark { name: "time", span: None })),
    ])
}

fn functions() -> FunctionTable {
    let text = |name| Param::new(name, Type::String);
    FunctionTable::from_iter([
        Function::new("upper", Type::String, |args, _| {
            Ok(Value::string(args[0].as_str().unwrap_or_default().to_uppercase()))
        })
        .takes(text("text")),
        Function::new("max", Type::Number, |args, _| {
            let most = args.iter().filter_map(Value::as_number).max();
            most.cloned().map(Value::number).ok_or_else(|| FunctionError::call("nothing given"))
        })
        .variadic(Param::new("numbers", Type::Number)),
        Function::new("same", Type::Dynamic, |args, _| Ok(args[0].clone()))
            .takes(
                Param::new("value", Type::Dynamic)
                    .allow_null()
                    .allow_unknown()
                    .allow_dynamic()
                    .allow_marked(),
            )
            .returns(|args| Ok(args[0].ty().clone()))
            .may_return_null(),
        Function::new("pick", Type::Dynamic, |args, _| Ok(args[0].clone()))
            .takes(Param::new("value", Type::Dynamic).allow_null())
            .returns(|args| Ok(args[0].ty().clone()))
            .may_return_null(),
        Function::new("refuse", Type::String, |_, _| Err(FunctionError::argument(1, "it is always wrong")))
            .takes(text("a"))
            .takes(text("b")),
        Function::lazy("try", |cx| {
            let first = (0..cx.len()).map(|at| cx.evaluate(at)).find(|(_, findings)| !findings.has_errors());
            Ok(first.ok_or_else(|| FunctionError::call("nothing succeeded"))?.0)
        })
        .variadic(Param::new("expressions", Type::Dynamic)),
        Function::lazy("convert", |cx| {
            let (value, findings) = cx.evaluate(0);
            let value = findings.into_result(value)?;
            let ty = type_expr(
                cx.expr(1).ok_or_else(|| FunctionError::argument(1, "no type"))?,
                Optional::WithoutDefaults,
            )?;
            let value = cty::convert(&value, &ty.without_optional());
            value.map_err(|error| LazyError::from(FunctionError::argument(0, error.to_string())))
        })
        .param("value", Type::Dynamic)
        .param("type", Type::Dynamic),
        Function::lazy("len", |cx| Ok(Value::number(cx.len())))
            .variadic(Param::new("expressions", Type::Dynamic)),
    ])
}

/// The value as `Debug` shows it, or the titles of the errors behind an exclamation mark.
fn shown((value, findings): (Value, Diagnostics)) -> String {
    if findings.has_errors() {
        let titles: Vec<&str> = findings.iter().map(|finding| finding.summary.as_str()).collect();
        format!("! {}", titles.join("; "))
    } else {
        format!("{value:?}")
    }
}

fn check_in(scope: &Scope, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        assert_eq!(shown(parse(text).evaluate(scope)), *expected, "{text}");
    }
}

fn check(cases: &[(&str, &str)]) {
    check_in(&scope(), cases);
}

#[test]
fn operators() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("10 - 4 - 3", "3"),
        ("\"5\" + 1", "6"),
        ("-7 % 3", "-1"),
        ("0 / 0", "! Operation failed"),
        ("1 < \"2\"", "true"),
        ("\"a\" < \"b\"", "! Invalid operand; Invalid operand"),
        ("1 == 1.0", "true"),
        ("\"1\" == 1", "false"),
        ("null == null", "true"),
        ("null + 1", "! Operation failed"),
        ("-null", "! Operation failed"),
        ("!\"true\"", "false"),
        ("!1", "! Invalid operand"),
        ("nope + 1", "! Unknown variable"),
        ("nope + [1]", "! Unknown variable; Invalid operand"),
        ("s + 1", "unknown(number, not null)"),
        ("s == \"x\"", "unknown(bool, not null)"),
        ("s != null", "unknown(bool, not null)"),
        ("\"x${s}\" == null", "false"),
    ]);
}

#[test]
fn logic_is_decided_by_one_side() {
    check(&[
        ("true || nope", "true"),
        ("nope || true", "true"),
        ("false && nope", "false"),
        ("nope && false", "false"),
        ("true && nope", "! Unknown variable"),
        ("true || \"x\"", "! Invalid operand"),
        ("false && 1", "! Invalid operand"),
        ("null && true", "false"),
        ("null && null", "false"),
        ("null || true", "true"),
        ("null || false", "! Operation failed"),
        ("s && false", "false"),
        ("s && true", "unknown(bool, not null)"),
        ("false || true || nope", "true"),
    ]);
}

#[test]
fn conditionals() {
    check(&[
        ("true ? 1 : \"b\"", "\"1\""),
        ("true ? 1 : true", "! Inconsistent conditional result types"),
        ("true ? [1] : [2, \"x\"]", "list(string)[\"1\"]"),
        ("true ? { a = 1 } : {}", "map(number){\"a\": 1}"),
        ("true ? null : \"a\"", "null(string)"),
        ("true ? null : null", "null(any)"),
        ("true ? \"a\" : nope", "\"a\""),
        ("nope ? \"a\" : \"b\"", "! Unknown variable"),
        ("null ? 1 : 2", "! Null condition"),
        ("1 ? 1 : 2", "! Incorrect condition type"),
        ("\"false\" ? 1 : 2", "2"),
        ("s ? 1 : 1", "1"),
        ("s ? 1 : 2", "unknown(number, not null)"),
        ("s ? 1 : null", "unknown(number)"),
        ("s ? null : null", "null(any)"),
        ("s ? [1] : [\"a\", \"b\"]", "unknown(list(string), not null)"),
        ("s ? convert([1], list(number)) : convert([2], list(number))", "list(number)[unknown(number)]"),
        ("false ? 1 : true ? 2 : 3", "2"),
    ]);
}

#[test]
fn loops() {
    check(&[
        ("[for x in [1, 2, 3] : x * 2]", "[2, 4, 6]"),
        ("[for i, x in [\"a\", \"b\"] : \"${i}${x}\"]", "[\"0a\", \"1b\"]"),
        ("[for k, v in { b = 1, a = 2 } : \"${k}${v}\"]", "[\"a2\", \"b1\"]"),
        ("[for k, v in set : \"${k}${v}\"]", "[\"aa\", \"bb\"]"),
        ("[for x in [1, 2] : x if \"true\"]", "[1, 2]"),
        ("[for x in [] : x if 1]", "! Invalid 'for' condition"),
        ("[for x in [1, 2] : x if null]", "! Condition is null"),
        ("[for x in [1] : x if s]", "unknown(any)"),
        ("{ for x in [1, true] : x => x }", "{\"1\": 1, \"true\": true}"),
        ("{ for x in [\"a\", \"b\", \"a\"] : x => 1 }", "! Duplicate object key"),
        ("{ for i, x in [\"a\", \"b\", \"a\"] : x => i... }", "{\"a\": [0, 2], \"b\": [1]}"),
        ("{ for x in [null] : x => 1 }", "! Invalid object key"),
        ("{ for x in [[1]] : x => 1 }", "! Invalid object key"),
        ("{ for x in [s] : x => 1 }", "unknown(any)"),
        ("[for x in [s] : x]", "[unknown(string)]"),
        ("[for x in null : x]", "! Iteration over null value"),
        ("[for x in s : x]", "! Iteration over non-iterable value"),
        ("[for x in l : x]", "unknown(any)"),
        ("[for x in any : x]", "unknown(any)"),
        ("[for x in [1] : [for x in [2] : x]]", "[[2]]"),
        ("[for x in [1, 2] : nope]", "! Unknown variable"),
    ]);
}

#[test]
fn parts() {
    check(&[
        ("[1, 2][\"1\"]", "2"),
        ("[1, 2][2]", "! Invalid index"),
        ("[1, 2][1.5]", "! Invalid index"),
        ("[1, 2][-1]", "! Invalid index"),
        ("[1, 2][null]", "! Invalid index"),
        ("[1, 2].0", "1"),
        ("[1, 2][s]", "unknown(any)"),
        ("list[s]", "unknown(string)"),
        ("list[0]", "\"p\""),
        ("list.x", "! Unsupported attribute"),
        ("map.a", "\"x\""),
        ("map.z", "! Missing map element"),
        ("map[\"z\"]", "! Invalid index"),
        ("{ \"0\" = \"z\" }.0", "\"z\""),
        ("{ a = 1 }.b", "! Unsupported attribute"),
        ("{ a = 1 }[\"b\"]", "! Invalid index"),
        ("{ a = null }.a.b", "! Attempt to get attribute from null value"),
        ("null[0]", "! Attempt to index null value"),
        ("\"abc\"[0]", "! Invalid index"),
        ("set[\"a\"]", "! Invalid index"),
        ("o.a", "unknown(string)"),
        ("o.b", "! Unsupported attribute"),
        ("o[\"a\"]", "unknown(string)"),
        ("l[3] + 1", "unknown(number, not null)"),
        ("any.x.y[0]", "unknown(any)"),
    ]);
}

#[test]
fn splats() {
    check(&[
        ("[{ a = 1 }, { a = \"x\" }][*].a", "[1, \"x\"]"),
        ("[{ a = [1] }, { a = [2, 3] }][*].a[0]", "[1, 2]"),
        ("[{ a = [1] }, { a = [2, 3] }].*.a[0]", "[1]"),
        ("{ a = 1 }.*.a", "[1]"),
        ("null[*]", "[]"),
        ("none[*]", "! Splat of null value"),
        ("[][*].b", "[]"),
        ("list[*]", "list(string)[\"p\", \"q\"]"),
        ("set[*]", "list(string)[\"a\", \"b\"]"),
        ("[{ a = 1 }, null][*].a", "! Attempt to get attribute from null value"),
        ("[{ a = [{ b = 1 }] }][*].a[*].b", "[[1]]"),
        ("l[*]", "unknown(list(number))"),
        ("s[*]", "unknown(any)"),
        ("o[*].a", "unknown(any)"),
        ("[s][*]", "[unknown(string)]"),
    ]);
}

#[test]
fn templates() {
    check(&[
        ("\"a${1}b${true}\"", "\"a1btrue\""),
        ("\"${[1]}\"", "[1]"),
        ("\"a${null}\"", "! Invalid template interpolation value"),
        ("\"a${[1]}\"", "! Invalid template interpolation value"),
        ("\"x${s}\"", "unknown(string, not null)"),
        ("\"x${s}${nope}\"", "! Unknown variable"),
        ("\"%{ if true }1%{ endif }\"", "\"1\""),
        ("\"%{ if null }1%{ endif }\"", "! Null condition"),
        ("\"%{ if s }1%{ endif }\"", "unknown(string, not null)"),
        ("\"%{ for i, x in [\"a\", \"b\"] }${i}=${x};%{ endfor }\"", "\"0=a;1=b;\""),
        ("\"%{ for x in \"abc\" }x%{ endfor }\"", "! Iteration over non-iterable value"),
    ]);
}

#[test]
fn objects() {
    check(&[
        ("{ a = 1, \"a\" = 2 }", "{\"a\": 2}"),
        ("{ (1 + 1) = \"two\", \"k${1}\" = 1 }", "{\"2\": \"two\", \"k1\": 1}"),
        ("{ a.b = 1 }", "! Ambiguous attribute key"),
        ("{ (null) = 1 }", "! Null value as key"),
        ("{ ([1]) = 1 }", "! Incorrect key type"),
        ("{ (s) = 1 }", "unknown(any)"),
        ("{ a = s, b = 1 }.b", "1"),
    ]);
}

#[test]
fn calls() {
    check(&[
        ("upper(\"a\")", "\"A\""),
        ("upper(5)", "\"5\""),
        ("upper(null)", "! Invalid function argument"),
        ("upper([1])", "! Invalid function argument"),
        ("upper()", "! Not enough function arguments"),
        ("upper(\"a\", 1)", "! Too many function arguments"),
        ("uper(\"a\")", "! Call to unknown function"),
        ("upper(s)", "unknown(string, not null)"),
        ("upper(s) == null", "false"),
        ("upper(any)", "unknown(string, not null)"),
        ("max(1, [2, 3]...)", "3"),
        ("max(null...)", "! Invalid expanding argument value"),
        ("max({ a = 1 }...)", "! Invalid expanding argument value"),
        ("max(any...)", "unknown(any)"),
        ("max([]...)", "! Error in function call"),
        ("max(\"a\", \"b\")", "! Invalid function argument; Invalid function argument"),
        ("max(nope, \"b\")", "! Unknown variable; Invalid function argument"),
        ("refuse(1, 2)", "! Invalid function argument"),
        ("same(null)", "null(any)"),
        ("same(any)", "unknown(any)"),
        ("pick(s)", "unknown(string)"),
        ("pick(null)", "unknown(any)"),
        ("try(nope, 1 / 0, upper(null), [1][3], \"x\")", "+Inf"),
        ("try(nope, \"x\")", "\"x\""),
        ("try(nope)", "! Error in function call"),
        ("try()", "! Error in function call"),
        ("try([\"a\", \"b\"]...)", "\"a\""),
        ("[for x in [1, 2] : try(x[0], x)]", "[1, 2]"),
        ("len(nope, [1, 2]...)", "3"),
        ("convert(\"5\", number)", "5"),
        ("convert(\"x\", number)", "! Invalid function argument"),
        ("convert(5, foo)", "! Invalid type specification"),
        ("convert(5)", "! Not enough function arguments"),
    ]);
}

#[test]
fn names_need_a_scope_that_allows_them() {
    check_in(
        &Scope::constant(),
        &[
            ("x", "! Variables not allowed"),
            ("f()", "! Function calls not allowed"),
            ("[for x in [1] : x]", "[1]"),
        ],
    );
    check_in(
        &Scope::constant().with_functions(functions()),
        &[("x", "! Variables not allowed"), ("max(1)", "1")],
    );
    let child = scope().child().with_variable("seven", Value::number(8));
    check_in(&child, &[("seven", "8"), ("big", "\"abc\""), ("max(1)", "1"), ("svn", "! Unknown variable")]);
}

#[test]
fn marks_travel() {
    check(&[
        ("time", "\"now\"#time"),
        ("\"at ${time}\"", "\"at now\"#time"),
        ("[time][0]", "\"now\"#time"),
        ("{ (time) = 1 }.now", "1#time"),
        ("upper(time)", "\"NOW\"#time"),
        ("time == \"x\"", "false#time"),
        ("time == \"x\" ? 1 : 2", "2#time"),
        ("true ? 1 : time", "\"1\""),
        ("[for x in [1] : x if time == \"now\"]", "[1]#time"),
        ("{ for x in [time] : x => 1 }", "{\"now\": 1}#time"),
        ("map[time == \"now\" ? \"a\" : \"b\"]", "\"x\"#time"),
        ("\"%{ if time == \"now\" }1%{ endif }\"", "\"1\"#time"),
        ("same([time, 1])[1]", "1"),
        ("pick([time, 1])[1]", "1#time"),
    ]);
}

#[test]
fn errors_show_place_and_values() {
    let text = "big * seven";
    let (_, findings) = parse(text).evaluate(&scope());
    let [finding] = &findings.0[..] else { panic!("{findings}") };
    let place = finding.subject.map(|span| &text[span.range()]);
    assert_eq!(place, Some("big"));
    assert_eq!(finding.values, [("big".to_string(), "\"abc\"".to_string())]);
    let (_, findings) = parse("[for x in [\"a\"] : [s, map.z, list][seven / x]]").evaluate(&scope());
    let values: Vec<_> = findings.iter().map(|finding| finding.values.clone()).collect();
    let shown = |name: &str, value: &str| vec![(name.to_string(), value.to_string())];
    assert_eq!(values, [shown("map", "map of string with 2 elements"), shown("x", "\"a\"")]);
    let (_, findings) = parse("list + map.a + none").evaluate(&scope());
    assert_eq!(findings.0[0].values, [("list".to_string(), "list of string with 2 elements".to_string())]);
    for (number, expected) in [
        ("1.5", "1.5"),
        ("1 / 3", "0.3333333333"),
        ("1e20", "1e+20"),
        ("-123456", "-123456"),
        ("1 / 0", "+Inf"),
    ] {
        let (number, _) = parse(number).evaluate(&scope());
        let (_, findings) = parse("n.a").evaluate(&scope().with_variable("n", number));
        assert_eq!(findings.0[0].values, shown("n", expected));
    }
    let (_, findings) = parse("elephant").evaluate(&scope());
    assert!(!findings.0[0].detail.contains("mean"), "{findings}");
    let (_, findings) = parse("seve").evaluate(&scope());
    assert!(findings.0[0].detail.contains("\"seven\""), "{findings}");
}

#[test]
fn depth_and_size_are_limited() {
    let many = 20_000;
    let sum = vec!["1"; many].join(" + ");
    let arms = format!("{}\"c\"", "false ? \"a\" : ".repeat(many));
    let steps = format!("any{}.b", ".a[0]".repeat(many));
    check(&[(&sum, "20000"), (&arms, "\"c\""), (&steps, "unknown(any)")]);
    let large = Scope::new().with_functions(functions()).with_variables([
        ("k".into(), Value::tuple((0..1200).map(Value::number).collect())),
        ("mega".into(), Value::string("x".repeat(1 << 20))),
    ]);
    check_in(
        &large,
        &[
            ("[for x in k : \"${mega}-${x}\"]", "! Result too large"),
            ("\"%{ for x in k }${x}${mega}%{ endfor }\"", "! Result too large"),
            ("[for x in k : upper(mega)]", "! Result too large"),
        ],
    );
    let (value, findings) = parse("[for x in k : [for y in [x, 1] : x + y]]").evaluate(&large);
    assert!(findings.is_empty());
    assert_eq!(value.elements().map(<[Value]>::len), Some(1200));
    // As deep as the parser lets it be: a value or a finding, not a crash.
    for (open, close) in [
        ("[", "]"),
        ("(", ")"),
        ("{ a = ", "}"),
        ("\"x${", "}\""),
        ("same(", ")"),
        ("try(", ")"),
        ("-", ""),
        ("true ? 1 : (", ")"),
        ("1 + (", ")"),
        ("[1][*][", "]"),
        ("[for x in ", ": x]"),
        ("{ for x in [1] : x => ", "}"),
        ("\"%{ for x in [1] }${", "}%{ endfor }\""),
    ] {
        for depth in [50, 200, 450, 10_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            // The parser is not what is tried here: it may have all the stack it likes.
            let parser = std::thread::Builder::new().stack_size(64 << 20);
            let parsed =
                parser.spawn(move || parse_expr(&text, FileId(0), 0)).map(std::thread::JoinHandle::join);
            let Ok(Ok((expr, _))) = parsed else { panic!("{open} {depth}") };
            let (_, findings) = expr.evaluate(&scope());
            let too_deep = findings.iter().any(|finding| finding.summary == "Expression nested too deeply");
            assert!(depth > 50 || !too_deep, "{open} {depth}");
        }
    }
}

/// Whatever parses, well or not, evaluates to something: never a panic.
#[test]
fn evaluation_never_panics() {
    let atoms = [
        "null",
        "true",
        "1",
        "-1",
        "1.5",
        "1e400",
        "\"\"",
        "\"é${s}\"",
        "s",
        "l",
        "o",
        "any",
        "list",
        "none",
        "set",
        "map",
        "time",
        "nope",
        "[]",
        "{}",
        "[1, \"a\", null]",
        "{ a = 1, b = [s] }",
        "0 / 1",
        "max()",
        "try(nope)",
    ];
    let shapes = [
        "@ + #",
        "@ % #",
        "@ == #",
        "@ && #",
        "@ || #",
        "@ <= #",
        "!@ == -#",
        "@ ? # : @",
        "@[#]",
        "@.a",
        "@.0",
        "@[*].a",
        "@.*.a[0]",
        "@[*]",
        "[for k, v in @ : # if v]",
        "{ for k, v in @ : k => # }",
        "{ for k, v in @ : v => #... }",
        "\"x${@}${#}\"",
        "\"%{ if @ }${#}%{ endif }\"",
        "\"%{ for x in @ }${x}${#}%{ endfor }\"",
        "{ (@) = # }",
        "upper(@)",
        "max(@, #...)",
        "same(@)",
        "pick([@, #])",
        "try(@.a, #)",
        "refuse(@, #)",
        "convert(@, list(any))",
        "convert(@, #)",
        "[@, #][0]",
    ];
    let scope = scope();
    for shape in shapes {
        for left in atoms {
            for right in atoms {
                let text = shape.replace('@', &format!("({left})")).replace('#', &format!("({right})"));
                let (expr, _) = parse_expr(&text, FileId(0), 0);
                let (value, findings) = expr.evaluate(&scope);
                let _ = (format!("{value:?}"), findings.to_string(), Arc::new(value));
            }
        }
    }
}
