//! What is mounted into the machine's root: processes, devices, names, the caller's directories; and what of it is hidden.

use super::devices;
use super::network::{Resolved, hosts};
use super::tree::{Frame, Place};
use super::wire::{At, Begin, Failure, Step};
use rustix::fs::{CWD, Mode, StatVfsMountFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Parts of /proc and /sys that tell or do things to the whole host; files and directories.
const HIDDEN: &[&str] = &[
    "proc/acpi",
    "proc/asound",
    "proc/interrupts",
    "proc/kcore",
    "proc/keys",
    "proc/latency_stats",
    "proc/sched_debug",
    "proc/scsi",
    "proc/timer_list",
    "proc/timer_stats",
    "sys/devices/virtual/powercap",
    "sys/firmware",
];
/// Parts of /proc that may be seen but not changed.
const READ_ONLY: &[&str] = &["proc/bus", "proc/fs", "proc/irq", "proc/sys", "proc/sysrq-trigger"];
/// Flags of most mounts here.
const CLOSED: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);
/// Names that the machine has from us, and the files in [`Frame`] that hold them.
const NAMES: [(&str, &str); 3] =
    [("/etc/hosts", "hosts"), ("/etc/hostname", "hostname"), ("/etc/resolv.conf", "resolv.conf")];

/// A directory in memory that was asked for.
struct Memory {
    path: PathBuf,
    options: String,
}

fn memory(begin: &Begin) -> Vec<Memory> {
    let split = |text: &String| {
        let (path, options) = text.split_once(':').unwrap_or((text, ""));
        Memory { path: path.into(), options: options.to_owned() }
    };
    begin.spec.setup.tmpfs.iter().map(split).collect()
}

/// Every place where something will be mounted, in the order of [`fill`].
pub(super) fn places(begin: &Begin) -> Vec<Place> {
    let place = |path: &Path, directory| Place { path: path.to_owned(), directory };
    let mut places: Vec<Place> =
        ["/proc", "/sys", "/dev"].iter().map(|path| place(Path::new(path), true)).collect();
    places.extend(NAMES.iter().map(|(path, _)| place(Path::new(path), false)));
    places.extend(memory(begin).iter().map(|memory| place(&memory.path, true)));
    places.extend(begin.spec.setup.binds.iter().map(|bind| place(&bind.machine, bind.host.is_dir())));
    places
}

/// Mounts everything at the places that [`places`] named, as [`Frame::mount`] found them.
pub(super) fn fill(
    frame: &Frame,
    begin: &Begin,
    network: &Resolved,
    places: &[Place],
) -> Result<(), Failure> {
    let root = frame.root();
    let mut places = places.iter().map(|place| root.join(&place.path));
    let mut next =
        || places.next().ok_or_else(|| Failure::said(Step::Mount, "a place to mount on is missing"));
    let (proc, sys, dev) = (next()?, next()?, next()?);
    rustix::mount::mount("proc", &proc, "proc", CLOSED, None).at(Step::Proc, "cannot mount /proc")?;
    system(begin, network, &sys)?;
    devices::mount(begin, &dev)?;
    let spec = &begin.spec;
    let texts = [
        hosts(&spec.setup.hostname, &spec.setup.hosts),
        format!("{}\n", spec.setup.hostname),
        begin.resolver.clone(),
    ];
    for ((_, name), text) in NAMES.iter().zip(texts) {
        let file = frame.at.join("files").join(name);
        std::fs::write(&file, text).at(Step::Mount, "cannot write the machine's names")?;
        let at = next()?;
        rustix::mount::mount_bind(&file, &at)
            .at(Step::Mount, format_args!("cannot mount the machine's {name}"))?;
    }
    for memory in memory(begin) {
        in_memory(&memory, &next()?)?;
    }
    for bind in &spec.setup.binds {
        let what = format!("cannot mount {} at {}", bind.host.display(), bind.machine.display());
        let at = next()?;
        in_new_mount(&at, bind.host.is_dir()).at(Step::Mount, &what)?;
        rustix::mount::mount_bind_recursive(&bind.host, &at).at(Step::Mount, &what)?;
        if bind.read_only {
            read_only(&at).at(Step::Mount, what)?;
        }
    }
    if !spec.setup.privileged {
        hide(&root)?;
    }
    Ok(())
}

/// Makes a place that an earlier mount has hidden: a directory of the host in a filesystem in memory.
fn in_new_mount(at: &Path, directory: bool) -> std::io::Result<()> {
    match at.parent() {
        _ if at.exists() => Ok(()),
        _ if directory => std::fs::create_dir_all(at),
        Some(parent) => std::fs::create_dir_all(parent).and_then(|()| std::fs::File::create(at).map(|_| ())),
        None => Ok(()),
    }
}

