//! The machine's root directory: a writable tree over read-only ones, with places to mount on that never show up in what changed.

use super::wire::{At, Begin, Failure, Step};
use super::{changes, copy, mounts};
use crate::Overlay;
use rustix::fs::{AtFlags, FileType, Gid, Mode, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use rustix::mount::{MountFlags, UnmountFlags};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

/// A place in the machine where something will be mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Absolute, as the machine sees it.
    pub path: PathBuf,
    pub directory: bool,
}

/// The directory of our own around the machine's root: a filesystem in memory at [`crate::Spec::mount`]. Root of the machine may get out
/// of its root directory into this one (it may change root directories), so nothing in it may be of use.
///
/// | in it | what |
/// |---|---|
/// | `root` | the machine's root |
/// | `init` | a lower tree with nothing but places to mount on |
/// | `files` | what is mounted over `/etc/hosts` and the like |
/// | `layers` | short names of the trees, since the kernel takes one page of options |
pub(super) struct Frame {
    pub at: PathBuf,
}

impl Frame {
    /// Makes it. Everything mounted from here on is seen by this mount namespace alone.
    pub(super) fn make(at: &Path) -> Result<Self, Failure> {
        let flags = MountFlags::NOSUID | MountFlags::NODEV;
        rustix::mount::mount("tmpfs", at, "tmpfs", flags, Some(c"mode=0755,size=64m"))
            .at(Step::Mount, format_args!("cannot mount a filesystem in memory at {}", at.display()))?;
        for name in ["root", "init", "files", "layers"] {
            std::fs::create_dir(at.join(name)).at(Step::Mount, "cannot make directories of our own")?;
        }
        Ok(Self { at: at.to_owned() })
    }

    pub(super) fn root(&self) -> PathBuf {
        self.at.join("root")
    }

    fn link(&self, name: &str, to: &Path) -> Result<(), Failure> {
        std::os::unix::fs::symlink(to, self.at.join("layers").join(name))
            .at(Step::Mount, "cannot name a tree")
    }

    /// Mounts the machine's root and gives the places, links resolved.
    pub(super) fn mount(&self, begin: &Begin, places: &[Place]) -> Result<Vec<Place>, Failure> {
        let spec = &begin.spec;
        let mut names: Vec<String> = Vec::new();
        for (number, lower) in spec.lower.iter().enumerate() {
            let name = number.to_string();
            self.link(&name, lower)?;
            names.push(name);
        }
        self.link("i", &self.at.join("init"))?;
        self.link("u", &spec.upper)?;
        self.link("w", &spec.work)?;
        rustix::process::chdir(self.at.join("layers")).at(Step::Mount, "cannot go to the trees")?;
        if begin.abilities.overlay == Overlay::Copy {
            return self.copied(begin, places);
        }
        let found = match names.as_slice() {
            [] => self.places(&self.at.join("init"), places)?,
            [only] => self.places(&self.at.join("layers").join(only), places)?,
            _ => {
                let options = format!("lowerdir={}", names.join(":"));
                self.overlay(&begin.abilities.overlay, &options, MountFlags::RDONLY)?;
                let found = self.places(&self.root(), places);
                rustix::mount::unmount(self.root(), UnmountFlags::DETACH)
                    .at(Step::Mount, "cannot unmount the read-only tree")?;
                found?
            }
        };
        names.insert(0, "i".to_owned());
        let stack = format!("lowerdir={},upperdir=u,workdir=w", names.join(":"));
        match &begin.abilities.overlay {
            Overlay::Fuse(_) => {
                self.processes()?;
                self.overlay(&begin.abilities.overlay, &stack, MountFlags::empty())?;
            }
            _ => self.kernel(begin, &stack)?,
        }
        Ok(found)
    }

    /// The kernel's overlayfs with what makes its upper directories plain layers; old kernels know fewer words.
    fn kernel(&self, begin: &Begin, stack: &str) -> Result<(), Failure> {
        let user = if begin.abilities.root { "" } else { ",userxattr" };
        let words = [
            ",redirect_dir=off,metacopy=off,index=off,volatile",
            ",redirect_dir=off,metacopy=off,index=off",
            "",
        ];
        let mut last = None;
        for words in words {
            let options = format!("{stack}{words}{user}");
            match self.overlay(&begin.abilities.overlay, &options, MountFlags::empty()) {
                Err(failure) if failure.errno == Errno::INVAL.raw_os_error() => last = Some(failure),
                other => return other,
            }
        }
        last.map_or(Ok(()), Err)
    }

    fn overlay(&self, kind: &Overlay, options: &str, flags: MountFlags) -> Result<(), Failure> {
        if let Overlay::Fuse(program) = kind {
            return mounts::fuse_overlay(program, options, &self.root());
        }
        let text = std::ffi::CString::new(options)
            .map_err(|_| Failure::said(Step::Overlay, "a path has a zero byte"))?;
        rustix::mount::mount("overlay", self.root(), "overlay", flags, Some(text.as_c_str()))
            .at(Step::Overlay, "cannot mount overlayfs")
    }

    /// `fuse-overlayfs` goes by names in /proc, and once the host is left behind this directory is its root.
    fn processes(&self) -> Result<(), Failure> {
        let at = self.at.join("proc");
        std::fs::create_dir(&at).at(Step::Mount, "cannot make directories of our own")?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC | MountFlags::RDONLY;
        rustix::mount::mount("proc", &at, "proc", flags, None).at(Step::Proc, "cannot mount /proc")
    }

