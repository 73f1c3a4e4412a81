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
        "install the package uidmap (shadow-utils on Fedora) and run `touch /etc/subuid /etc/subgid && usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER` as root; without, tell apt in the machine `APT::Sandbox::User \"root\";`",
    )
}

pub(super) fn no_helper(why: &str) -> Forbidden {
    forbidden(
        format!("machines share the host's network: {why}"),
        "install the package passt or slirp4netns, and let this user open /dev/net/tun",
    )
}

pub(super) fn no_overlay(failure: &Failure) -> Forbidden {
    let way_out = if failure.errno == Errno::NODEV.raw_os_error() {
        "load the kernel's module with `modprobe overlay` as root, or install fuse-overlayfs"
    } else {
        "put the cache on a local disk (ext4, xfs, btrfs; not overlayfs, NFS or eCryptfs) under Linux 5.11 or newer, or install fuse-overlayfs"
    };
    forbidden(failure.text.clone(), way_out)
}

/// Why there can be no machines at all, and the way out, as far as the host tells.
pub(super) fn no_machine(failure: &Failure, root: bool) -> Forbidden {
    forbidden(failure.text.clone(), &way_out(failure, root, &Host::look()))
}

/// What a host says of itself that may explain a refusal.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Host {
    /// `user.max_user_namespaces`
    pub most: Option<u64>,
    /// `kernel.unprivileged_userns_clone`, of Debian's kernels
    pub clone: Option<u64>,
    /// `kernel.apparmor_restrict_unprivileged_userns`, of Ubuntu's
    pub apparmor: Option<u64>,
    /// We are called root, whatever that is worth.
    pub named_root: bool,
    /// A container engine made our surroundings.
    pub container: bool,
    /// Our root is a directory that is no mount of its own: what chroot makes.
    pub chroot: bool,
}

impl Host {
    fn look() -> Self {
        let sysctl = |name: &str| {
            let text = fs::read_to_string(Path::new("/proc/sys").join(name)).unwrap_or_default();
            text.trim().parse::<u64>().ok()
        };
        let marks =
            ["/.dockerenv", "/run/.containerenv", "/run/systemd/container", "/run/secrets/kubernetes.io"];
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        Self {
            most: sysctl("user/max_user_namespaces"),
            clone: sysctl("kernel/unprivileged_userns_clone"),
            apparmor: sysctl("kernel/apparmor_restrict_unprivileged_userns"),
            named_root: rustix::process::geteuid().is_root(),
            container: marks.iter().any(|path| Path::new(path).exists()),
            chroot: !mounts.is_empty() && !mounts.lines().any(|line| line.split(' ').nth(4) == Some("/")),
        }
    }
}

/// What is certain comes first, what is likely after it: in a container, the host's own rules hold as well.
pub(super) fn way_out(failure: &Failure, root: bool, host: &Host) -> String {
    let denied = [Errno::PERM, Errno::ACCESS].iter().any(|errno| errno.raw_os_error() == failure.errno);
    let spaces = matches!(failure.step, Step::UserNamespace | Step::Namespaces);
    let full = failure.errno == Errno::NOSPC.raw_os_error();
    let place = if host.container { "as root of the host, outside of this container" } else { "as root" };
    let way = if failure.step == Step::Overlay {
        return "put the cache on a local disk (ext4, xfs or btrfs; in a container, on a volume: overlayfs holds no marks of another)".to_owned();
    } else if spaces && full && host.most == Some(0) {
        format!(
            "this host lets nobody make user namespaces: change that with `sysctl -w user.max_user_namespaces=15000` {place}"
        )
    } else if spaces && full {
        format!(
            "this host allows no more namespaces than there are: raise `user.max_user_namespaces` and its like (`sysctl -a -r namespaces`) {place}"
        )
    } else if !root && denied && host.clone == Some(0) {
        format!(
            "this host lets only root make user namespaces: change that with `sysctl -w kernel.unprivileged_userns_clone=1` {place}"
        )
    } else if host.chroot && failure.step == Step::UserNamespace {
        "this is a chroot, where the kernel makes no user namespaces: go there with pivot_root instead (systemd-nspawn and bubblewrap do)".to_owned()
    } else if host.container {
        "this is a container: start it with `--privileged`, or with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined`".to_owned()
    } else if root || host.named_root {
        "root has been denied the rights to mount and to make namespaces: run this with them".to_owned()
    } else if denied && host.apparmor == Some(1) {
        "AppArmor lets only programs that it knows use user namespaces (Ubuntu since 23.10): give this program a profile with the rule `userns`, or lift that for all with `sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` as root".to_owned()
    } else if failure.step == Step::Other {
        "see to that".to_owned()
    } else {
        "this kernel or a rule of this host forbids it".to_owned()
    };
    let instead = if root || host.named_root || host.container { "" } else { ", run this as root" };
    format!("{way}{instead}, or use the `docker` builder with an Engine")
}
