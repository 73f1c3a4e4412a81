//! Brings the recorded cases of Packer's behaviour into `tests/compat` and says whether the copy still equals the
//! original. One case, a directory there, is one text file here (see `casefile`). Running them is a test of `tintype-cli`.

use crate::{Outcome, files};
use casefile::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Kinds whose cases are directories.
const PACKED: [&str; 3] = ["cli", "language", "fmt"];
/// The kind that is taken over file by file.
const COPIED: &str = "console";

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    let [what, from] = arguments else { return Err("say `import DIR` or `check DIR`".to_owned()) };
    let copy = root.join("tests/compat");
    let original = original(Path::new(from))?;
    let there = copied(&copy)?;
    let changed: Vec<&String> =
        original.iter().filter(|(path, new)| there.get(*path) != Some(new)).map(|(path, _)| path).collect();
    let gone: Vec<&String> = there.keys().filter(|path| !original.contains_key(*path)).collect();
    match what.as_str() {
        "import" => {
            for path in &changed {
                files::write(&copy.join(path), original.get(*path).map_or(&[][..], Vec::as_slice))?;
            }
            for path in &gone {
                std::fs::remove_file(copy.join(path)).map_err(|error| files::at(&copy.join(path), error))?;
            }
            println!("{} files, {} written, {} removed", original.len(), changed.len(), gone.len());
            Ok(())
        }
        "check" => {
            let different: BTreeSet<&String> = changed.into_iter().chain(gone).collect();
            for path in &different {
                println!("differs: {path}");
            }
            if !different.is_empty() {
                let n = different.len();
                return Err(format!("{n} files differ; `cargo xtask compat import {from}` takes them over"));
            }
            println!("the {} files of tests/compat equal their original", original.len());
            Ok(())
        }
        _ => Err(format!("no such work: {what}")),
    }
}

/// What the copy has to hold: path below `tests/compat`, contents.
fn original(from: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut cases: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
    let mut whole = BTreeMap::new();
    for path in files::below(from)? {
        let file = from.join(&path);
        let mut parts = path.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(COPIED), Some(_), _) => {
                whole.insert(path.clone(), files::read(&file)?);
            }
            (Some(kind), Some(name), Some(inner)) if PACKED.contains(&kind) => {
                let entry = Entry {
                    path: inner.to_owned(),
                    contents: files::read(&file)?,
                    executable: files::executable(&file)?,
                };
                cases.entry(format!("{kind}/{name}.case")).or_default().push(entry);
            }
            _ => {} // the original's own manual and runner
        }
    }
    if cases.is_empty() {
        return Err(format!("{} holds no cases", from.display()));
    }
    for (path, mut entries) in cases {
        entries.sort_by_key(|entry| (rank(&entry.path), entry.path.clone()));
        let text = casefile::write(&entries).map_err(|error| format!("{path}: {error}"))?;
        if casefile::parse(&text).as_ref() != Ok(&entries) {
            return Err(format!("{path} would not come back as it was"));
        }
        whole.insert(path, text.into_bytes());
    }
    Ok(whole)
}

/// The order in which a case reads best: why, what is run, what is looked at, with which input, with what result.
fn rank(path: &str) -> usize {
    let top = path.split(['/', '.']).next().unwrap_or_default();
    let order = ["why", "needs", "cmd", "check", "in", "exit", "expect", "out"];
    order.iter().position(|name| *name == top).unwrap_or(order.len())
}

fn copied(copy: &Path) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut there = BTreeMap::new();
    for kind in PACKED.into_iter().chain([COPIED]) {
        let folder = copy.join(kind);
        if folder.is_dir() {
            for path in files::below(&folder)? {
                there.insert(format!("{kind}/{path}"), files::read(&folder.join(&path))?);
            }
        }
    }
    Ok(there)
}
