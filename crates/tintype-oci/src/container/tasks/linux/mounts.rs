//! What is mounted in a machine, and so is no part of its files.

use std::collections::BTreeMap;
use std::fs;

/// As this thread sees it: others of its process may have another root.
const LIST: &str = "/proc/thread-self/mountinfo";

/// Where something is mounted, by name without a slash at its beginning, and whether it is a directory.
pub(super) struct Mounts(BTreeMap<Vec<u8>, bool>);

/// Those of the machine that this runs in, but for its root.
pub(super) fn points() -> Result<Mounts, String> {
    let list = fs::read(LIST).map_err(|error| format!("{LIST}: {error}"))?;
    let points = list.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    let named = points.map(unescaped).filter_map(|point| {
        let path = String::from_utf8_lossy(&point).into_owned();
        let name = point.strip_prefix(b"/").filter(|name| !name.is_empty())?.to_vec();
        Some((name, fs::metadata(path).is_ok_and(|meta| meta.is_dir())))
    });
    Ok(Mounts(named.collect()))
}

impl Mounts {
    /// Whether a name is left out: a file that is mounted, or anything below a directory that is. The directory itself is the machine's.
    pub(super) fn hide(&self, path: &[u8]) -> bool {
        if self.0.get(path).is_some_and(|is_dir| !is_dir) {
            return true;
        }
        let ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(end, _)| end);
        ends.into_iter().any(|end| self.0.contains_key(path.get(..end).unwrap_or_default()))
    }
}

/// Spaces and the like are written as three octal digits.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        let digits =
            after.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            plain.push(byte);
            rest = after.get(3..).unwrap_or_default();
        } else {
            plain.push(*first);
            rest = after;
        }
    }
    plain
}
