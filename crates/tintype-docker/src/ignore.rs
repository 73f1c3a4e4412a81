//! `.dockerignore`: what of a directory is not sent to a build.

use std::path::Path;

use regex::Regex;

/// The patterns of a `.dockerignore`.
#[derive(Default, Debug)]
pub(crate) struct Ignored {
    /// In order; the last one that matches decides. `true` brings a path back.
    patterns: Vec<(Regex, bool)>,
}

impl Ignored {
    /// Reads patterns.
    ///
    /// # Errors
    /// The pattern that cannot be read, with the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut patterns = Vec::new();
        for line in text.trim_start_matches('\u{feff}').lines() {
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let line = line.trim();
            let (line, back) = match line.strip_prefix('!') {
                Some(line) => (line.trim(), true),
                None => (line, false),
            };
            let pattern = clean(line);
            if pattern.is_empty() {
                continue;
            }
            let regex = Regex::new(&translated(&pattern)).map_err(|error| format!("{line}: {error}"))?;
            patterns.push((regex, back));
        }
        Ok(Self { patterns })
    }

    /// Whether a path (relative to the directory) is left out.
    pub fn leaves_out(&self, path: &Path) -> bool {
        let whole =
            path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        let ends = whole.char_indices().filter(|(_, c)| *c == '/').map(|(at, _)| at).chain([whole.len()]);
        // A pattern that matches a directory matches everything in it.
        let paths: Vec<&str> = ends.map(|end| &whole[..end]).collect();
        let mut out = false;
        for (pattern, back) in &self.patterns {
            if paths.iter().any(|path| pattern.is_match(path)) {
                out = !back;
            }
        }
        out
    }

    /// Whether something in a directory that is left out may come back.
    pub fn may_bring_back(&self) -> bool {
        self.patterns.iter().any(|(_, back)| *back)
    }
}

/// Without `.`, `..`, double and outer slashes.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// A pattern as a regular expression over whole paths.
fn translated(pattern: &str) -> String {
    let mut out = String::from("^");
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' if rest.peek() == Some(&'*') => {
                rest.next();
                rest.next_if_eq(&'/');
                // At the end everything is meant, elsewhere any number of directories.
                out.push_str(if rest.peek().is_none() { ".*" } else { "(?:.*/)?" });
            }
            '*' => out.push_str("[^/]*"),
            '?' => out.push_str("[^/]"),
            '\\' => {
                if let Some(c) = rest.next() {
                    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
                }
            }
            // Classes are written alike on both sides.
            '[' | ']' | '-' | '^' => out.push(c),
            c => out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out.push('$');
    out
}