fn in_memory(memory: &Memory, at: &Path) -> Result<(), Failure> {
    let what = format!("cannot mount a filesystem in memory at {}", memory.path.display());
    let mut flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    let mut rest = Vec::new();
    for option in memory.options.split(',').filter(|option| !option.is_empty()) {
        match option {
            "exec" => flags.remove(MountFlags::NOEXEC),
            "suid" => flags.remove(MountFlags::NOSUID),
            "dev" => flags.remove(MountFlags::NODEV),
            "ro" => flags.insert(MountFlags::RDONLY),
            "rw" | "noexec" | "nosuid" | "nodev" => {}
            other => rest.push(other),
        }
    }
    let options = CString::new(rest.join(",")).map_err(|_| Failure::said(Step::Mount, what.clone()))?;
    rustix::mount::mount("tmpfs", at, "tmpfs", flags, Some(options.as_c_str())).at(Step::Mount, what)
}

/// Mounts /sys. A new one shows the network of the machine; it belongs to whoever owns that, and so may be refused.
fn system(begin: &Begin, network: &Resolved, at: &Path) -> Result<(), Failure> {
    let what = "cannot mount /sys";
    let change = if begin.spec.setup.privileged { MountFlags::empty() } else { MountFlags::RDONLY };
    let own = begin.abilities.root || *network != Resolved::Host;
    let new = || rustix::mount::mount("sysfs", at, "sysfs", CLOSED | change, None);
    if own && new().is_ok() {
        return Ok(());
    }
    rustix::mount::mount_bind_recursive("/sys", at).at(Step::Mount, what)?;
    if begin.spec.setup.privileged { Ok(()) } else { read_only(at).at(Step::Mount, what) }
}

/// Makes one mount read-only. Flags that it has must be given again: in a user namespace they are locked.
fn read_only(at: &Path) -> Result<(), Errno> {
    let had = rustix::fs::statvfs(at)?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    for (has, flag) in [
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ] {
        if had.contains(has) {
            flags |= flag;
        }
    }
    rustix::mount::mount_remount(at, flags, c"")
}

fn hide(root: &Path) -> Result<(), Failure> {
    for name in READ_ONLY {
        let at = root.join(name);
        let seal = || rustix::mount::mount_bind_recursive(&at, &at).and_then(|()| read_only(&at));
        if at.exists() {
            seal().at(Step::Mount, format_args!("cannot make /{name} read-only"))?;
        }
    }
    for name in HIDDEN {
        let at = root.join(name);
        let Ok(meta) = at.symlink_metadata() else { continue };
        if meta.is_dir() {
            let options = Some(c"size=0k,mode=0555");
            rustix::mount::mount("tmpfs", &at, "tmpfs", CLOSED | MountFlags::RDONLY, options)
        } else {
            rustix::mount::mount_bind(root.join("dev/null"), &at)
        }
        .at(Step::Mount, format_args!("cannot hide /{name}"))?;
    }
    Ok(())
}

/// Leaves the host's files behind. The machine's processes live below `/root` of what is then our root, so that they cannot make user
/// namespaces: the kernel refuses that to whoever does not see the whole of its mount namespace. A privileged machine gets it as `/`.
pub(super) fn leave_host(frame: &Frame, privileged: bool) -> Result<PathBuf, Failure> {
    let new = if privileged { frame.root() } else { frame.at.clone() };
    let what = "cannot leave the host's files behind";
    rustix::process::chdir(&new).at(Step::Mount, what)?;
    rustix::process::pivot_root(".", ".").at(Step::Mount, what)?;
    rustix::mount::unmount(".", UnmountFlags::DETACH).at(Step::Mount, what)?;
    rustix::process::chdir("/").at(Step::Mount, what)?;
    if privileged {
        return Ok("/".into());
    }
    read_only(Path::new("/")).at(Step::Mount, what)?;
    Ok("/root".into())
}

/// Starts `fuse-overlayfs`; it goes to the background when the tree is there.
#[expect(clippy::disallowed_methods, reason = "this library knows no builds: pid 1 owns the tree's daemon")]
pub(super) fn fuse_overlay(program: &Path, options: &str, at: &Path) -> Result<(), Failure> {
    let output = Command::new(program)
        .arg("-o")
        .arg(options)
        .arg(at)
        .stdin(Stdio::null())
        .output()
        .at(Step::Overlay, format_args!("cannot start {}", program.display()))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Failure::said(Step::Overlay, format!("{} failed: {}", program.display(), text.trim())))
}

/// Whether a tree can really be changed: some filesystems let overlayfs mount, and fail later.
pub(super) fn trial(root: &Path) -> std::io::Result<()> {
    let directory = root.join("lower-directory");
    std::fs::remove_dir_all(&directory)?;
    std::fs::create_dir(&directory)?;
    std::fs::write(directory.join("file"), "text")?;
    std::fs::remove_file(root.join("lower-file"))?;
    rustix::fs::mknodat(CWD, root.join("pipe"), rustix::fs::FileType::Fifo, Mode::RUSR, 0)?;
    Ok(())
}
