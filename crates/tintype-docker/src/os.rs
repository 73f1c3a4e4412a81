//! Where operating systems differ in what this crate needs of them.

use std::io;
use std::path::Path;

/// Where an Engine usually is.
#[cfg(not(windows))]
pub(crate) const DEFAULT_HOST: &str = "unix:///var/run/docker.sock";
/// Where an Engine usually is.
#[cfg(windows)]
pub(crate) const DEFAULT_HOST: &str = "npipe:////./pipe/docker_engine";

/// Makes a directory for nobody else, failing if it is there. Where there are no such permissions it gets those of its parent.
pub(crate) fn make_private_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().mode(0o700).create(dir)
    }
    #[cfg(not(unix))]
    {
        std::fs::create_dir(dir)
    }
}

/// Gives a directory its permissions, where there are such. Best effort: what is in it is there.
pub(crate) fn set_mode(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode & 0o777));
    }
    #[cfg(not(unix))]
    {
        let _ = (path, mode);
    }
}
