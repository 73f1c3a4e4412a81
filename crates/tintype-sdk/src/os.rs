//! Where operating systems differ in what this crate needs of them.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a file that nobody else may read (where the system has such permissions), failing if it is there.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

/// Whether pipes are kept from other programs from the moment on when they are made. Where they are not, a program that is started in
/// between keeps the end of another's output open, which then seems to go on.
pub(crate) const PRIVATE_PIPES: bool = !cfg!(target_vendor = "apple");

/// The code of a program that has ended; -1 for one that a signal ended, which is what Packer's scripts see.
pub(crate) fn exit_code(status: std::process::ExitStatus) -> i64 {
    status.code().map_or(-1, i64::from)
}
