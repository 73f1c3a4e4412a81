//! What this host allows, found out by making machines: rules of kernels, security modules and containers are too many to be foretold.

use super::forbidden::{no_helper, no_machine, no_overlay, single};
use super::helpers::Search;
use super::machine::{Sandbox, Unable};
use super::wire::{Failure, Step};
use super::{cgroup, ids, network, remembered};
use crate::{Abilities, Cgroups, Forbidden, Ids, Launcher, Net, Overlay, Setup, Spec};
use rustix::fs::{CWD, FileType, Mode};
use rustix::thread::CapabilitySet;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// Finds out what this host allows to this user, with trees in `dir` (which must exist).
///
/// It makes and removes a few machines, some hundredths of a second each. What worked is remembered in `dir` for a while, and tried again when
/// the question is another.
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
    let mut guess = Guess { overlay: Overlay::Kernel, ids: Ids::Root, network: Net::Host, notes: Vec::new() };
    if !admin {
        guess.ids = range(&search).unwrap_or_else(|forbidden| {
            guess.notes.push(forbidden);
            Ids::Single
        });
    }
    let mut overlays = vec![Overlay::Copy];
    overlays.extend(search.find("fuse-overlayfs").map(Overlay::Fuse));
    let mut networks = vec![Net::Host];
    if !root && network::has_tunnel() {
        networks.extend(search.find("slirp4netns").map(Net::Slirp));
        networks.extend(search.find("pasta").map(Net::Pasta));
        guess.network = networks.pop().unwrap_or(Net::Host);
    }
    if let Cgroups::None(forbidden) = &cgroups {
        notes.push(forbidden.clone());
    }
    let whole = |guess: Guess| Abilities {
        root,
        user_namespaces: Ok(()),
        overlay: guess.overlay,
        ids: guess.ids,
        network: guess.network,
        cgroups: cgroups.clone(),
        notes: notes.iter().cloned().chain(guess.notes).collect(),
    };
    let question =
        format!("{root} {admin} {guess:?} {overlays:?} {networks:?} {}", launcher.program.display());
    if let Some(known) = remembered::recall(dir, &question) {
        return whole(known);
    }
    let mut without = "neither pasta nor slirp4netns can be used here".to_owned();
    // Each failure takes one thing away, so this ends.
    loop {
        let failure = match attempt(launcher, dir, &whole(guess.clone())).await {
            Ok(()) => {
                if !root && guess.network == Net::Host {
                    guess.notes.push(no_helper(&without));
                }
                remembered::keep(dir, &question, &guess);
                return whole(guess);
            }
            Err(failure) => failure,
        };
        match failure.step {
            Step::Overlay if !overlays.is_empty() => {
                guess.notes.push(no_overlay(&failure));
                guess.overlay = overlays.pop().unwrap_or(Overlay::Copy);
            }
            Step::Ids if guess.ids != Ids::Single && !admin => {
                guess.notes.push(single(&failure.text));
                guess.ids = Ids::Single;
            }
            Step::Network if guess.network != Net::Host => {
                without = failure.text;
                guess.network = networks.pop().unwrap_or(Net::Host);
            }
            _ => return Abilities { user_namespaces: Err(no_machine(&failure, root)), ..whole(guess) },
        }
    }
}

/// What is found out by trying.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Guess {
    pub overlay: Overlay,
    pub ids: Ids,
    pub network: Net,
    pub notes: Vec<Forbidden>,
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
    // Lower trees have such marks, and fuse-overlayfs knows no others that we can make.
    let marks = rustix::fs::mknodat(CWD, at("mark"), FileType::CharacterDevice, Mode::empty(), 0);
    if matches!(abilities.overlay, Overlay::Fuse(_)) && marks.is_err() {
        let text = "fuse-overlayfs cannot be used on a filesystem that refuses 0/0 devices";
        return Err(Failure::said(Step::Overlay, text));
    }
    let spec = Spec {
        lower: vec![at("lower")],
        upper: at("upper"),
        work: at("work"),
        mount: at("mount"),
        setup: Setup { hostname: "trial".to_owned(), ..Setup::default() },
    };
    match Sandbox::begin(launcher, &spec, abilities, true).await {
        Ok(machine) => machine.stop().await.map_err(|error| Failure::said(Step::Overlay, error.to_string())),
        Err(Unable::Failure(failure)) => Err(failure),
        Err(Unable::Other(error)) => Err(other(error.to_string())),
    }
}

/// How the directories of trials are called: the number of the process follows.
const TRIAL: &str = ".trial-";

/// Removes what processes left that were killed while they tried.
fn sweep(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let number =
            name.to_str().and_then(|name| name.strip_prefix(TRIAL)?.split('-').next()?.parse::<u32>().ok());
        if number.is_some_and(|number| !Path::new("/proc").join(number.to_string()).exists()) {
            drop(Trial(entry.path()));
        }
    }
}

/// Directories for one machine; removed when dropped.
struct Trial(PathBuf);

impl Trial {
    fn new(dir: &Path) -> std::io::Result<Self> {
        use std::sync::atomic::{AtomicU32, Ordering};
        static NEXT: AtomicU32 = AtomicU32::new(0);
        sweep(dir);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let trial = Self(std::path::absolute(dir)?.join(format!("{TRIAL}{}-{number}", std::process::id())));
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
