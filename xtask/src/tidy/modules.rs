//! Rust files that no target reaches: a test that is never run, a module that is never compiled.

use super::floors::Package;
use super::{Mistakes, Tracked};
use std::collections::{BTreeMap, BTreeSet};

/// Programs that a test compiles by itself (`trybuild`), each a small whole.
pub(super) fn is_sample(path: &str) -> bool {
    path.contains("/tests/ui/")
}

pub(super) fn check(packages: &[Package], tracked: &[Tracked]) -> Mistakes {
    let sources: BTreeMap<&str, &str> = tracked
        .iter()
        .filter(|file| file.is("rs") && !is_sample(&file.path))
        .filter_map(|file| Some((file.path.as_str(), file.text()?)))
        .collect();
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = packages.iter().flat_map(|package| package.targets.clone()).collect();
    let roots: BTreeSet<String> = open.iter().cloned().collect();
    while let Some(path) = open.pop() {
        if let Some(source) = sources.get(path.as_str())
            && reached.insert(path.clone())
        {
            open.extend(children(&path, roots.contains(&path), source, &sources));
        }
    }
    sources
        .keys()
        .filter(|path| !reached.contains(**path))
        .map(|path| format!("{path}: no module names it, so it is never compiled"))
        .collect()
}

/// The files of the modules that a file declares, and of the Rust files it includes.
fn children(path: &str, is_root: bool, source: &str, sources: &BTreeMap<&str, &str>) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    // `mod x;` in a root or in `mod.rs` is a neighbour; elsewhere it lies in the folder of the file's own name.
    let home = if is_root || stem == "mod" { folder.to_owned() } else { format!("{folder}/{stem}") };
    let mut found = Vec::new();
    let mut placed = None;
    for line in source.lines().map(str::trim) {
        if let Some(place) = between(line, "#[path = \"", "\"]") {
            placed = Some(place);
        } else if let Some(name) = declared(line) {
            match placed.take() {
                Some(place) => found.push(tidy_path(&format!("{folder}/{place}"))),
                None => {
                    let choices = [format!("{home}/{name}.rs"), format!("{home}/{name}/mod.rs")];
                    found.extend(choices.into_iter().filter(|choice| sources.contains_key(choice.as_str())));
                }
            }
        } else if let Some(place) = between(line, "include!(\"", "\")") {
            found.push(tidy_path(&format!("{folder}/{place}")));
        } else if !line.starts_with("#[") && !line.starts_with("//") {
            placed = None;
        }
    }
    found
}

/// `mod NAME;` with any visibility.
fn declared(line: &str) -> Option<&str> {
    let line = line.split_once("//").map_or(line, |(code, _)| code.trim_end());
    let (before, name) = line.strip_suffix(';')?.rsplit_once("mod ")?;
    let visibility = before.trim();
    let good = visibility.is_empty() || visibility == "pub" || visibility.starts_with("pub(");
    (good && name.chars().all(|c| c.is_alphanumeric() || c == '_')).then_some(name)
}

fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    rest.split_once(after).map(|(inside, _)| inside)
}

/// Without `.` and `..`.
fn tidy_path(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
