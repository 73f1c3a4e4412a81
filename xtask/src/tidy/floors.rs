//! Floors: a package may use what lies below it, nothing beside or above. The picture in ARCHITECTURE.md is the rule
//! that is checked, so it is always the code's.

use super::{Mistakes, PICTURE};
use crate::programs;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A package of this workspace.
#[derive(Debug)]
pub(super) struct Package {
    pub name: String,
    /// Its folder, relative to the root: `libs/hcl`.
    pub folder: String,
    /// Root files of its targets, relative to the root.
    pub targets: Vec<String>,
    /// Packages of this workspace that it uses.
    pub uses: Vec<Use>,
}

#[derive(Debug)]
pub(super) struct Use {
    pub name: String,
    /// Only its tests use it.
    pub in_tests: bool,
}

pub(super) fn packages(root: &Path) -> Result<Vec<Package>, String> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1"];
    let metadata = programs::output(root, env!("CARGO"), &arguments)?;
    let metadata: Value = serde_json::from_slice(&metadata).map_err(|error| error.to_string())?;
    let inside = |path: &Value| -> Option<String> {
        let path = Path::new(path.as_str()?).strip_prefix(root).ok()?;
        Some(path.to_string_lossy().replace('\\', "/"))
    };
    let package = |value: &Value| -> Option<Package> {
        let manifest = inside(value.get("manifest_path")?)?;
        let targets =
            value.get("targets")?.as_array()?.iter().filter_map(|target| inside(target.get("src_path")?));
        let uses = value.get("dependencies")?.as_array()?.iter().filter_map(|used| {
            inside(used.get("path")?)?;
            let in_tests = used.get("kind").and_then(Value::as_str) == Some("dev");
            Some(Use { name: used.get("name")?.as_str()?.to_owned(), in_tests })
        });
        Some(Package {
            name: value.get("name")?.as_str()?.to_owned(),
            folder: manifest.strip_suffix("/Cargo.toml")?.to_owned(),
            targets: targets.collect(),
            uses: uses.collect(),
        })
    };
    let list = metadata.get("packages").and_then(Value::as_array);
    Ok(list.into_iter().flatten().filter_map(package).collect())
}

pub(super) fn check(packages: &[Package], picture: Option<&str>) -> Mistakes {
    let Some(floors) = picture.and_then(floors) else {
        return vec![format!(
            "{PICTURE}: no picture of the floors (a block whose lines are: FLOOR NAME NAME ...)"
        )];
    };
    let mut mistakes = Mistakes::new();
    let floor = |name: &str| floors.get(name).copied();
    for package in packages {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let Some(own) = floor(&package.name) else {
            mistakes.push(format!("{PICTURE}: {} stands on no floor", package.name));
            continue;
        };
        for Use { name, in_tests } in &package.uses {
            let used = packages.iter().find(|other| other.name == *name);
            let of_crates = used.is_some_and(|other| other.folder.starts_with("crates/"));
            if package.folder.starts_with("libs/") && of_crates {
                mistakes.push(format!(
                    "{manifest}: {} is a library of its own and cannot use {name}",
                    package.name
                ));
            } else if *in_tests {
                continue;
            } else if name.ends_with("-testkit") {
                mistakes.push(format!("{manifest}: {name} is for tests: make it a dev-dependency"));
            } else if floor(name).is_some_and(|used| used >= own) {
                mistakes.push(format!(
                    "{manifest}: {} (floor {own}) may not use {name} (floor {}): only what lies below",
                    package.name,
                    floor(name).unwrap_or_default(),
                ));
            }
        }
    }
    for name in floors.keys() {
        if !packages.iter().any(|package| package.name == *name) {
            mistakes.push(format!("{PICTURE}: the picture has {name}, the workspace has not"));
        }
    }
    mistakes
}

/// Package to floor, from the first fenced block with lines ` 3  libs/a   b   [not-yet]   (remark)`.
pub(super) fn floors(page: &str) -> Option<BTreeMap<String, u32>> {
    let mut found = BTreeMap::new();
    let mut inside = false;
    for line in page.lines() {
        if line.starts_with("```") {
            if inside && !found.is_empty() {
                return Some(found);
            }
            inside = !inside;
        } else if let Some((floor, names)) = inside.then(|| line.trim().split_once(' ')).flatten() {
            let Ok(floor) = floor.parse() else { continue };
            let names = without(&without(names, '[', ']'), '(', ')');
            for name in names.split_whitespace() {
                found.insert(name.rsplit('/').next().unwrap_or(name).to_owned(), floor);
            }
        }
    }
    None
}

/// The text without what stands between the brackets.
fn without(text: &str, open: char, close: char) -> String {
    let mut depth = 0_usize;
    let mut kept = String::new();
    for c in text.chars() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
        } else if depth == 0 {
            kept.push(c);
        }
    }
    kept
}
