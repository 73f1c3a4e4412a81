//! The look of single files: a first line that says what the module is for, a length one can hold in one's head, no
//! silenced lints, nothing that is true on one machine only.

use super::modules::is_sample;
use super::{Mistakes, Tracked};

/// Lines. A longer file is asked which two things it is doing.
const LONGEST: usize = 900;

/// Text that has no place in a committed file, and why. In two halves, so that this file does not hold it.
const STRANGE: [(&str, &str, &str); 3] = [
    ("/wo", "rk/main", "a path of one machine"),
    ("/wo", "rk/shared", "a path of one machine"),
    ("../sha", "red/", "a folder that is not part of the project"),
];

/// `.ci/run` looks beside the checkout for the original of the recorded cases.
const MAY_LOOK_OUTSIDE: [&str; 1] = [".ci/run"];

pub(super) fn check(file: &Tracked) -> Mistakes {
    let Some(text) = file.text() else { return Mistakes::new() };
    let path = &file.path;
    let mut mistakes = Mistakes::new();
    if file.is("rs") {
        // What a `tests.rs` is for, its neighbour says.
        let speaks_for_itself = is_sample(path) || path.ends_with("/tests.rs");
        if !speaks_for_itself && !text.starts_with("//!") {
            mistakes.push(format!(
                "{path}:1: the first line (//!) must say what the module is for and what it leaves to others"
            ));
        }
        let lines = text.lines().count();
        if lines > LONGEST {
            mistakes
                .push(format!("{path}: {lines} lines, more than {LONGEST}: which two things is it doing?"));
        }
    }
    for (index, line) in text.lines().enumerate() {
        let at = format!("{path}:{}", index + 1);
        let code = line.trim_start();
        if file.is("rs") && (code.starts_with("#[allow(") || code.starts_with("#![allow(")) {
            mistakes.push(format!("{at}: say #[expect(..., reason = \"...\")]"));
        }
        for (first, second, why) in STRANGE {
            if line.contains(&format!("{first}{second}")) && !MAY_LOOK_OUTSIDE.contains(&path.as_str()) {
                mistakes.push(format!("{at}: {first}{second}: {why}"));
            }
        }
    }
    mistakes
}
