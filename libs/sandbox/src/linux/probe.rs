//! What this host allows, found out by making machines: rules of kernels, security modules and containers are too many to be foretold.

use super::helpers::Search;
use super::machine::{Sandbox, Unable};
use super::wire::{Failure, Step};
use super::{cgroup, ids, network};
use crate::{Abilities, Cgroups, Forbidden, Ids, Launcher, Net, Network, Overlay, Spec};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;
use std::fs;
use std::path::{Path, PathBuf};

/// Finds out what this host allows to this user, with trees in `dir` (which must exist).
///
/// It makes and removes a few machines, some hundredths of a second each; the answer holds as long as the host stays as it is.
pub async fn probe(launcher: &Launcher, dir: &Path) -> Abilities {
    let capable = rustix::process::geteuid().is_root()
        && rustix::thread::capabilities(None)
            .is_ok_and(|sets| sets.effective.contains(CapabilitySet::SYS_ADMIN));
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    let root = capable && map.split_whitespace().eq(["0", "0", "4294967295"]);
    // Root of a user namespace has the rights for machines, though neither devices nor attributes of root.
    let admin = root || (capable && users(&map) >= ENOUGH);
    let search = Search::new(&launcher.search);
    let cgroups = cgroup::find(root);
    let mut notes = Vec::new();
    if let Cgroups::None(forbidden) = &cgroups {
        notes.push(forbidden.clone());
    }
    let mut abilities = Abilities {
        root,
        user_namespaces: Ok(()),
        overlay: Overlay::Kernel,
        ids: Ids::Root,
        network: Net::Host,
        cgroups,
        notes,
    };
    if !admin {
        abilities.ids = range(&search).unwrap_or_else(|forbidden| {
            abilities.notes.push(forbidden);
            Ids::Single
        });
    }
    let mut overlays = vec![Overlay::Copy];
    overlays.extend(search.find("fuse-overlayfs").map(Overlay::Fuse));
    let mut networks = vec![Net::Host];
    if !root && network::has_tunnel() {
        networks.extend(search.find("slirp4netns").map(Net::Slirp));
        networks.extend(search.find("pasta").map(Net::Pasta));
        abilities.network = networks.pop().unwrap_or(Net::Host);
    }
    let mut without = "neither pasta nor slirp4netns can be used here".to_owned();
    // Each failure takes one thing away, so this ends.
    loop {
        let failure = match attempt(launcher, dir, &abilities).await {
            Ok(()) => {
                if !root && abilities.network == Net::Host {
                    abilities.notes.push(no_helper(&without));
                }
                return abilities;
            }
            Err(failure) => failure,
        };
        match failure.step {
            Step::Overlay if !overlays.is_empty() => {
                abilities.notes.push(no_overlay(&failure));
                abilities.overlay = overlays.pop().unwrap_or(Overlay::Copy);
            }
            Step::Ids if abilities.ids != Ids::Single && !admin => {
                abilities.notes.push(single(&failure.text));
                abilities.ids = Ids::Single;
            }
            Step::Network if abilities.network != Net::Host => {
                without = failure.text;
                abilities.network = networks.pop().unwrap_or(Net::Host);
            }
            _ => {
                abilities.user_namespaces = Err(no_machine(&failure, root));
                return abilities;
            }
        }
    }
}

/// How many ids this user namespace has.
fn users(map: &str) -> u64 {
    map.lines().filter_map(|line| line.split_whitespace().nth(2)?.parse::<u64>().ok()).sum()
}

/// With so many ids, no machine needs others.
const ENOUGH: u64 = 1000;

/// Makes one machine and takes it away.
async fn attempt(launcher: &Launcher, dir: &Path, abilities: &Abilities) -> Result<(), Failure> {
    let other = |text: String| Failure::said(Step::Other, text);
    let trial =
        Trial::new(dir).map_err(|error| other(format!("cannot write to {}: {error}", dir.display())))?;
    let at = |name: &str| trial.0.join(name);
    let spec = Spec {
        lower: vec![at("lower")],
        upper: at("upper"),
        work: at("work"),
        mount: at("mount"),
        hostname: "trial".to_owned(),
        network: Network::Auto,
        ..Spec::default()
    };
    match Sandbox::begin(launcher, &spec, abilities, true).await {
        Ok(machine) => machine.stop().await.map_err(|error| Failure::said(Step::Overlay, error.to_string())),
        Err(Unable::Failure(failure)) => Err(failure),
        Err(Unable::Other(error)) => Err(other(error.to_string())),
    }
}

/// Directories for one machine; removed when dropped.
struct Trial(PathBuf);

impl Trial {
    fn new(dir: &Path) -> std::io::Result<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let trial = Self(std::path::absolute(dir)?.join(format!(".trial-{}-{number}", std::process::id())));
        for name in ["lower/lower-directory/inner", "upper", "work", "mount"] {
            fs::create_dir_all(trial.0.join(name))?;
        }
        fs::write(trial.0.join("lower/lower-file"), "")?;
        Ok(trial)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // The kernel's own directory in `work` is closed even to us, whose it is.
        let inner = self.0.join("work/work");
        if inner.exists() {
            use std::os::unix::fs::PermissionsExt;
            _ = fs::set_permissions(&inner, fs::Permissions::from_mode(0o700));
        }
        _ = fs::remove_dir_all(&self.0);
    }
}

fn range(search: &Search) -> Result<Ids, Forbidden> {
    if search.find("newuidmap").is_none() || search.find("newgidmap").is_none() {
        return Err(single("the programs newuidmap and newgidmap are not installed"));
    }
    match ids::ranges(rustix::process::geteuid().as_raw()) {
        Some((users, groups)) => Ok(Ids::Range { users, groups }),
        None => Err(single("/etc/subuid and /etc/subgid have no line for this user")),
    }
}

fn forbidden(why: String, way_out: &str) -> Forbidden {
    Forbidden { why, way_out: way_out.to_owned() }
}

fn single(why: &str) -> Forbidden {
    forbidden(
        format!("machines have no other user than root: {why}"),
        "install the package uidmap (shadow-utils on Fedora) and run `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER` as root; without, tell apt in the machine `APT::Sandbox::User \"root\";`",
    )
}

fn no_helper(why: &str) -> Forbidden {
    forbidden(
        format!("machines share the host's network: {why}"),
        "install the package passt or slirp4netns, and let this user open /dev/net/tun",
    )
}

fn no_overlay(failure: &Failure) -> Forbidden {
    forbidden(
        failure.text.clone(),
        "put the cache on a local disk (ext4, xfs, btrfs; not overlayfs, NFS or eCryptfs) under Linux 5.11 or newer, or install fuse-overlayfs",
    )
}

/// Why there can be no machines at all, and the way out, as far as the host tells.
fn no_machine(failure: &Failure, root: bool) -> Forbidden {
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
