//! What hosts forbid, in words: why, and the way out.

use super::wire::{Failure, Step};
use crate::Forbidden;
use rustix::io::Errno;
use std::fs;
use std::path::Path;

fn forbidden(why: String, way_out: &str) -> Forbidden {
    Forbidden { why, way_out: way_out.to_owned() }
}

pub(super) fn single(why: &str) -> Forbidden {
    forbidden(
        format!("machines have no other user than root: {why}"),
        "install the package uidmap (shadow-utils on Fedora) and run `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER` as root; without, tell apt in the machine `APT::Sandbox::User \"root\";`",
    )
}

pub(super) fn no_helper(why: &str) -> Forbidden {
    forbidden(
        format!("machines share the host's network: {why}"),
        "install the package passt or slirp4netns, and let this user open /dev/net/tun",
    )
}

pub(super) fn no_overlay(failure: &Failure) -> Forbidden {
    forbidden(
        failure.text.clone(),
        "put the cache on a local disk (ext4, xfs, btrfs; not overlayfs, NFS or eCryptfs) under Linux 5.11 or newer, or install fuse-overlayfs",
    )
}

/// Why there can be no machines at all, and the way out, as far as the host tells.
pub(super) fn no_machine(failure: &Failure, root: bool) -> Forbidden {
    let sysctl = |name: &str| {
        let text = fs::read_to_string(Path::new("/proc/sys").join(name)).unwrap_or_default();
        text.trim().parse::<u64>().ok()
    };
    let container = ["/.dockerenv", "/run/.containerenv"].iter().any(|path| Path::new(path).exists());
    let way_out = if failure.step == Step::Overlay {
        "put the cache on a local disk (ext4, xfs or btrfs; in a container, on a volume: overlayfs holds no marks of another)"
    } else if container {
        "this is a container: start it with `--privileged`, or with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined`; or use the `docker` builder with an Engine"
    } else if root {
        "root has been denied the rights to mount and to make namespaces; run this with them, or use the `docker` builder with an Engine"
    } else if sysctl("kernel/unprivileged_userns_clone") == Some(0) {
        "let users make namespaces with `sysctl kernel.unprivileged_userns_clone=1` as root, run this as root, or use the `docker` builder with an Engine"
    } else if sysctl("user/max_user_namespaces") == Some(0) || failure.errno == Errno::NOSPC.raw_os_error() {
        "let users make namespaces with `sysctl user.max_user_namespaces=15000` as root, run this as root, or use the `docker` builder with an Engine"
    } else if sysctl("kernel/apparmor_restrict_unprivileged_userns") == Some(1) {
        "AppArmor restricts user namespaces (Ubuntu since 23.10): lift that with `sysctl kernel.apparmor_restrict_unprivileged_userns=0` as root, or give this program a profile that allows `userns`; or run this as root, or use the `docker` builder with an Engine"
    } else if failure.step == Step::Other {
        "see to that, or use the `docker` builder with an Engine"
    } else {
        "this kernel or a rule of this host forbids it: run this as root, or use the `docker` builder with an Engine"
    };
    forbidden(failure.text.clone(), way_out)
}
