//! The roles in which our own program is started again; each begins with one thread and the socket as its standard input.

use super::{carrier, init, keeper};
use crate::Task;
use std::os::fd::{AsFd, OwnedFd};

/// The keeper of a machine.
pub(super) const KEEPER: &str = "keeper";
/// Pid 1 of a machine.
pub(super) const INIT: &str = "init";
/// The guard of a helper that carries a network's packets.
pub(super) const CARRIER: &str = "carrier";
/// A task with a machine's ids, but without a machine.
pub(super) const OUTSIDE: &str = "outside";

/// Plays a part of a machine, when `words` (what follows [`crate::Launcher::word`] on the command line) name one: the number is then the
/// exit code. To be called before any thread or runtime starts, since namespaces are entered by single threads only.
#[must_use]
pub fn play(words: &[String], tasks: &[(&'static str, Task)]) -> Option<u8> {
    let [role] = words else { return None };
    let role: fn(OwnedFd, &[(&'static str, Task)]) -> u8 = match role.as_str() {
        KEEPER => keeper::keep,
        INIT => init::run,
        CARRIER => carrier::guard,
        OUTSIDE => keeper::outside,
        _ => return None,
    };
    close_inherited();
    let Ok(socket) = std::io::stdin().as_fd().try_clone_to_owned() else { return Some(1) };
    Some(role(socket, tasks))
}

/// Closes what a careless caller left open for us: no program in a machine shall have it.
fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let open: Vec<i32> = entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|fd| *fd > 2)
        .collect();
    for fd in open {
        // The directory's own descriptor is among them and closed already.
        _ = nix::unistd::close(fd);
    }
}
