//! What differs between platforms: the words for errors of the operating system, and path separators.

use std::io;

/// An error of the operating system in the words that Go programs have for it: `no such file or directory`.
pub(crate) fn error_text(error: &io::Error) -> String {
    let text = error.to_string();
    let text = match text.rfind(" (os error ") {
        Some(cut) => &text[..cut],
        None => &text,
    };
    if cfg!(windows) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_lowercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// A path as templates see it: with `/` between the parts on every platform.
pub(crate) fn slashes(path: &str) -> String {
    if cfg!(windows) { path.replace('\\', "/") } else { path.to_owned() }
}

/// The directory part of a path to a file, tidied lexically: `./a/b.hcl` lies in `a`, `b.hcl` in `.`.
pub(crate) fn directory_of(path: &str) -> String {
    let path = slashes(path);
    match path.rfind('/') {
        Some(cut) => clean(&path[..=cut]),
        None => ".".to_owned(),
    }
}

/// A path without `.`, without doubled separators, and with `..` taken back where that can be seen in the text.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.last() {
                Some(&last) if last != ".." => {
                    parts.pop();
                }
                _ if rooted => {}
                _ => parts.push(".."),
            },
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests;
