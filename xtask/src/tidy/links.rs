//! Links between the pages of the project: the file must be there, and the heading in it. Links to the outside are not
//! followed.

use super::{Mistakes, Tracked};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(tracked: &[Tracked]) -> Mistakes {
    let pages: BTreeMap<&str, &str> =
        tracked.iter().filter(|f| f.is("md")).filter_map(|f| Some((f.path.as_str(), f.text()?))).collect();
    let files: BTreeSet<&str> = tracked.iter().map(|file| file.path.as_str()).collect();
    let mut mistakes = Mistakes::new();
    for (path, text) in &pages {
        for (line, target) in links(text) {
            if let Some(why) = broken(path, target, &files, &pages) {
                mistakes.push(format!("{path}:{line}: {target}: {why}"));
            }
        }
    }
    mistakes
}

fn broken(page: &str, target: &str, files: &BTreeSet<&str>, pages: &BTreeMap<&str, &str>) -> Option<String> {
    let (file, heading) =
        target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
    let file = if file.is_empty() { Some(page.to_owned()) } else { resolve(page, file) };
    let Some(file) = file else { return Some("leads out of the project".to_owned()) };
    let folder = format!("{}/", file.trim_end_matches('/'));
    if !file.is_empty()
        && !files.contains(file.as_str())
        && !files.iter().any(|other| other.starts_with(&folder))
    {
        return Some("no such file".to_owned());
    }
    match (heading, pages.get(file.as_str())) {
        (Some(heading), Some(text)) if !headings(text).contains(heading) => {
            Some("no such heading".to_owned())
        }
        _ => None,
    }
}

/// Relative to the folder of the page; None outside of the project.
fn resolve(page: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Line (from 1) and target of every link that stays inside the project.
pub(super) fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (index, line) in outside_of_code(text) {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, tail)) = after.split_once(')') else { break };
            let target = target.split(' ').next().unwrap_or(target);
            let outside = target.contains("://") || target.starts_with("mailto:");
            if !outside && !target.is_empty() {
                found.push((index + 1, target));
            }
            rest = tail;
        }
    }
    found
}

/// The headings of a page as GitHub names them in links.
pub(super) fn headings(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, line) in outside_of_code(text) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let name: String =
            kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect();
        let mut unique = name.clone();
        let mut number = 0;
        while !found.insert(unique.clone()) {
            number += 1;
            unique = format!("{name}-{number}");
        }
    }
    found
}

/// Lines that do not stand in a fenced block, without their `code`.
fn outside_of_code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence && !line.starts_with("    ")
    })
}
