//! Makes what changes from run to run and from machine to machine equal: directories, times, ports, names of temporary
//! files. The rules are those that the recorded output went through.

use regex::bytes::{NoExpand, Regex, Replacer};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::LazyLock;

/// The folders of a sandbox; their paths become `<work>` and so on.
pub const FOLDERS: [&str; 4] = ["work", "home", "tmp", "plugins"];

const DURATION: &str = r"\b\d+ (?:year|week|day|hour|minute|second|millisecond|microsecond)s?(?: \d+ (?:year|week|day|hour|minute|second|millisecond|microsecond)s?)*";

static RULES: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (DURATION, "<duration>"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", "<time>"),
        (r"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", "<time>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
        (r"\bsha256:[0-9a-f]{64}\b", "sha256:<hex>"),
        (r"(Container ID: |the container: )[0-9a-f]{64}\b", "${1}<hex>"),
        (r"(packer-shell|pkr-file-content|packer-file|packer-log|/tmp|script_|varfile_)\d+", "${1}<n>"),
        (r"(connect: )\d+\.\d+\.\d+\.\d+", "${1}<ip>"),
        (r"(127\.0\.0\.1|localhost|0\.0\.0\.0):\d+", "${1}:<port>"),
        (r"(?m)^\d{10},", "<ts>,"),
        (r"\b(?:1[789]|20)\d{8}\b", "<epoch>"),
    ];
    rules.map(|(pattern, text)| (Regex::new(pattern).expect("the rules are constants"), text)).into()
});

/// `root`: the sandbox; `binary`: the program under test.
pub fn normal(text: &[u8], root: &Path, binary: &Path) -> Vec<u8> {
    let mut text = text.to_vec();
    for name in FOLDERS {
        text = replace(text, &root.join(name), &format!("<{name}>"));
    }
    text = replace(text, root, "<case>");
    text = replace(text, binary, "<binary>");
    for (rule, new) in RULES.iter() {
        text = replace_all(rule, text, new.as_bytes());
    }
    text
}

fn replace(text: Vec<u8>, path: &Path, new: &str) -> Vec<u8> {
    let pattern = regex::escape(&String::from_utf8_lossy(path.as_os_str().as_bytes()));
    match Regex::new(&pattern) {
        Ok(rule) if contains(&text, path.as_os_str().as_bytes()) => {
            replace_all(&rule, text, NoExpand(new.as_bytes()))
        }
        _ => text,
    }
}

fn replace_all(rule: &Regex, text: Vec<u8>, new: impl Replacer) -> Vec<u8> {
    match rule.replace_all(&text, new) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(changed) => changed,
    }
}

pub fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}
