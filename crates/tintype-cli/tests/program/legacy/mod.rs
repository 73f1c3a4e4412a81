//! Legacy JSON templates: each rule of `rules.md` tried with the program, from outside.

mod builds;
mod calls;
mod document;
mod mistakes;
mod rendering;
mod same;
mod upgrade;
mod variables;

use std::collections::BTreeSet;

use crate::bench::{Bench, Said};

const RULES: &str = include_str!("rules.md");
const TESTS: [&str; 7] = [
    include_str!("builds.rs"),
    include_str!("calls.rs"),
    include_str!("document.rs"),
    include_str!("rendering.rs"),
    include_str!("same.rs"),
    include_str!("upgrade.rs"),
    include_str!("variables.rs"),
];

/// A builder that makes nothing, for templates that are about something else.
const NULL: &str = r#""builders": [{"type": "null", "communicator": "none"}]"#;

/// A template, files beside it, and the rule that they are about.
struct Trial {
    rule: &'static str,
    bench: Bench,
}

/// A trial of a rule on `t.json`.
fn trial(rule: &'static str, template: &str) -> Trial {
    assert!(rules().contains(rule), "rules.md has no rule {rule}");
    Trial { rule, bench: Bench::new(&[("t.json", template)]) }
}

impl Trial {
    fn file(self, name: &str, text: &str) -> Self {
        self.bench.write(name, text.as_bytes());
        self
    }

    fn env(mut self, name: &str, value: &str) -> Self {
        self.bench = self.bench.env(name, value);
        self
    }

    fn run(&self, args: &str) -> Said {
        // A ␣ is a blank within an argument.
        let args: Vec<String> = args.split_whitespace().map(|arg| arg.replace('␣', " ")).collect();
        self.bench.run(&args.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// Runs the program, which must end with this code and say these things in this order. A `≠` before one says that it is not to be
    /// said at all.
    #[track_caller]
    fn ends(self, args: &str, code: i32, wanted: &[&str]) -> Self {
        let said = self.run(args);
        let all = format!("{}{}", said.stdout, said.stderr);
        assert_eq!(said.code, code, "{}: {args}\n{all}", self.rule);
        assert!(!all.contains("panicked"), "{}: {args}\n{all}", self.rule);
        // Long sentences are broken into lines.
        let flat = said.stdout.replace('\n', " ");
        let mut rest = flat.as_str();
        for text in wanted {
            if let Some(text) = text.strip_prefix('≠') {
                assert!(!all.contains(text), "{}: «{text}» should not be in:\n{all}", self.rule);
                continue;
            }
            match rest.split_once(&text.replace('\n', " ")) {
                Some((_, after)) => rest = after,
                None => panic!("{}: «{text}» is missing, or not in its order, in:\n{all}", self.rule),
            }
        }
        self
    }
}

/// A template whose `validate` says that all is well.
#[track_caller]
fn valid(rule: &'static str, template: &str) {
    trial(rule, template).ends("validate t.json", 0, &["The configuration is valid."]);
}

/// A template that `validate` refuses with these words.
#[track_caller]
fn refused(rule: &'static str, template: &str, wanted: &[&str]) {
    trial(rule, template).ends("validate t.json", 1, wanted);
}

/// A template whose build says these things.
#[track_caller]
fn built(rule: &'static str, template: &str, wanted: &[&str]) {
    trial(rule, template).ends("build -color=false t.json", 0, wanted);
}

/// A template with this `"key": value` list beside a null builder.
fn with(members: &str) -> String {
    format!("{{{NULL}, {members}}}")
}

/// A template whose only provisioner prints a text between angle brackets.
fn echo(text: &str) -> String {
    let inline = serde_json::to_string(&format!("echo '<{text}>'")).unwrap();
    with(&format!(
        "\"variables\": {{\"v\": \"Value\", \"w\": \"v\"}}, \"provisioners\": [{{\"type\": \"shell-local\", \"inline\": [{inline}]}}]"
    ))
}

fn rules() -> BTreeSet<&'static str> {
    let rows = RULES.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
    rows.map(|(rule, _)| rule).filter(|rule| rule.contains('.')).collect()
}

#[test]
fn every_rule_has_a_test_and_every_test_a_rule() {
    let all = rules();
    let rows = RULES.lines().filter(|line| line.starts_with("| ") && line.contains(". ")).count();
    assert_eq!(rows, 0, "a rule is a phrase, without a full stop inside");
    let untried: Vec<_> =
        all.iter().filter(|rule| !TESTS.iter().any(|text| text.contains(&format!("\"{rule}\"")))).collect();
    assert_eq!(untried, Vec::<&&str>::new(), "rules without a test");
    assert!(all.len() > 90, "the index was not understood");
}
