//! The same cases as other users; and looking after what is left.

use sandbox::{Net, Overlay};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// An ordinary user.
const USER: u32 = 12345;

/// A directory for machines, on a disk: what is in memory may refuse overlayfs.
pub fn directory() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("machines-").tempdir_in("/var/tmp").unwrap()
}

/// This program again.
pub fn again(words: &[&str]) -> Command {
    let mut command = command(&std::env::current_exe().unwrap());
    command.args(words);
    command
}

#[expect(clippy::disallowed_methods, reason = "a test starts itself again")]
fn command(program: &Path) -> Command {
    Command::new(program)
}

/// Whether this is root of the host, who can be everybody.
pub fn can_be_others() -> bool {
    let status = command(Path::new("unshare")).args(["-m", "true"]).stderr(Stdio::null()).status();
    let can = rustix::process::geteuid().is_root() && status.is_ok_and(|status| status.success());
    if !can {
        super::cases::say("skipped: the cases of other users need root of the host");
    }
    can
}

/// The cases as ordinary users, one without a range of ids and one with.
pub fn others(words: &[&str]) {
    let dir = tempfile::Builder::new().prefix("machines-").tempdir_in("/var/tmp").unwrap();
    let set =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(dir.path(), 0o755);
    // The directory of tests may be closed to others.
    let program = dir.path().join("tests");
    std::fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    set(&program, 0o755);
    let empty = dir.path().join("empty");
    let range = dir.path().join("range");
    std::fs::write(&empty, "").unwrap();
    std::fs::write(&range, format!("{USER}:200000:65536\n")).unwrap();
    for (expected, file) in [("single", &empty), ("range", &range), ("nested", &range)] {
        if expected != "single" && !Path::new("/usr/bin/newuidmap").exists() {
            super::cases::say("skipped: machines with a range of ids need the package uidmap");
            continue;
        }
        // What udev gives to everybody on most hosts, and a host without it to root alone.
        let devices = "for d in net/tun:200 fuse:229; do n=${d%:*}; f=$(basename $n); if test -e /dev/$n; then \
             mknod -m 666 $f c 10 ${d#*:} 2>/dev/null; mount --bind $f /dev/$n; fi; done";
        // Ours, so that what belongs to ids of the range can be removed.
        let own = dir.path().join(format!("user-{expected}"));
        std::fs::create_dir(&own).unwrap();
        std::os::unix::fs::chown(&own, Some(USER), Some(USER)).unwrap();
        let line = format!(
            "cd {dir}; {devices}; touch /etc/subuid /etc/subgid && mount --bind {file} /etc/subuid && \
             mount --bind {file} /etc/subgid && (cat /etc/passwd; echo machines:x:{USER}:{USER}::/:/bin/sh) > passwd && \
             mount --bind passwd /etc/passwd && \
             exec setpriv --reuid={USER} --regid={USER} --clear-groups {nest} ./tests as-user '{expected} {}' {dir}/user-{expected}",
            words.join(" "),
            nest = if expected == "nested" { "unshare -U --map-root-user --map-auto" } else { "" },
            dir = dir.path().display(),
            file = file.display(),
        );
        let status =
            command(Path::new("unshare")).args(["-m", "sh", "-c", &line]).stdin(Stdio::null()).status();
        assert!(status.unwrap().success(), "as a user with {expected} id(s)");
    }
}

/// Fails unless every process with this in its command line goes away soon. Those of other tests at the same time have another parent.
pub fn assert_gone(part: &str) {
    let start = Instant::now();
    loop {
        let left = processes(part);
        if left.is_empty() {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "still there: {left:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Kills this part of this process's machine.
pub fn kill_part(part: &str) {
    rustix::process::kill_process(find_part(part), rustix::process::Signal::KILL).unwrap();
}

/// A part of this process's machine.
pub fn find_part(part: &str) -> rustix::process::Pid {
    let own = Some(std::process::id());
    let grandparent = |path: &Path| parent(&Path::new("/proc").join(parent(path)?.to_string()));
    let ours = processes(&format!("__machine {part}"))
        .into_iter()
        .map(|(path, _)| path)
        .find(|path| parent(path) == own || grandparent(path) == own);
    let pid = ours.unwrap().file_name().unwrap().to_str().unwrap().parse().unwrap();
    rustix::process::Pid::from_raw(pid).unwrap()
}

/// The processes whose parents have this in their command lines.
pub fn children(part: &str) -> Vec<PathBuf> {
    let parents: Vec<PathBuf> = processes(part).into_iter().map(|(path, _)| path).collect();
    let of = |path: &PathBuf| parent(path).map(|parent| Path::new("/proc").join(parent.to_string()));
    let entries = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    entries.filter(|path| of(path).is_some_and(|parent| parents.contains(&parent))).collect()
}

fn parent(path: &Path) -> Option<u32> {
    let stat = std::fs::read_to_string(path.join("stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

fn processes(part: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let Ok(line) = std::fs::read(entry.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        if line.contains(part) {
            found.push((entry.path(), line));
        }
    }
    found
}

/// What other hosts have instead of this overlay, as far as it can be had here.
pub fn lesser_overlays(best: &Overlay) -> Vec<Overlay> {
    let mut lesser = vec![Overlay::Copy];
    let fuse = PathBuf::from("/usr/bin/fuse-overlayfs");
    let usable = std::fs::OpenOptions::new().read(true).write(true).open("/dev/fuse").is_ok();
    if fuse.exists() && usable {
        lesser.push(Overlay::Fuse(fuse));
    } else {
        super::cases::say("skipped: fuse-overlayfs or /dev/fuse is not here");
    }
    lesser.retain(|overlay| overlay != best);
    lesser
}

/// The same for networks.
pub fn lesser_networks(best: &Net) -> Vec<Net> {
    let slirp = PathBuf::from("/usr/bin/slirp4netns");
    let lesser = [Net::Host, Net::Slirp(slirp)];
    lesser.into_iter().filter(|net| net != best && (*net == Net::Host || *best != Net::Host)).collect()
}
