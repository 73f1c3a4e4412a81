//! The control group of a machine, made and removed by its keeper. Limits are all it is for: what ends a machine is its process namespace.
//! The machine is born in it and the keeper is not in it: where the caller's own group goes away with a killed caller, nobody who is in
//! another one can come back, and a group with somebody in it cannot be removed.

use crate::{Cgroups, Forbidden, Limits};
use std::path::{Path, PathBuf};

/// How our groups are called: the number of the keeper follows.
const PREFIX: &str = "sandbox-";

/// What of us is in a machine's group beside what the machine was asked to run: pid 1, and its thread that waits for the others.
const OURS: u64 = 2;

/// The groups that a machine is in.
pub(super) struct Group {
    /// Each with the one to go back to.
    made: Vec<(PathBuf, PathBuf)>,
}

impl Group {
    /// Makes groups with these limits and enters them, as far as the host lets us: limits are a courtesy. Pid 1 is to be started next, and
    /// then [`Group::step_out`] to be called.
    pub(super) fn enter(cgroups: &Cgroups, limits: Limits) -> Self {
        let mut group = Self { made: Vec::new() };
        let memory = limits.memory.map(|bytes| bytes.to_string());
        let pids = limits.pids.map(|count| count.saturating_add(OURS).to_string());
        match cgroups {
            _ if limits == Limits::default() => {}
            Cgroups::None(_) => {}
            Cgroups::V2(parent) => {
                group.add(
                    parent,
                    &[
                        ("memory.max", &memory),
                        ("memory.swap.max", &memory.as_ref().map(|_| "0".to_owned())),
                        ("pids.max", &pids),
                    ],
                );
            }
            Cgroups::V1 { memory: for_memory, pids: for_pids } => {
                if let (Some(parent), Some(_)) = (for_memory, &memory) {
                    group.add(
                        parent,
                        &[("memory.limit_in_bytes", &memory), ("memory.memsw.limit_in_bytes", &memory)],
                    );
                }
                if let (Some(parent), Some(_)) = (for_pids, &pids) {
                    group.add(parent, &[("pids.max", &pids)]);
                }
            }
        }
        group
    }

    fn add(&mut self, parent: &Path, limits: &[(&str, &Option<String>)]) {
        sweep(parent);
        let own = std::process::id();
        let path = parent.join(format!("{PREFIX}{own}"));
        let Ok(back) = back(parent) else { return };
        if std::fs::create_dir(&path).is_err() {
            return;
        }
        for (file, value) in limits {
            if let Some(value) = value {
                // Some kernels have no accounting of swap.
                _ = std::fs::write(path.join(file), value);
            }
        }
        if std::fs::write(path.join("cgroup.procs"), own.to_string()).is_ok() {
            self.made.push((path, back));
        } else {
            _ = std::fs::remove_dir(&path);
        }
    }

    /// Goes back to where we came from. Who was born meanwhile stays in them.
    pub(super) fn step_out(&self) {
        for (_, back) in &self.made {
            _ = std::fs::write(back.join("cgroup.procs"), std::process::id().to_string());
        }
    }

    /// Removes them; everybody in them must have ended.
    pub(super) fn remove(self) {
        for (path, _) in self.made {
            _ = std::fs::remove_dir(path);
        }
    }
}

/// Removes what keepers left that were killed before they could.
fn sweep(parent: &Path) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let keeper =
            name.to_str().and_then(|name| name.strip_prefix(PREFIX)).and_then(|id| id.parse::<u32>().ok());
        if keeper.is_some_and(|keeper| !Path::new("/proc").join(keeper.to_string()).exists()) {
            _ = std::fs::remove_dir(entry.path());
        }
    }
}

