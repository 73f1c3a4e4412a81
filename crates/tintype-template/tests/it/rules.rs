//! The index of the language's rules, `suite/rules.md`: each rule has tests, and they exist. What a rule means is the tests' affair.

use std::collections::BTreeSet;
use std::path::Path;

/// One row: a rule and the tests it names.
struct Row {
    rule: String,
    tests: Vec<String>,
}

fn rows(text: &str) -> Vec<Row> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.replace("\\|", "\u{1}");
        line.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
    };
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| rule |"));
    rows.map(|line| match &cells(line)[..] {
        [_, rule, what, tests, _] => {
            assert!(!what.is_empty(), "{rule} says nothing");
            let tests = tests.split("; ").map(str::to_owned).filter(|test| !test.is_empty()).collect();
            Row { rule: rule.clone(), tests }
        }
        _ => panic!("no row of three cells: {line}"),
    })
    .collect()
}

/// Whether a name fits a pattern with stars.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((before, after)) => name.strip_prefix(before).is_some_and(|rest| {
            rest.char_indices().map(|(at, _)| at).chain([rest.len()]).any(|at| fits(after, &rest[at..]))
        }),
    }
}

/// The recorded cases and files of console sessions, without those that still wait or that we chose to differ from.
fn recorded(root: &Path) -> BTreeSet<String> {
    let cases = root.join("tests/compat");
    let lists = ["later.txt", "DIFFERS.md"]
        .map(|list| std::fs::read_to_string(cases.join(list)).expect("the lists are there"));
    let waits = |name: &str| {
        lists[0].lines().filter_map(|line| line.split_whitespace().next()).any(|pattern| fits(pattern, name))
            || lists[1].contains(&format!("`{name}`"))
    };
    let files = super::files(&cases).into_iter().filter_map(|path| {
        let name = path.strip_prefix(&cases).ok()?.to_str()?.replace('\\', "/");
        Some(name.strip_suffix(".case").unwrap_or(&name).to_owned())
    });
    files.filter(|name| !waits(name)).collect()
}

#[test]
fn every_rule_has_tests() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
    let recorded = recorded(&root);
    let exists = |test: &str| match test.split_once(": ") {
        Some((file, function)) if file.ends_with(".rs") => {
            let wanted = if function == "*" { "#[test]".to_owned() } else { format!("fn {function}(") };
            read(&root.join(file)).contains(&wanted)
        }
        Some((file, section)) => {
            read(&suite.join(format!("{file}.pkr.hcl"))).contains(&format!("=== {section} ===\n"))
        }
        None => recorded.iter().any(|name| fits(test, name)),
    };
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    for Row { rule, tests } in rows(&read(&suite.join("rules.md"))) {
        if !seen.insert(rule.clone()) {
            wrong.push(format!("{rule} stands twice"));
        }
        if tests.is_empty() {
            wrong.push(format!("{rule} has no test"));
        }
        wrong.extend(
            tests.iter().filter(|test| !exists(test)).map(|test| format!("{rule}: no such test: {test}")),
        );
    }
    assert!(seen.len() > 100, "only {} rules", seen.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