    /// A copy of everything. Places that are missing are made in it, too, but before it is noted how it looks.
    fn copied(&self, begin: &Begin, places: &[Place]) -> Result<Vec<Place>, Failure> {
        let spec = &begin.spec;
        copy::merge(&spec.lower, &spec.work).at(Step::Overlay, "cannot copy the trees")?;
        rustix::mount::mount_bind(copy::tree(&spec.work), self.root())
            .at(Step::Mount, "cannot mount the copied tree")?;
        let mut found = Vec::new();
        for place in places {
            let path = locate(&self.root(), &place.path).at(Step::Mount, place.path.display())?;
            make(&self.root(), &self.root(), &path, place.directory).at(Step::Mount, place.path.display())?;
            found.push(Place { path, directory: place.directory });
        }
        changes::note(&spec.work).at(Step::Overlay, "cannot note how the copied tree looks")?;
        Ok(found)
    }

    /// Finds the places in what is there, and makes those that are missing in the `init` tree.
    fn places(&self, merged: &Path, places: &[Place]) -> Result<Vec<Place>, Failure> {
        let init = self.at.join("init");
        let mut found = Vec::new();
        for place in places {
            let path = locate(merged, &place.path).at(Step::Mount, place.path.display())?;
            make(merged, &init, &path, place.directory).at(Step::Mount, place.path.display())?;
            found.push(Place { path, directory: place.directory });
        }
        for made in walk_directories(&init) {
            like(&merged.join(&made), &init.join(&made));
        }
        Ok(found)
    }
}

/// Where a path of the machine leads: relative to its root, links resolved within it, whether it exists or not. Nothing runs in the machine
/// yet, so nothing changes under our feet.
pub(super) fn locate(root: &Path, path: &Path) -> std::io::Result<PathBuf> {
    let parts = |path: &Path| -> Vec<OsString> {
        let keep = |part: Component<'_>| match part {
            Component::Normal(name) => Some(name.to_owned()),
            Component::ParentDir => Some("..".into()),
            _ => None,
        };
        path.components().rev().filter_map(keep).collect()
    };
    let mut todo = parts(path);
    let mut done = PathBuf::new();
    let mut links = 40;
    while let Some(part) = todo.pop() {
        if part == ".." {
            done.pop();
            continue;
        }
        let next = done.join(&part);
        match std::fs::read_link(root.join(&next)) {
            Ok(target) => {
                links -= 1;
                if links == 0 {
                    return Err(Errno::LOOP.into());
                }
                if target.is_absolute() {
                    done = PathBuf::new();
                }
                todo.extend(parts(&target));
            }
            Err(_) => done = next,
        }
    }
    Ok(done)
}

/// Makes in `into` what is missing in `merged` of this resolved path.
fn make(merged: &Path, into: &Path, path: &Path, directory: bool) -> std::io::Result<()> {
    if merged.join(path).symlink_metadata().is_ok() || into.join(path).symlink_metadata().is_ok() {
        return Ok(());
    }
    let mut so_far = PathBuf::new();
    let parts: Vec<_> = path.components().collect();
    for (number, part) in parts.iter().enumerate() {
        so_far.push(part);
        let target = into.join(&so_far);
        let last = number + 1 == parts.len();
        if target.symlink_metadata().is_ok() {
            continue;
        }
        if last && !directory {
            std::fs::File::create_new(&target)?;
            std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o644))?;
        } else {
            std::fs::create_dir(&target)?;
            std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o755))?;
        }
    }
    Ok(())
}

fn walk_directories(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    let mut next = 0;
    while let Some(directory) = found.get(next).cloned() {
        next += 1;
        for entry in std::fs::read_dir(root.join(&directory)).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                found.push(directory.join(entry.file_name()));
            }
        }
    }
    // Children first: making them changed their parents' times.
    found.reverse();
    found
}

/// Gives a directory the looks of another: what overlayfs shows of a merged directory is the topmost one's.
fn like(original: &Path, copy: &Path) {
    let Ok(meta) = original.symlink_metadata() else { return };
    if FileType::from_raw_mode(meta.mode()) != FileType::Directory {
        return;
    }
    let flags = AtFlags::SYMLINK_NOFOLLOW;
    let (uid, gid) = (Uid::from_raw(meta.uid()), Gid::from_raw(meta.gid()));
    // Ids that this user namespace does not have cannot be given; they show as nobody's either way.
    _ = rustix::fs::chownat(rustix::fs::CWD, copy, Some(uid), Some(gid), flags);
    _ = rustix::fs::chmodat(
        rustix::fs::CWD,
        copy,
        Mode::from_raw_mode(meta.mode() & 0o7777),
        AtFlags::empty(),
    );
    copy::attributes(original, copy, |name| !name.as_bytes().windows(8).any(|part| part == b".overlay"));
    let time = |seconds: i64, nanos: i64| Timespec { tv_sec: seconds, tv_nsec: nanos };
    let times = Timestamps {
        last_access: time(meta.atime(), meta.atime_nsec()),
        last_modification: time(meta.mtime(), meta.mtime_nsec()),
    };
    _ = rustix::fs::utimensat(rustix::fs::CWD, copy, &times, flags);
}
