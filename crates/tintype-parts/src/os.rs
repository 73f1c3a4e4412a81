//! Where operating systems differ in what these components need of them.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a file that must not be there, with these permissions less the umask (where the system has such).
pub(crate) fn create_new(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    set_mode(&mut options, mode);
    options.open(path)
}

/// Opens a file to write at its end, making it with these permissions less the umask.
pub(crate) fn append(path: &Path, mode: u32) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    set_mode(&mut options, mode);
    options.open(path)
}

#[cfg(unix)]
fn set_mode(options: &mut OpenOptions, mode: u32) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(mode);
}

#[cfg(not(unix))]
fn set_mode(_: &mut OpenOptions, _: u32) {}

/// Makes a directory and those above it, with 0755 less the umask.
pub(crate) fn create_dirs(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o755);
    }
    builder.create(path).map_err(|error| match error.kind() {
        // Something else has the name of one of the directories.
        io::ErrorKind::AlreadyExists => io::ErrorKind::NotADirectory.into(),
        _ => error,
    })
}

/// Makes a file executable for its owner alone.
pub(crate) fn make_executable(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.set_permissions(std::fs::Permissions::from_mode(0o700))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(())
    }
}

/// The permission bits of a file, as machines that have such get them.
pub(crate) fn mode(about: &std::fs::Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        Some(about.permissions().mode() & 0o7777)
    }
    #[cfg(not(unix))]
    {
        let _ = about;
        None
    }
}

/// The name of this system, as `only_on` knows it.
pub(crate) fn name() -> &'static str {
    match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    }
}

/// How `shell-local` runs a script when nobody says otherwise.
pub(crate) fn local_execute_command() -> Vec<String> {
    let words: &[&str] = if cfg!(windows) {
        &["cmd", "/V", "/C", "{{.Vars}}", "call", "{{.Script}}"]
    } else {
        &["/bin/sh", "-c", "{{.Vars}} {{.Script}}"]
    };
    words.iter().map(|word| word.to_string()).collect()
}

/// How `shell-local` writes one variable when nobody says otherwise.
pub(crate) fn local_env_var_format() -> &'static str {
    if cfg!(windows) { "set %s=%s && " } else { "%s='%s' " }
}

/// Whether the shell of this host reads single quotes, so that those in values must be hidden from it.
pub(crate) const SINGLE_QUOTES: bool = !cfg!(windows);

/// The ending without which this system runs no script.
pub(crate) fn script_suffix() -> &'static str {
    if cfg!(windows) { ".cmd" } else { "" }
}

/// What the first line of an inline script of `shell-local` says when nobody says otherwise; empty where there is no such line.
pub(crate) fn local_shebang() -> &'static str {
    if cfg!(windows) { "" } else { "/bin/sh -e" }
}

/// A path of Windows as Linux inside of it knows it: `C:\a\b` is `/mnt/c/a/b`. Others stay.
pub(crate) fn linux_path(path: &Path) -> String {
    let text = path.display().to_string();
    match text.as_bytes() {
        [drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => {
            format!("/mnt/{}{}", drive.to_ascii_lowercase() as char, text[2..].replace('\\', "/"))
        }
        _ => text,
    }
}