/// Where we are now, in the hierarchy that `parent` belongs to.
fn back(parent: &Path) -> std::io::Result<PathBuf> {
    let own = std::fs::read_to_string("/proc/self/cgroup")?;
    let mounts = std::fs::read_to_string("/proc/self/mountinfo")?;
    for (root, controllers) in hierarchies(&mounts) {
        if !parent.starts_with(&root) {
            continue;
        }
        for line in own.lines() {
            let mut parts = line.splitn(3, ':').skip(1);
            if let (Some(names), Some(path)) = (parts.next(), parts.next())
                && (names.split(',').any(|name| controllers.iter().any(|known| known == name)))
            {
                return Ok(root.join(path.trim_start_matches('/')));
            }
        }
    }
    Err(std::io::Error::other("no cgroup of ours"))
}

/// The mounted hierarchies, each with its controllers: an empty name for the second version.
pub(super) fn hierarchies(mounts: &str) -> Vec<(PathBuf, Vec<String>)> {
    let mut found = Vec::new();
    for line in mounts.lines() {
        let Some((mount, kind)) = line.split_once(" - ") else { continue };
        let Some(at) = mount.split(' ').nth(4) else { continue };
        let mut kind = kind.split(' ');
        let controllers = match kind.next() {
            Some("cgroup2") => vec![String::new()],
            Some("cgroup") => kind.nth(1).unwrap_or_default().split(',').map(str::to_owned).collect(),
            _ => continue,
        };
        found.push((PathBuf::from(at), controllers));
    }
    found
}

/// How machines of this process can be limited.
pub(super) fn find(root: bool) -> Cgroups {
    let none = |why: &str, way_out: &str| {
        Cgroups::None(Forbidden { why: why.to_owned(), way_out: way_out.to_owned() })
    };
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let mut first = (None, None);
    for (at, controllers) in hierarchies(&mounts) {
        let of = |name: &str| {
            own.lines().find_map(|line| {
                let mut parts = line.splitn(3, ':').skip(1);
                let names = parts.next()?;
                names.split(',').any(|other| other == name).then(|| parts.next()).flatten()
            })
        };
        if controllers == [""] {
            let Some(path) = of("") else { continue };
            let own = at.join(path.trim_start_matches('/'));
            // Where processes are, no controller can be handed on: groups are made beside us.
            let parents = [own.parent().map(Path::to_owned), Some(at.clone())];
            if root {
                // Only at the top may there be processes and controllers at once.
                _ = std::fs::write(at.join("cgroup.subtree_control"), "+memory +pids");
            }
            let fits = |parent: &PathBuf| parent.starts_with(&at) && second_version_fits(parent);
            if let Some(parent) = parents.into_iter().flatten().find(fits) {
                return Cgroups::V2(parent);
            }
        } else if root {
            for (name, place) in [("memory", &mut first.0), ("pids", &mut first.1)] {
                if controllers.iter().any(|controller| controller == name) && can_make(&at) {
                    *place = Some(at.clone());
                }
            }
        }
    }
    match first {
        (None, None) if root => none(
            "no control groups can be made here, so limits of machines have no effect",
            "mount a control group hierarchy that can be written to",
        ),
        (None, None) => none(
            "this user has no control groups of its own, so limits of machines have no effect",
            "start this in a session of systemd that has the memory and pids controllers (`systemd-run --user --scope -p Delegate=yes`)",
        ),
        (memory, pids) => Cgroups::V1 { memory, pids },
    }
}

fn second_version_fits(parent: &Path) -> bool {
    let text = std::fs::read_to_string(parent.join("cgroup.subtree_control")).unwrap_or_default();
    let has = |name: &str| text.split_whitespace().any(|controller| controller == name);
    has("memory")
        && has("pids")
        && can_make(parent)
        && rustix::fs::access(parent.join("cgroup.procs"), rustix::fs::Access::WRITE_OK).is_ok()
}

/// Only making one tells: mounts and namespaces forbid it in many ways.
fn can_make(parent: &Path) -> bool {
    let probe = parent.join(format!("{PREFIX}{}-probe", std::process::id()));
    let made = std::fs::create_dir(&probe).is_ok();
    made && std::fs::remove_dir(&probe).is_ok()
}
