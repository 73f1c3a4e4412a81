//! Floors: a package may use what lies below it, nothing beside or above. The picture in ARCHITECTURE.md is the rule
//! that is checked, so it is always the code's.

use super::{Mistakes, PICTURE};
use crate::programs;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// A package of ours.
#[derive(Debug, Clone)]
pub(super) struct Package {
    pub name: String,
    /// Its folder, relative to the root: `libs/hcl`.
    pub folder: String,
    /// Root files of its targets, relative to the root.
    pub targets: Vec<String>,
    /// Packages of this workspace that it uses.
    pub uses: Vec<Use>,
}

#[derive(Debug, Clone)]
pub(super) struct Use {
    pub name: String,
    /// Only its tests use it.
    pub in_tests: bool,
}

/// The packages of the workspace with this manifest.
pub(super) fn packages(root: &Path, manifest: &str) -> Result<Vec<Package>, String> {
    let arguments = ["metadata", "--no-deps", "--format-version", "1", "--manifest-path", manifest];
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

pub(super) fn check(packages: &[Package], page: Option<&str>) -> Mistakes {
    let picture = page.map(Picture::read).unwrap_or_default();
    if picture.floors.is_empty() {
        return vec![format!(
            "{PICTURE}: no picture of the floors (a table with rows: | FLOOR | `name` `name` |)"
        )];
    }
    let mut mistakes = Mistakes::new();
    let floor = |name: &str| picture.floors.get(name).copied();
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
            } else if floor(name).is_some_and(|used| used >= own) && !picture.excepts(&package.name, name) {
                mistakes.push(format!(
                    "{manifest}: {} (floor {own}) may not use {name} (floor {}): only what lies below",
                    package.name,
                    floor(name).unwrap_or_default(),
                ));
            }
        }
    }
    for name in picture.floors.keys() {
        if !packages.iter().any(|package| package.name == *name) {
            mistakes.push(format!("{PICTURE}: the picture has {name}, the workspace has not"));
        }
    }
    for (user, used) in &picture.exceptions {
        let uses =
            |package: &Package| package.name == *user && package.uses.iter().any(|other| other.name == *used);
        if !packages.iter().any(uses) {
            mistakes.push(format!("{PICTURE}: {user} does not use {used}"));
        }
    }
    mistakes
}

/// What the page says.
#[derive(Default)]
struct Picture {
    /// Package to floor, from rows `| 3 | `libs/a` `b` (remark) |`.
    floors: BTreeMap<String, u32>,
    /// Who uses a neighbour all the same, from a line `Within floor 0, `a` uses `b`: because; `c` uses `d`.`
    exceptions: Vec<(String, String)>,
}

impl Picture {
    fn read(page: &str) -> Picture {
        let mut picture = Picture::default();
        for line in page.lines() {
            if let Some((floor, names)) = line.strip_prefix('|').and_then(|row| row.split_once('|'))
                && let Ok(floor) = floor.trim().parse()
            {
                picture.floors.extend(names_in(names).map(|name| (name, floor)));
            } else if let Some(clauses) = line.strip_prefix("Within floor ") {
                for mut names in clauses.split(';').map(names_in) {
                    let user = names.next().unwrap_or_default();
                    picture.exceptions.extend(names.map(|used| (user.clone(), used)));
                }
            }
        }
        picture
    }

    fn excepts(&self, user: &str, used: &str) -> bool {
        self.exceptions.iter().any(|(a, b)| a == user && b == used)
    }
}

/// Packages named in backticks, without the folder.
fn names_in(text: &str) -> impl Iterator<Item = String> {
    text.split('`').skip(1).step_by(2).map(|name| name.rsplit('/').next().unwrap_or(name).to_owned())
}
