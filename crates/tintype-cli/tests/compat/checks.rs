//! The checks of a script case: one line each, compared with what was recorded.

use crate::cases::Files;
use crate::normal::contains;
use crate::sandbox::{Ran, Sandbox};
use serde_json::Value;

/// What was recorded of a case.
pub struct Expectation<'a> {
    files: &'a Files,
    /// Keys of JSON that do not count.
    ignored: Vec<&'a str>,
    verbose: bool,
}

impl<'a> Expectation<'a> {
    pub fn new(files: &'a Files, lines: &[&'a str], verbose: bool) -> Expectation<'a> {
        let ignored = lines.iter().filter_map(|line| line.strip_prefix("ignore ")).map(str::trim).collect();
        Expectation { files, ignored, verbose }
    }

    fn recorded(&self, name: &str) -> Option<&[u8]> {
        self.files.get(&format!("expect/{name}")).map(|entry| entry.contents.as_slice())
    }
}

/// The differences that one line finds.
pub fn one(line: &str, ran: &Ran, expectation: &Expectation<'_>, sandbox: &Sandbox) -> Vec<String> {
    let (subject, rest) = split(line);
    match subject {
        "ignore" => Vec::new(),
        "absent" => match sandbox.work().join(rest.trim()).symlink_metadata() {
            Ok(_) => vec![format!("{rest} exists")],
            Err(_) => Vec::new(),
        },
        "exit" => {
            let got = format!("{}\n", ran.exit);
            stored("exit", "exit", expectation, sandbox, |_| Ok(got.clone().into_bytes()))
        }
        "stdout" => text("stdout", "stdout", &ran.stdout, rest, line, expectation, sandbox),
        "stderr" => text("stderr", "stderr", &ran.stderr, rest, line, expectation, sandbox),
        "file" => {
            let (name, rest) = split(rest);
            let Ok(contents) = std::fs::read(sandbox.work().join(name)) else {
                return vec![format!("{name} is missing")];
            };
            let place = format!("files/{name}");
            match rest {
                "exists" => Vec::new(),
                "json" => json(name, &place, &contents, expectation, sandbox),
                _ => text(name, &place, &sandbox.normal(&contents), rest, line, expectation, sandbox),
            }
        }
        _ => vec![format!("check not understood: {line}")],
    }
}

fn split(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

fn text(
    name: &str,
    place: &str,
    got: &[u8],
    rest: &str,
    line: &str,
    expectation: &Expectation<'_>,
    sandbox: &Sandbox,
) -> Vec<String> {
    let (how, argument) = split(rest);
    let good = match how {
        "contains" => contains(got, argument.as_bytes()),
        "lacks" => !contains(got, argument.as_bytes()),
        "empty" => got.is_empty(),
        "regex" => match regex::bytes::RegexBuilder::new(argument).multi_line(true).build() {
            Ok(regex) => regex.is_match(got),
            Err(error) => return vec![format!("{line}: {error}")],
        },
        "exact" => return stored(name, place, expectation, sandbox, |_| Ok(got.to_vec())),
        "lines-any-order" => return stored(name, place, expectation, sandbox, |_| Ok(sorted(got))),
        _ => return vec![format!("check not understood: {line}")],
    };
    if good { Vec::new() } else { vec![format!("{name} is not: {how} {argument}")] }
}

/// Compares with what was recorded under `place`.
fn stored(
    name: &str,
    place: &str,
    expectation: &Expectation<'_>,
    sandbox: &Sandbox,
    got: impl Fn(&[u8]) -> Result<Vec<u8>, String>,
) -> Vec<String> {
    let Some(want) = expectation.recorded(place) else { return vec![format!("nothing recorded for {name}")] };
    let want = sandbox.normal(want);
    match got(&want) {
        Ok(got) => differ(name, &want, &got, expectation.verbose),
        Err(problem) => vec![problem],
    }
}

fn sorted(text: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines.sort_unstable();
    let mut sorted = lines.join(&b'\n');
    sorted.push(b'\n');
    sorted
}

fn json(
    name: &str,
    place: &str,
    got: &[u8],
    expectation: &Expectation<'_>,
    sandbox: &Sandbox,
) -> Vec<String> {
    let Some(want) = expectation.recorded(place) else { return vec![format!("nothing recorded for {name}")] };
    let read = |text: &[u8]| -> Result<String, serde_json::Error> {
        let value = normal_json(serde_json::from_slice(text)?, &expectation.ignored, sandbox);
        serde_json::to_string_pretty(&value)
    };
    match (read(want), read(got)) {
        (Ok(want), Ok(got)) => differ(name, want.as_bytes(), got.as_bytes(), expectation.verbose),
        (_, Err(error)) => vec![format!("{name} is not JSON: {error}")],
        (Err(error), _) => vec![format!("the recorded {name} is not JSON: {error}")],
    }
}

/// Strings normalised, ignored keys gone, keys in order, Unix seconds of our days made equal.
fn normal_json(value: Value, ignored: &[&str], sandbox: &Sandbox) -> Value {
    let normal = |text: &str| String::from_utf8_lossy(&sandbox.normal(text.as_bytes())).into_owned();
    match value {
        Value::String(text) => Value::String(normal(&text)),
        Value::Array(values) => {
            values.into_iter().map(|value| normal_json(value, ignored, sandbox)).collect()
        }
        Value::Object(pairs) => {
            let mut pairs: Vec<(String, Value)> = pairs
                .into_iter()
                .filter(|(key, _)| !ignored.contains(&key.as_str()))
                .map(|(key, value)| (normal(&key), normal_json(value, ignored, sandbox)))
                .collect();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            pairs.into_iter().collect()
        }
        Value::Number(number)
            if number.as_i64().is_some_and(|n| (1_700_000_000..2_100_000_000).contains(&n)) =>
        {
            Value::String("<epoch>".to_owned())
        }
        other => other,
    }
}

/// Nothing when equal; else one message: the first line that differs, or all of them.
pub fn differ(what: &str, want: &[u8], got: &[u8], verbose: bool) -> Vec<String> {
    if want == got {
        return Vec::new();
    }
    let lines = |text: &[u8]| -> Vec<String> {
        text.split(|byte| *byte == b'\n').map(|line| String::from_utf8_lossy(line).into_owned()).collect()
    };
    let (want, got) = (lines(want), lines(got));
    let same = want.iter().zip(&got).take_while(|(want, got)| want == got).count();
    if !verbose {
        let shown = [&want, &got].map(|lines| lines.get(same).map_or("end".to_owned(), |line| quote(line)));
        return vec![format!("{what} line {}: expected {}, got {}", same + 1, shown[0], shown[1])];
    }
    let tails = want.iter().rev().zip(got.iter().rev()).take_while(|(want, got)| want == got).count();
    let tails = tails.min(want.len().min(got.len()) - same);
    let middle = |lines: &[String], sign: char| -> String {
        lines.iter().take(lines.len() - tails).skip(same).map(|line| format!("\n{sign}{line}")).collect()
    };
    vec![format!("{what} from line {}{}{}", same + 1, middle(&want, '-'), middle(&got, '+'))]
}

pub fn quote(text: &str) -> String {
    let short: String = text.chars().take(90).collect();
    if short.len() < text.len() { format!("{short:?}...") } else { format!("{short:?}") }
}
