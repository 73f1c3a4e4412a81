//! Where operating systems differ in what this crate needs of them: what tells one state of a file from another, and the right to be run.

use std::fs::{File, Metadata};
use std::io;

/// Numbers that change when a file's content does, and the time of its last change in nanoseconds since 1970.
pub(crate) fn state_of(metadata: &Metadata) -> (Vec<i128>, i128) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let time = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let modified = time(metadata.mtime(), metadata.mtime_nsec());
        // Nobody can set this one back: it changes with every write, and with every change of the time of modification.
        let changed = time(metadata.ctime(), metadata.ctime_nsec());
        let state =
            vec![metadata.dev().into(), metadata.ino().into(), metadata.len().into(), modified, changed];
        (state, modified.max(changed))
    }
    #[cfg(not(unix))]
    {
        let time = |time: io::Result<std::time::SystemTime>| {
            let since = time.ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
            since.map_or(0, |since| i128::try_from(since.as_nanos()).unwrap_or(i128::MAX))
        };
        let (modified, created) = (time(metadata.modified()), time(metadata.created()));
        (vec![metadata.len().into(), modified, created], modified.max(created))
    }
}

/// Lets everybody run the file, and its owner change it.
#[cfg(unix)]
pub(crate) fn make_executable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o755))
}

/// Lets everybody run the file: what a file's name ends with decides that here.
#[cfg(not(unix))]
pub(crate) fn make_executable(_: &File) -> io::Result<()> {
    Ok(())
}
