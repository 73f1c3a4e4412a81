//! The machine's /dev.

use super::wire::{At, Begin, Failure, Step};
use rustix::fs::{CWD, FileType, Mode, makedev};
use rustix::io::Errno;
use rustix::mount::MountFlags;
use std::ffi::CString;
use std::fs::File;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

/// What every machine has, with its numbers.
const NODES: [(&str, u32, u32); 6] =
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
const LINKS: [(&str, &str); 5] = [
    ("/proc/self/fd", "fd"),
    ("/proc/self/fd/0", "stdin"),
    ("/proc/self/fd/1", "stdout"),
    ("/proc/self/fd/2", "stderr"),
    ("pts/ptmx", "ptmx"),
];
/// What a privileged machine in a user namespace gets besides, if its user may use it on the host.
const MORE: [&str; 4] = ["fuse", "net/tun", "kvm", "loop-control"];

pub(super) fn mount(begin: &Begin, at: &Path) -> Result<(), Failure> {
    let what = "cannot make the machine's /dev";
    let new = |kind: &str, name: &str, flags: MountFlags, options: &str| {
        let target = at.join(name);
        if !name.is_empty() {
            std::fs::create_dir(&target).at(Step::Mount, what)?;
        }
        let options = CString::new(options).map_err(|_| Failure::said(Step::Mount, what))?;
        rustix::mount::mount(kind, &target, kind, flags, Some(options.as_c_str()))
            .at(Step::Mount, format_args!("cannot mount /dev/{name}"))
    };
    let closed = MountFlags::NOSUID | MountFlags::NOEXEC;
    new("tmpfs", "", MountFlags::NOSUID | MountFlags::STRICTATIME, "mode=0755,size=64k")?;
    terminals(&at.join("pts")).at(Step::Mount, "cannot mount /dev/pts")?;
    new("tmpfs", "shm", closed | MountFlags::NODEV, "mode=1777,size=65536k")?;
    // Some kernels have no message queues.
    if std::fs::create_dir(at.join("mqueue")).is_ok() {
        _ = rustix::mount::mount("mqueue", at.join("mqueue"), "mqueue", closed | MountFlags::NODEV, None);
    }
    for (name, major, minor) in NODES {
        if begin.abilities.root {
            node(&at.join(name), FileType::CharacterDevice, 0o666, makedev(major, minor))
                .at(Step::Mount, what)?;
        } else {
            bound(&Path::new("/dev").join(name), &at.join(name)).at(Step::Mount, what)?;
        }
    }
    for (target, name) in LINKS {
        symlink(target, at.join(name)).at(Step::Mount, what)?;
    }
    if begin.spec.setup.privileged && begin.abilities.root {
        like_host(Path::new("/dev"), at);
    } else if begin.spec.setup.privileged {
        for name in MORE {
            // What this user has no right to is missing.
            _ = at.join(name).parent().map(std::fs::create_dir_all);
            _ = bound(&Path::new("/dev").join(name), &at.join(name));
        }
    }
    Ok(())
}

/// Terminals belong to the group tty, where there is such an id.
fn terminals(at: &Path) -> std::io::Result<()> {
    std::fs::create_dir(at)?;
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    let mount = |options| rustix::mount::mount("devpts", at, "devpts", flags, Some(options));
    Ok(match mount(c"newinstance,ptmxmode=0666,mode=0620,gid=5") {
        Err(Errno::INVAL) => mount(c"newinstance,ptmxmode=0666,mode=0620"),
        mounted => mounted,
    }?)
}

fn node(at: &Path, kind: FileType, mode: u32, device: u64) -> std::io::Result<()> {
    rustix::fs::mknodat(CWD, at, kind, Mode::from_raw_mode(mode), device)?;
    std::fs::set_permissions(at, std::fs::Permissions::from_mode(mode))
}

/// The host's own node: user namespaces cannot make any.
fn bound(host: &Path, at: &Path) -> std::io::Result<()> {
    host.symlink_metadata()?;
    File::create(at)?;
    Ok(rustix::mount::mount_bind(host, at)?)
}

/// The host's devices, as far as they are not there already.
fn like_host(host: &Path, at: &Path) {
    for entry in std::fs::read_dir(host).into_iter().flatten().flatten() {
        let target = at.join(entry.file_name());
        let Ok(meta) = entry.path().symlink_metadata() else { continue };
        if meta.is_dir() {
            // Mounts of their own in the machine, too.
            if !target.exists() && std::fs::create_dir(&target).is_ok() {
                like_host(&entry.path(), &target);
            }
        } else if meta.file_type().is_char_device() || meta.file_type().is_block_device() {
            let kind = FileType::from_raw_mode(meta.mode());
            _ = node(&target, kind, meta.mode() & 0o7777, meta.rdev());
        }
    }
}
