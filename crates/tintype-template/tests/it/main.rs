//! Templates as data: every section of every file in `tests/suite` is loaded, initialised and planned, and must give exactly the findings
//! and results that it names. `suite` explains the form.

mod catalog;
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

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the suite is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("entries are readable").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}
