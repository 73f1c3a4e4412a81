//! What went wrong, in Go's words, and where in the text.

use std::fmt;

/// A template that cannot be parsed or rendered. Displays as Go's whole text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The whole text: `template: root:1: unexpected EOF`.
    pub text: String,
    /// Offset in bytes of the place in the template.
    pub offset: usize,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl Error {
    /// An error of parsing: place by line only.
    pub(crate) fn parsing(name: &str, text: &str, offset: usize, message: impl fmt::Display) -> Self {
        let line = position(text, offset).0;
        Self { text: format!("template: {name}:{line}: {message}"), offset }
    }
}

/// Line (from 1) and bytes since its start (from 0) of an offset: how Go counts.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
    let start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |newline| newline + 1);
    (line, before.len() - start)
}
