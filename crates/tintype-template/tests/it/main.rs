//! Templates as data: every section of every file in `tests/suite` is loaded, initialised and planned, and must give exactly the findings
//! and results that it names. `suite` explains the form.

mod catalog;
mod legacy;
mod peer;
mod rules;
mod same;
mod suite;

use std::path::{Path, PathBuf};

#[test]
fn suite() {
    let mut failures = Vec::new();
    let mut sections = 0;
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite")) {
        let text = std::fs::read_to_string(&path).expect("suite files are readable");
        for section in suite::sections(&text) {
            sections += 1;
            if let Err(why) = section.run() {
                let file = path.file_name().unwrap_or_default().to_string_lossy();
                failures.push(format!("=== {file}: {}\n{why}", section.name));
            }
        }
    }
    assert!(sections > 0, "no section was found");
    assert!(
        failures.is_empty(),
        "{} of {sections} sections failed:\n\n{}",
        failures.len(),
        failures.join("\n\n")
    );
}

/// Whatever people type, there are findings, and never a panic.
#[test]
fn mangled_templates_are_refused_or_read() {
    // Any fixed numbers will do, as long as they differ from each other.
    let mut seed: u64 = 0x2545_f491_4f6c_dd1d;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below.max(1) as u64).unwrap_or(0)
    };
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite")) {
        let text = std::fs::read_to_string(&path).expect("suite files are readable");
        for section in suite::sections(&text) {
            for _ in 0..MANGLED {
                let mangled = section.mangled(|lines| mangle(lines, &mut random));
                // What it finds is its own affair.
                let _ = mangled.run();
            }
        }
    }
}

/// How many variants of each section are tried.
const MANGLED: usize = 2;

/// Deletes, doubles, swaps, cuts.
pub fn mangle(lines: &mut Vec<String>, random: &mut impl FnMut(usize) -> usize) {
    for _ in 0..=random(3) {
        let count = lines.len();
        if count == 0 {
            return;
        }
        let at = random(count);
        match random(6) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = random(count);
                lines.swap(at, other);
            }
            3 => {
                let cut = random(lines[at].len() + 1);
                let cut = (0..=cut).rev().find(|&cut| lines[at].is_char_boundary(cut)).unwrap_or(0);
                lines[at].truncate(cut);
            }
            4 => {
                let words = [
                    "null", "{}", "[", "local.a", "var.x", "${", "\"", "for", "...", "dynamic", "source",
                    "(1/0)",
                ];
                let word = words[random(words.len())];
                lines[at] = lines[at].replacen(['"', '=', ' '], &format!(" {word} "), 1 + random(3));
            }
            _ => {
                let other = lines[random(count)].clone();
                lines[at].push_str(&other);
            }
        }
    }
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the suite is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("entries are readable").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
