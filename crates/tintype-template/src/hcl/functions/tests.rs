//! Every example of every function, what the recorded sessions of the console say, and what neither can show: files, chance, marks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cty::{Mark, Type, Value};
use diag::FileId;
use hcl::Scope;
use tintype_sdk::World;

use super::table;
use crate::hcl::scope::{Globals, Names};

fn world(cwd: &Path) -> Arc<World> {
    let elsewhere = || PathBuf::from("/nowhere");
    Arc::new(World {
        // Nobody here asks the services of a machine in a cloud.
        env: BTreeMap::from([("AWS_EC2_METADATA_DISABLED".into(), "true".into())]),
        cwd: cwd.into(),
        home: Some("/home/somebody".into()),
        tmp: elsewhere(),
        cache_dir: elsewhere(),
        config_dir: elsewhere(),
        state_dir: elsewhere(),
        run_uuid: String::new(),
        core_version: "1.16.0".into(),
    })
}

/// What the console has in scope without a template.
fn console(cwd: &Path) -> Scope {
    let names = Names { var: Value::empty_object(), local: BTreeMap::new(), data: None };
    Globals::new("", &world(cwd)).with(&names)
}

/// The result as the console prints it, or `! error` with the titles of all errors.
fn run(expression: &str, scope: &Scope) -> String {
    let (expr, mut findings) = hcl::parse_expr(expression, FileId(0), 0);
    if !findings.has_errors() {
        let (value, more) = expr.evaluate(scope);
        findings.extend(more);
        if !findings.has_errors() {
            return cty::print(&value);
        }
    }
    let titles: Vec<&str> = findings.iter().map(|finding| finding.summary.as_str()).collect();
    format!("! error {}", titles.join("; "))
}

fn check(expression: &str, expected: &str) {
    assert_eq!(run(expression, &console(Path::new("/"))), expected, "{expression}");
}

