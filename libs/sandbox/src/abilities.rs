//! What a host lets us do, and for what it forbids: why, and the way out. Finding out is [`crate::probe`]'s.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// Something that this host forbids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forbidden {
    /// What was tried and how the host answered, one sentence.
    pub why: String,
    /// What somebody with rights on this host can do about it, one sentence.
    pub way_out: String,
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.why, self.way_out)
    }
}

/// What this host allows the process that asks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Abilities {
    /// We are root of the host, with root's rights. Root of a user namespace is not: its machines mark trees as an ordinary user's do.
    pub root: bool,
    /// Whether machines can be made at all: as root by root's rights, else by user namespaces.
    pub user_namespaces: Result<(), Forbidden>,
    /// How a writable tree over the read-only ones is made.
    pub overlay: Overlay,
    /// Which ids the machine has.
    pub ids: Ids,
    /// What `Network::Auto` becomes.
    pub network: Net,
    /// How memory and the number of processes can be limited.
    pub cgroups: Cgroups,
    /// What is missing though machines work: each says what is lost and how to have it.
    pub notes: Vec<Forbidden>,
}

/// How a writable tree over read-only ones is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlay {
    /// The kernel's overlayfs. Whiteouts are 0/0 character devices; opaque directories are marked by `trusted.overlay.opaque` as root,
    /// else by `user.overlay.opaque`.
    Kernel,
    /// `fuse-overlayfs`, this program. Its own marks become the kernel's when the machine stops in an orderly way.
    Fuse(PathBuf),
    /// Everything is copied at the start, and what changed is found and put into the upper directory, marked as by `Kernel`, when the machine
    /// stops in an orderly way ([`crate::Sandbox::stop`]); it is lost otherwise. Lower trees have the marks of an ordinary user's overlayfs.
    /// Where the filesystem refuses 0/0 devices, as overlayfs does, a socket with the rights 7000 is the mark of what is gone, in lower trees
    /// as in the upper directory.
    Copy,
}

/// The ids that exist in a machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ids {
    /// Our own: we are root, of the host or of a user namespace, and machines need no user namespace.
    Root,
    /// Our own as 0, and those that `/etc/subuid` and `/etc/subgid` give us as 1 and up.
    Range {
        /// The first id of the host and how many follow, for users.
        users: (u32, u32),
        /// The same for groups.
        groups: (u32, u32),
    },
    /// Our own as 0 and no other: `chown` to another id fails in the machine.
    Single,
}

/// How machines reach the network when nothing else is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Net {
    /// They share the host's.
    Host,
    /// A network of its own, carried by `pasta`, this program.
    Pasta(PathBuf),
    /// A network of its own, carried by `slirp4netns`, this program.
    Slirp(PathBuf),
}

/// How a machine's memory and number of processes can be limited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cgroups {
    /// A directory of the second version below which we may make groups.
    V2(PathBuf),
    /// Directories of the first version, as far as they exist.
    V1 {
        /// Where groups that limit memory are made.
        memory: Option<PathBuf>,
        /// Where groups that limit processes are made.
        pids: Option<PathBuf>,
    },
    /// Not at all.
    None(Forbidden),
}
