//! Where operating systems differ for a host of plugins.

use std::path::Path;

use tintype_sdk::World;

/// Ends a process group. One that is gone already is fine.
#[cfg(unix)]
pub(super) fn end_group(group: i32) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = Pid::from_raw(group).filter(|_| group > 1) {
        let _ = kill_process_group(group, Signal::KILL);
    }
}

/// Job objects do it.
#[cfg(windows)]
pub(super) fn end_group(_group: i32) {}

/// The longest path that a socket can have, on the system with the least.
const LONGEST_SOCKET: usize = 103;

/// What plugins name their sockets, at most: `packer-plugin` and a number.
const SOCKET_NAME: usize = 30;

/// Another temporary directory for plugins, where sockets in the usual one would have names that are too long.
pub(super) fn short_tmp(world: &World) -> Option<&'static Path> {
    let too_long = world.tmp.as_os_str().len() + 1 + SOCKET_NAME > LONGEST_SOCKET;
    (cfg!(unix) && too_long).then(|| Path::new("/tmp"))
}

/// Connects to a socket in the file system.
#[cfg(unix)]
pub(super) async fn connect(path: &Path) -> std::io::Result<tokio::net::UnixStream> {
    tokio::net::UnixStream::connect(path).await
}

/// No plugin for this system names one.
#[cfg(windows)]
pub(super) async fn connect(_path: &Path) -> std::io::Result<tokio::net::TcpStream> {
    Err(std::io::ErrorKind::Unsupported.into())
}