#[test]
fn examples_are_true() {
    let scope = console(Path::new("/nowhere"));
    let functions = table(Path::new("/nowhere"), &world(Path::new("/nowhere")));
    let mut wrong = Vec::new();
    for function in functions.iter() {
        assert!(!function.description().is_empty(), "{} has no description", function.name());
        for (expression, expected) in function.help() {
            let result = run(expression, &scope);
            if result != *expected {
                wrong.push(format!("{expression}\n  is       {result:?}\n  not      {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn recorded_sessions_are_repeated() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/console");
    let directory =
        fs::canonicalize(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let scope = console(&directory);
    let mut files: Vec<PathBuf> = fs::read_dir(&directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let mut wrong = Vec::new();
    for file in files {
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{name}: {error}"));
        for block in text.split("\n---\n") {
            let Some((_, block)) = block.split_once("> ").filter(|(before, _)| !before.contains('@')) else {
                continue;
            };
            let (expression, expected) = block.split_once('\n').unwrap_or((block, ""));
            let result = run(expression, &scope);
            let as_recorded = match expected.strip_prefix("! error") {
                Some(title) => result.starts_with("! error") && result.contains(title.trim()),
                None => result.trim_end_matches('\n') == expected.trim_end_matches('\n'),
            };
            if !as_recorded {
                wrong.push(format!("{name}: {expression}\n  is       {result:?}\n  recorded {expected:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn marks_go_through_functions() {
    let secret = Value::string("s").marked(Mark { name: "secret", span: None });
    let scope = console(Path::new("/")).child().with_variable("secret", secret);
    for expression in [
        "upper(secret)",
        "join(\",\", [\"a\", secret])",
        "length(secret)",
        "{ a = [secret] }",
        "jsonencode({ a = [secret] })",
        "merge({ a = secret }, { b = 1 })",
        "try(secret, 1)",
        "convert([secret], set(string))",
        "coalesce(null, secret)",
        "flatten([[secret]])",
        "format(\"%s\", secret)",
        "[for x in [secret] : x]",
    ] {
        let (expr, _) = hcl::parse_expr(expression, FileId(0), 0);
        let (value, findings) = expr.evaluate(&scope);
        assert!(
            !findings.has_errors() && value.deep_marks().contains("secret"),
            "{expression}: {value:?} {findings:?}"
        );
    }
}

#[test]
fn numbers_keep_their_precision() {
    for (expression, expected) in [
        (r#""${log(1000, 10)}x""#, "2.9999999999999996x"),
        (r#""${pow(2, 0.5)}x""#, "1.4142135623730951x"),
        (r#""${length([1]) / 2}x""#, "0.5x"),
        (r#"jsonencode(yamldecode("0.1"))"#, "0.1"),
        (
            r#""${parseint("1${join("", [for i in range(40) : "0"])}", 10)}x""#,
            "10000000000000000000000000000000000000000x",
        ),
    ] {
        check(expression, expected);
    }
}

/// Values that are hard on somebody.
const ODD: [&str; 16] = [
    "null",
    "convert(null, string)",
    "source",
    "source.type",
    "[source.type]",
    "\"\"",
    "\"a%\"",
    "\"é\\u0301क्षि\\n\"",
    "-1",
    "0.5",
    "1e30",
    "1 / 0",
    "true",
    "[]",
    "[1, \"a\", [null]]",
    "{ a = 1, b = {} }",
];

#[test]
fn odd_arguments_give_values_or_errors() {
    let scope = console(Path::new("/nowhere"));
    let functions = table(Path::new("/nowhere"), &world(Path::new("/nowhere")));
    // A hash of it takes a tenth of a second whatever the arguments.
    for function in functions.iter().filter(|function| function.name() != "bcrypt") {
        let name = function.name();
        run(&format!("{name}()"), &scope);
        for a in ODD {
            run(&format!("{name}({a})"), &scope);
            for b in ODD {
                run(&format!("{name}({a}, {b})"), &scope);
                for c in ODD.iter().step_by(3) {
                    run(&format!("{name}({a}, {b}, {c})"), &scope);
                }
            }
        }
    }
}

#[test]
fn texts_of_any_depth_are_refused_or_read() {
    let scope = console(Path::new("/nowhere"));
    for (function, open, close) in [
        ("jsondecode", "[", "]"),
        ("jsondecode", "{\\\"a\\\":", "}"),
        ("yamldecode", "[", "]"),
        ("yamldecode", "{a: ", "}"),
        ("yamldecode", "- ", ""),
        ("can(regex", "(", ")"),
        ("can(regex", "[", "]"),
        ("format", "%[", "]"),
    ] {
        let argument = format!("{}{}", open.repeat(20_000), close.repeat(20_000));
        let closing = if function.contains('(') { ", \"a\"))" } else { ")" };
        let result = run(&format!("{function}(\"{argument}\"{closing}"), &scope);
        assert!(
            result == "false" || result.starts_with("! error Error in function call"),
            "{function} {open}: {result:.80}"
        );
    }
}

#[test]
fn files_are_found_and_read() {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("{error}"));
    let root = directory.path();
    let write = |path: &str, content: &[u8]| {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap_or(root))
            .and_then(|()| fs::write(&path, content))
            .unwrap_or_else(|error| {
                panic!("{}: {error}", path.display());
            });
    };
    write("t/a.txt", b"text");
    write("t/sub/b.txt", b"b");
    write("t/sub/deep/c.sh", b"c");
    write("t/[x].txt", b"bracket");
    write("t/greet.tpl", b"Hello ${name}%{ if loud }!%{ endif }");
    write("t/broken.tpl", b"${");
    write("t/whole.tpl", b"${[for n in numbers : n * 2]}");
    write("bytes.bin", &[0, 159, 146, 150]);
    let world = world(root);
    let scope = Scope::new().with_functions(table(Path::new("t"), &world));
    for (expression, expected) in [
        ("file(\"a.txt\")", "text"),
        ("file(\"../bytes.bin\")", "! error Error in function call"),
        ("file(\"~\")", "! error Error in function call"),
        ("filebase64(\"bytes.bin\")", "AJ+Slg=="),
        ("fileexists(\"sub\")", "! error Error in function call"),
        ("join(\" \", fileset(\".\", \"**/*.{txt,sh}\"))", "[x].txt a.txt sub/b.txt sub/deep/c.sh"),
        ("join(\" \", fileset(\".\", \"\\\\[x].txt\"))", "[x].txt"),
        ("join(\" \", fileset(\"sub\", \"../[!b].txt\"))", "../a.txt"),
        ("join(\" \", fileset(\".\", \"**/deep/**\"))", "sub/deep/c.sh"),
        ("fileset(\".\", \"{a\")", "! error Error in function call"),
        ("templatefile(\"greet.tpl\", { name = \"you\", loud = true })", "Hello you!"),
        ("templatefile(\"greet.tpl\", { nam = \"you\", loud = true })", "! error Invalid function argument"),
        ("templatefile(\"broken.tpl\", {})", "! error Error in function call"),
        ("templatefile(\"whole.tpl\", { numbers = [1] })[0]", "2"),
    ] {
        assert_eq!(run(expression, &scope), expected, "{expression}");
    }
}

#[test]
fn patterns_mean_what_re2_says() {
    for (expression, expected) in [
        (r#"regex("[\\[a&&b]+", "x[&b")"#, "[&b"),
        (r#"regex("a{,2}", "a{,2}")"#, "a{,2}"),
        (r#"regex("\\<a\\>", "<a>")"#, "<a>"),
        (r#"regex("[[:word:]-]+", "é a-b")"#, "a-b"),
        (r#"regex("\\D+", "12é3")"#, "é"),
        (r#"regex("[^\\S]", "a b") == " ""#, "true"),
        (r#"regex("\\p{^Lu}", "Aa")"#, "a"),
        (r#"regex("\\101", "A")"#, "A"),
        (r#"regex("x*+", "x")"#, "! error Invalid function argument"),
        (r#"regex("(?x)a b", "ab")"#, "! error Invalid function argument"),
        (r#"regex("[b-a]", "a")"#, "! error Invalid function argument"),
        (r#"regex("\\Bb", "ab")"#, "b"),
        (r#"regex_replace("k", "(?P<n>k)", "$${n}$${m}$n1")"#, "k"),
    ] {
        check(expression, expected);
    }
}

#[test]
fn yaml_of_every_shape() {
    for (expression, expected) in [
        (r#"yamlencode({ a = [{ b = 1, c = [2] }] })"#, "\"a\":\n- \"b\": 1\n  \"c\":\n  - 2\n"),
        (
            r#"yamlencode({ a = { b = "x\ny\n" }, c = "p\nq" })"#,
            "\"a\":\n  \"b\": |\n    x\n    y\n\"c\": |-\n  p\n  q\n",
        ),
        (r#"yamlencode(["x\n\n", " y\n"])"#, "- |+\n  x\n\n- |2\n   y\n"),
        (r#"yamlencode("x \ny")"#, "\"x \\ny\"\n"),
        (r#"yamlencode({ "a\nb" = 1 })"#, "? |-\n  a\n  b\n: 1\n"),
        (r#"yamldecode(yamlencode({ "a\nb" = ["  ", "\t\n", "é\u0001"] }))["a\nb"][1] == "\t\n""#, "true"),
        (r#"yamldecode("a: &x {k: 1}\nb: {<<: [*x, {k: 2, j: 3}]}").b.j"#, "3"),
        (r#"yamldecode("[1e999, 0777, -0b11]")[0]"#, "1e999"),
        (r#"yamldecode("[1e999, 0777, -0b11]")[2]"#, "-3"),
    ] {
        check(expression, expected);
    }
    let keys = "a,".repeat(1_000_000);
    check(&format!("yamldecode(\"{{{keys}}}\")"), "! error Error in function call");
    // An alias for an alias for …: a small text for a huge value.
    let bomb: String = (0..40).map(|i| format!("a{}: &a{} [*a{i}, *a{i}]\\n", i + 1, i + 1)).collect();
    check(&format!("yamldecode(\"a0: &a0 x\\n{bomb}\")"), "! error Error in function call");
}

#[test]
fn what_is_not_known_hides_no_mistake() {
    let mut scope = console(Path::new("/nowhere"));
    for (name, ty) in [
        ("n", Type::Number),
        ("s", Type::String),
        ("l", Type::list(Type::String)),
        ("o", Type::object([("a", Type::Number)])),
        ("d", Type::Dynamic),
    ] {
        scope = scope.with_variable(name, Value::unknown(ty));
    }
    scope = scope.with_variable("two", Value::list(Type::String, vec!["a".into(), "b".into()]));
    let argument = "! error Invalid function argument";
    let call = "! error Error in function call";
    for (expression, expected) in [
        // Where there is nothing to be filled in, nothing can be wrong or unknown.
        ("formatlist(\"%s%s\", [], s)", "[]"),
        ("formatlist(\"%s%s\", s, [])", "[]"),
        ("formatlist(\"%z\", [])", "[]"),
        ("formatlist(\"%s%s\", [], l)", "<unknown>"),
        ("formatlist(\"%s%s\", [], d)", "<unknown>"),
        ("formatlist(\"%s%s%s\", [\"a\"], [\"a\", \"b\"], l)", argument),
        ("length(formatlist(\"%s\", [s, \"b\"]))", "2"),
        ("formatlist(\"%s\", [s, \"b\"])[1]", "b"),
        ("formatlist(\"%s\", s)[0] == null", "false"),
        // A bare null has no type, so neither has what is merged with it.
        ("merge(null, o).b", "<unknown>"),
        ("merge(o, null).b", "<unknown>"),
        ("merge(o).b", "! error Unsupported attribute"),
        ("merge(null, [1])", call),
        ("merge(d, [1])", "<unknown>"),
        ("merge([1], d)", call),
        ("merge(null, convert({ a = 1 }, map(number))).b", "! error Unsupported attribute"),
        (
            "merge(convert(null, map(number)), convert({ a = 1 }, map(number))).b",
            "! error Missing map element",
        ),
        ("slice(two, 5, n)", argument),
        ("slice(two, n, 5)", argument),
        ("slice(two, -1, n)", argument),
        ("slice(two, 1.5, n)", argument),
        ("slice(two, n, 1)", "<unknown>"),
        ("slice([1, 2], n, 3)", argument),
        ("slice([1, 2], n, 2)", "<unknown>"),
        ("slice(l, 2, 1)", argument),
        ("slice(l, -1, 1)", argument),
        ("slice(l, 7, 8)", "<unknown>"),
        // A condition that is not known may be anything.
        ("\"%{ if n }a%{ endif }\"", "<unknown>"),
        ("\"%{ if l }a%{ endif }\"", "<unknown>"),
        ("l ? 1 : 2", "<unknown>"),
        ("\"%{ if 1 }a%{ endif }\"", "! error Incorrect condition type"),
    ] {
        assert_eq!(run(expression, &scope), expected, "{expression}");
    }
}

#[test]
fn encodings_of_mainframes_and_of_seven_bits() {
    for (text, encoding, base64) in [
        ("A[^]é", "IBM037", "wbqwu1E="),
        ("A[^]é", "ibm1047", "wa1fvVE="),
        ("1€", "EBCDIC-US-37+EURO", "8Z8="),
        ("a~中b文\n€", "HZ-GB-2312", "YX5+fntWUH59Yn57TkR+fQp+eyJj"),
    ] {
        check(&format!("textencodebase64({}, \"{encoding}\")", cty::print::quoted(text)), base64);
        check(&format!("textdecodebase64(\"{base64}\", \"{encoding}\")"), text);
    }
}
