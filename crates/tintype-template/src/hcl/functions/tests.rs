//! Every example of every function, what the recorded sessions of the console say, and what neither can show: files, chance, marks.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cty::{Mark, Value};
use diag::FileId;
use hcl::Scope;
use tintype_sdk::World;

use super::table;
use crate::hcl::scope::{Globals, Names};

fn world(cwd: &Path) -> Arc<World> {
    let elsewhere = || PathBuf::from("/nowhere");
    Arc::new(World {
        env: BTreeMap::new(),
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

/// Functions that need a network; they come with their own tests.
const ELSEWHERE: [&str; 1] = ["network-functions.txt"];

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
        if ELSEWHERE.contains(&name.as_str()) {
            continue;
        }
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
