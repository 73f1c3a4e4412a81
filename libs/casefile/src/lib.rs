//! A small directory as one readable text file, and back, byte for byte: the form of recorded test cases.
//! Text only: reading and writing directories is left to the caller.
//!
//! ```text
//! --- cmd ---
//! $TINTYPE validate t.pkr.hcl
//! --- in/t.pkr.hcl (escaped, no newline at the end) ---
//! source "null" "a" {}\r
//! --- in/run.sh (executable) ---
//! echo hi
//! ```
//!
//! A section holds its lines up to the next head. `escaped` is written only where the contents need it: bytes that are
//! not UTF-8, control and invisible characters, carriage returns, or a line that looks like a head. There `\xNN` is a
//! byte, `\u{N}` a character, `\r` a carriage return, `\t` a tab, `\\` a backslash.

use std::fmt;

mod escape;
#[cfg(test)]
mod tests;

/// One file of the directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative, with `/` between the parts.
    pub path: String,
    /// The contents, byte for byte.
    pub contents: Vec<u8>,
    /// Whether it may be run.
    pub executable: bool,
}

/// Why a text is not a directory, with the line (from 1) where it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for Error {}

const EXECUTABLE: &str = "executable";
const OPEN_END: &str = "no newline at the end";
const ESCAPED: &str = "escaped";

/// The entries as text, in their order.
///
/// # Errors
/// A path that a head cannot hold: empty, with a line break, or ending like a list of flags.
pub fn write(entries: &[Entry]) -> Result<String, Error> {
    let mut text = String::new();
    for entry in entries {
        if entry.path.is_empty() || entry.path.ends_with(')') || entry.path.contains(['\n', '\r']) {
            let line = text.lines().count() + 1;
            return Err(Error { line, what: format!("{:?} cannot be the name of a section", entry.path) });
        }
        let open_end = !entry.contents.is_empty() && !entry.contents.ends_with(b"\n");
        let plain = escape::plain(&entry.contents);
        let flags: Vec<&str> =
            [(entry.executable, EXECUTABLE), (open_end, OPEN_END), (plain.is_none(), ESCAPED)]
                .into_iter()
                .filter_map(|(on, flag)| on.then_some(flag))
                .collect();
        let flags = if flags.is_empty() { String::new() } else { format!(" ({})", flags.join(", ")) };
        text.push_str(&format!("--- {}{flags} ---\n", entry.path));
        match plain {
            Some(plain) => text.push_str(plain),
            None => text.push_str(&escape::escape(&entry.contents)),
        }
        if open_end {
            text.push('\n');
        }
    }
    Ok(text)
}

/// The entries that [`write`] made this text from.
///
/// # Errors
/// Text before the first head, an unknown flag, an escape that is not understood, a name twice.
pub fn parse(text: &str) -> Result<Vec<Entry>, Error> {
    let mut found: Vec<(usize, Entry, Flags)> = Vec::new();
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let line_number = index + 1;
        if let Some(head) = head(line.trim_end_matches('\n')) {
            let (path, flags) = head.map_err(|what| Error { line: line_number, what })?;
            if found.iter().any(|(_, entry, _)| entry.path == path) {
                return Err(Error { line: line_number, what: format!("a second section {path:?}") });
            }
            let entry = Entry { path: path.to_owned(), contents: Vec::new(), executable: flags.executable };
            found.push((line_number, entry, flags));
        } else if let Some((_, entry, _)) = found.last_mut() {
            entry.contents.extend_from_slice(line.as_bytes());
        } else {
            return Err(Error { line: line_number, what: "text before the first section".to_owned() });
        }
    }
    found
        .into_iter()
        .map(|(line, mut entry, flags)| {
            if flags.open_end && entry.contents.ends_with(b"\n") {
                entry.contents.pop();
            }
            if flags.escaped {
                entry.contents = escape::unescape(&entry.contents).map_err(|what| Error { line, what })?;
            }
            Ok(entry)
        })
        .collect()
}

#[derive(Default)]
struct Flags {
    executable: bool,
    open_end: bool,
    escaped: bool,
}

/// None when the line is no head.
fn head(line: &str) -> Option<Result<(&str, Flags), String>> {
    let inner = line.strip_prefix("--- ")?.strip_suffix(" ---")?;
    let Some((path, list)) = inner.strip_suffix(')').and_then(|inner| inner.rsplit_once(" (")) else {
        return Some(Ok((inner, Flags::default())));
    };
    let mut flags = Flags::default();
    for flag in list.split(", ") {
        match flag {
            EXECUTABLE => flags.executable = true,
            OPEN_END => flags.open_end = true,
            ESCAPED => flags.escaped = true,
            _ => return Some(Err(format!("unknown flag {flag:?}"))),
        }
    }
    Some(Ok((path, flags)))
}
