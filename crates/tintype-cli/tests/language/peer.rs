//! Debian's `packer`, 1.6.6, of a time when its licence was free: where the language has not changed since, `fmt` and expressions must
//! give the same. Without that program the tests say that they skip.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, program, skip};

/// The other program, if it is there and of the right time.
fn peer() -> Option<PathBuf> {
    let packer = Path::new("/usr/bin/packer");
    let version = program(packer).arg("version").env("CHECKPOINT_DISABLE", "1").output().ok()?;
    String::from_utf8_lossy(&version.stdout).contains("v1.6.6").then(|| packer.to_owned())
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat")
}

/// The entries of all recorded cases in a folder, with the case's name.
fn entries(folder: &str) -> Vec<(String, casefile::Entry)> {
    let mut found = Vec::new();
    for path in glob::glob(&cases().join(folder).join("*.case").to_string_lossy()).unwrap().flatten() {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        found.extend(casefile::parse(&text).unwrap().into_iter().map(|entry| (name.clone(), entry)));
    }
    found
}

/// What the other program cannot read, being older.
fn is_newer(text: &str) -> bool {
    text.contains("::")
}

#[test]
fn files_are_formatted_alike() {
    let Some(packer) = peer() else { return skip("no packer 1.6.6 from Debian") };
    let (theirs, ours) = (Bench::new(&[]), Bench::new(&[]));
    let mut names = Vec::new();
    for folder in ["fmt", "language", "cli"] {
        for (case, entry) in entries(folder).into_iter().filter(|(_, entry)| entry.path.ends_with(".pkr.hcl"))
        {
            let name = format!("{folder}-{case}-{}.pkr.hcl", names.len());
            // What does not parse stops the other program.
            if std::str::from_utf8(&entry.contents).is_ok_and(|text| !has_errors(text) && !is_newer(text)) {
                for bench in [&theirs, &ours] {
                    bench.write(&name, &entry.contents);
                }
                names.push(name);
            }
        }
    }
    assert!(names.len() > 250, "{} files", names.len());
    let said = program(&packer)
        .args(["fmt", "."])
        .current_dir(theirs.path(""))
        .env("CHECKPOINT_DISABLE", "1")
        .env("HOME", theirs.tmp())
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stdout));
    assert_eq!(ours.run(&["fmt", "."]).code, 0);
    let read =
        |bench: &Bench, name: &str| String::from_utf8(std::fs::read(bench.path(name)).unwrap()).unwrap();
    for name in &names {
        // Younger versions write `!x`, it wrote `! x`.
        let theirs = read(&theirs, name).replace("! ", "!");
        assert_eq!(read(&ours, name).replace("! ", "!"), theirs, "{name}");
    }
}

fn has_errors(text: &str) -> bool {
    hcl::parse_body(text, diag::FileId(0)).1.has_errors()
}

/// Every operator between all these values, and other ways to put them together; and the examples of the functions.
fn expressions() -> Vec<String> {
    let values = [
        "1",
        "-2.5",
        "\"1\"",
        "\"a\"",
        "\"\"",
        "true",
        "\"true\"",
        "null",
        "[]",
        "[1]",
        "[\"a\", 1]",
        "{}",
        "{ a = 1 }",
        "convert([1, 2], list(number))",
        "convert([\"b\"], set(string))",
        "convert({ a = 1 }, map(number))",
        "(1 / 0)",
        "1e40",
        "0",
    ];
    let mut found = Vec::new();
    for a in values {
        for b in values {
            let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];
            found.extend(operators.iter().map(|operator| format!("{a} {operator} {b}")));
            found.push(format!("true ? {a} : {b}"));
            found.push(format!("({a})[{b}]"));
        }
        found.extend([format!("-({a})"), format!("!({a})"), format!("\"x${{{a}}}\""), format!("({a})[*]")]);
        found.extend([
            format!("[for k, v in {a} : k]"),
            format!("{{ for k, v in {a} : k => v... }}"),
            format!("{{ ({a}) = 1 }}"),
        ]);
    }
    let functions = std::fs::read_to_string(cases().join("../../docs/reference/functions.md")).unwrap();
    found.extend(functions.lines().filter_map(|line| line.strip_prefix("> ")).map(str::to_owned));
    found
}

/// Whether the language has changed here since.
fn has_changed(expression: &str, theirs: &str) -> bool {
    // What failed then, functions of later times above all, may work now.
    theirs == "!"
        // Both arms of a conditional are of one type now, also when one is a tuple.
        || expression.contains(" ? ")
        // Quotients of numbers too large to be exact were cut, not rounded.
        || expression == "1e40 % 1e40"
        || CHANGED.iter().any(|function| expression.starts_with(function))
}

/// Functions that give something else than they did, or something else each time.
const CHANGED: &[&str] = &[
    "uuidv4(",
    "timestamp(",
    "bcrypt(",
    "index(",
    "coalesce(",
    "formatdate(",
    "base64gzip(",
    "chunklist(",
    "can(regex(",
];

/// The expressions' values in JSON, or `!` where one fails, as a program sees them; nothing when one of them cannot even be read.
fn evaluate(mut command: Command, expressions: &[String]) -> Option<Vec<String>> {
    use std::io::Write;
    let tried = expressions.iter().map(|expression| format!("try(jsonencode({expression}), \"!\")"));
    let mut child = command
        .args(["console", "--config-type=hcl2"])
        .env("CHECKPOINT_DISABLE", "1")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "jsonencode([{}])", tried.collect::<Vec<_>>().join(", ")).unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).ok()
}

/// The same, with a value for each expression: where some cannot be read together they are asked for by halves.
fn values(command: &dyn Fn() -> Command, expressions: &[String]) -> Vec<String> {
    match evaluate(command(), expressions) {
        Some(values) if values.len() == expressions.len() => values,
        _ if expressions.len() < 2 => vec!["!".to_owned()],
        _ => {
            let (first, second) = expressions.split_at(expressions.len() / 2);
            [values(command, first), values(command, second)].concat()
        }
    }
}

#[test]
fn expressions_have_the_same_values() {
    let Some(packer) = peer() else { return skip("no packer 1.6.6 from Debian") };
    let bench = Bench::new(&[]);
    let other = || {
        let mut other = program(&packer);
        other.current_dir(bench.path("")).env("HOME", bench.tmp());
        other
    };
    let mut wrong = Vec::new();
    let all = expressions();
    for some in all.chunks(400) {
        let (theirs, ours) = (values(&other, some), values(&|| bench.command(&[]), some));
        for ((expression, theirs), ours) in some.iter().zip(theirs).zip(ours) {
            if ours != theirs && !has_changed(expression, &theirs) {
                wrong.push(format!("{expression}\n  we:   {ours}\n  they: {theirs}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), all.len(), wrong.join("\n"));
}
