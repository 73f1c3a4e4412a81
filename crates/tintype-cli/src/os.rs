//! Where operating systems differ in what this crate needs of them: start files, names of directories, limits of the process. How they say stop is
//! in `signal`.

use std::path::Path;

/// The files that bash reads when it starts, the likeliest first. A terminal on macOS starts it as after a login, which passes over `.bashrc`.
pub(crate) const BASH_START: &[&str] = if cfg!(target_os = "macos") {
    &[".bash_profile", ".bashrc"]
} else {
    &[".bashrc", ".bash_profile", ".bash_login"]
};

/// So many files may be open at once, unless the system's own limit is lower or we begin with more. Builds run side by side, each of their
/// programs needs some, and macOS gives 256. Not all that there could be: what we start begins with the same limit, and some programs go
/// through every number below it.
#[cfg(unix)]
const OPEN_FILES: u64 = 10_240;

/// Lets this process, and those that it starts, have many files open. Best effort: where it fails, fewer builds fit side by side.
#[cfg(unix)]
pub(crate) fn allow_many_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = maximum.unwrap_or(OPEN_FILES).min(OPEN_FILES);
    if current.is_some_and(|current| current < wanted) {
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum });
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn allow_many_files() {}

/// Whether both names lead to the same directory.
#[cfg(unix)]
pub(crate) fn same_place(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (std::fs::metadata(one), std::fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// Names are only compared: no shell here has one of its own for where it is.
#[cfg(not(unix))]
pub(crate) fn same_place(one: &Path, other: &Path) -> bool {
    one == other
}
