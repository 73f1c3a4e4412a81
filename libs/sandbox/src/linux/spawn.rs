//! Programs in the machine. Each is started by a thread of its own, which first becomes what the program shall be: its root directory,
//! directory, rights and ids are the thread's. So nothing needs to happen between fork and exec, and pid 1 stays what it is.

use super::entry::{Entry, NotEntered};
use super::users::{Identity, look_up};
use super::{rights, users};
use crate::{Exec, Ids};
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawn};
use nix::sys::signal::SigSet;
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use rustix::thread::CapabilitySet;
use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where programs are looked for when the environment has no `PATH`; what Docker sets.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// `POSIX_SPAWN_SETSID` of the C library: the program gets a session, and so a process group, of its own.
const NEW_SESSION: i32 = 0x80;

/// The machine as its pid 1 sees it.
#[derive(Debug, Clone)]
pub(super) struct Inside {
    /// Where its root is.
    pub root: PathBuf,
    pub hostname: String,
    pub ids: Ids,
    /// What its programs may do at most.
    pub bounding: CapabilitySet,
    /// The way in, where system calls are filtered.
    pub entry: Option<Arc<Entry>>,
}

/// Why a program was not started, and the code that shells give for it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub text: String,
    pub code: i32,
}

fn refuse(text: impl Into<String>) -> Refusal {
    Refusal { text: text.into(), code: 126 }
}

/// Makes the calling thread one that sees the machine's files only. It cannot be undone: the thread has to end.
pub(super) fn enter(root: &Path) -> Result<(), String> {
    let enter = || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_FS)?;
        rustix::process::chroot(root)?;
        rustix::process::chdir("/")?;
        Ok::<(), std::io::Error>(())
    };
    enter().map_err(|error| format!("cannot enter the machine: {error}"))
}

/// A program about to start, on a thread that has become what it shall be.
pub(super) struct Ready {
    argv: Vec<CString>,
    env: Vec<CString>,
    candidates: Vec<CString>,
    attributes: PosixSpawnAttr,
    entry: Option<Arc<Entry>>,
    /// Our end of its terminal, and the name of the other.
    terminal: Option<(OwnedFd, CString)>,
    /// What it reads, writes, and writes as errors, unless it has a terminal.
    files: Vec<OwnedFd>,
}

impl Inside {
    /// Makes this thread what the program shall be; `files` are what it reads, writes, and writes as errors.
    pub(super) fn prepare(&self, exec: Exec, files: Vec<OwnedFd>) -> Result<Ready, Refusal> {
        enter(&self.root).map_err(refuse)?;
        let who = look_up(Path::new("/"), &exec.user).map_err(refuse)?;
        let directory = if exec.cwd.is_empty() { "/" } else { &exec.cwd };
        change_directory(directory)?;
        for file in &files {
            give(file, &who);
        }
        let unlimited = |error| refuse(format!("cannot limit its rights: {error}"));
        let limited = match &self.entry {
            Some(entry) => entry.limit(),
            None => rights::limit(self.bounding),
        };
        limited.map_err(unlimited)?;
        rights::become_user(&who, &self.ids).map_err(refuse)?;
        if let Some(entry) = &self.entry {
            entry.let_pass(who.uid).map_err(unlimited)?;
        }
        let env = self.environment(&exec, &who);
        let path = env.iter().find(|(name, _)| name == "PATH").map_or(PATH, |(_, value)| value);
        let program = exec.argv.first().filter(|program| !program.is_empty());
        let program = program.ok_or_else(|| refuse("no program is named"))?;
        let candidates = candidates(program, path);
        let terminal = if exec.tty {
            Some(open_terminal().map_err(|error| refuse(format!("cannot make a terminal: {error}")))?)
        } else {
            None
        };
        let text = |text: String| {
            CString::new(text).map_err(|_| refuse("a zero byte is in its arguments or variables"))
        };
        Ok(Ready {
            argv: exec.argv.iter().cloned().map(text).collect::<Result<_, _>>()?,
            env: env
                .into_iter()
                .map(|(name, value)| text(format!("{name}={value}")))
                .collect::<Result<_, _>>()?,
            candidates: candidates.into_iter().map(text).collect::<Result<_, _>>()?,
            attributes: attributes().map_err(|error| refuse(error.to_string()))?,
            entry: self.entry.clone(),
            terminal,
            files,
        })
    }

    fn environment(&self, exec: &Exec, who: &users::Identity) -> Vec<(String, String)> {
        let mut env: Vec<(String, String)> = Vec::new();
        for (name, value) in &exec.env {
            match env.iter_mut().find(|(known, _)| known == name) {
                Some((_, old)) => old.clone_from(value),
                None => env.push((name.clone(), value.clone())),
            }
        }
        let mut default = |name: &str, value: &str| {
            if !env.iter().any(|(known, _)| known == name) {
                env.push((name.to_owned(), value.to_owned()));
            }
        };
        default("PATH", PATH);
        default("HOSTNAME", &self.hostname);
        if exec.tty {
            default("TERM", "xterm");
        }
        default("HOME", &who.home);
        env
    }
}

impl Ready {
    /// Starts it, and gives its number in the machine.
    pub(super) fn start(&self) -> Result<u32, Refusal> {
        let name = self.argv.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut worst = Refusal { text: format!("there is no program `{name}` in the machine"), code: 127 };
        for candidate in &self.candidates {
            let shown = candidate.to_string_lossy();
            let error = match self.attempt(candidate) {
                Ok(pid) => return Ok(pid),
                Err(NotEntered::Limits(error)) => {
                    return Err(refuse(format!("cannot filter the system calls of `{shown}`: {error}")));
                }
                Err(NotEntered::Program(error)) => error,
            };
            match error {
                Errno::NOENT | Errno::NOTDIR => {
                    let there =
                        rustix::fs::statat(rustix::fs::CWD, candidate.as_c_str(), AtFlags::empty()).is_ok();
                    if there && error == Errno::NOENT {
                        let text = format!(
                            "cannot run `{shown}`: the interpreter or loader that it names is missing"
                        );
                        return Err(Refusal { text, code: 127 });
                    }
                }
                _ => worst = Refusal { text: format!("cannot run `{shown}`: {error}"), code: 126 },
            }
            // Only a program without rights lets the search go on, as in shells.
            if !matches!(error, Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) {
                break;
            }
        }
        Err(worst)
    }

    /// Our end of its terminal.
    pub(super) fn terminal(&self) -> Option<BorrowedFd<'_>> {
        self.terminal.as_ref().map(|(ours, _)| ours.as_fd())
    }

    fn files(&self) -> nix::Result<PosixSpawnFileActions> {
        let mut actions = PosixSpawnFileActions::init()?;
        if let Some((_, name)) = &self.terminal {
            // The first terminal that the leader of a new session opens becomes its own.
            let (flags, mode) = (nix::fcntl::OFlag::O_RDWR, nix::sys::stat::Mode::empty());
            actions.add_open(0, name.as_c_str(), flags, mode)?;
            actions.add_dup2(0, 1)?;
            actions.add_dup2(0, 2)?;
        } else {
            for (number, file) in (0..3).zip(&self.files) {
                actions.add_dup2(file.as_raw_fd(), number)?;
            }
        }
        Ok(actions)
    }

    fn attempt(&self, program: &CStr) -> Result<u32, NotEntered> {
        let failed = |error: nix::errno::Errno| NotEntered::Program(Errno::from_raw_os_error(error as i32));
        let actions = self.files().map_err(failed)?;
        let Some(entry) = &self.entry else {
            let pid = posix_spawn(program, &actions, &self.attributes, &self.argv, &self.env);
            return pid.map(|pid| pid.as_raw().unsigned_abs()).map_err(failed);
        };
        // What is looked for in many places is in few.
        rustix::fs::statat(rustix::fs::CWD, program, AtFlags::empty()).map_err(NotEntered::Program)?;
        entry.spawn(program, actions, &self.attributes, &self.argv, &self.env)
    }
}

fn candidates(program: &str, path: &str) -> Vec<String> {
    if program.contains('/') {
        return vec![program.to_owned()];
    }
    path.split(':')
        .map(|directory| if directory.is_empty() { "." } else { directory })
        .map(|directory| format!("{directory}/{program}"))
        .collect()
}

fn change_directory(path: &str) -> Result<(), Refusal> {
    let change = || match rustix::process::chdir(path) {
        Err(Errno::NOENT) => {
            std::fs::create_dir_all(path)?;
            Ok(rustix::process::chdir(path)?)
        }
        changed => Ok::<(), std::io::Error>(changed?),
    };
    change().map_err(|error| refuse(format!("cannot go to the directory {path}: {error}")))
}

/// Makes a pipe somebody's, so that they can open it again as `/dev/stdout`.
fn give(file: &OwnedFd, who: &Identity) {
    let pipe =
        rustix::fs::fstat(file).is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Fifo);
    if pipe && who.uid != 0 {
        let (uid, gid) = (rustix::fs::Uid::from_raw(who.uid), rustix::fs::Gid::from_raw(who.gid));
        _ = rustix::fs::fchown(file, Some(uid), Some(gid));
    }
}

/// A new terminal of the machine: our end, and its name.
fn open_terminal() -> Result<(OwnedFd, CString), Errno> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let master = rustix::fs::open("/dev/pts/ptmx", flags, Mode::empty())?;
    rustix::pty::unlockpt(master.as_fd())?;
    let name = rustix::pty::ptsname(master.as_fd(), Vec::new())?;
    Ok((master, name))
}

/// A session of its own, and no signal blocked or ignored.
fn attributes() -> nix::Result<PosixSpawnAttr> {
    let mut attributes = PosixSpawnAttr::init()?;
    let flags = PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF | PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK;
    attributes.set_flags(flags | PosixSpawnFlags::from_bits_retain(NEW_SESSION))?;
    attributes.set_sigdefault(&SigSet::all())?;
    attributes.set_sigmask(&SigSet::empty())?;
    Ok(attributes)
}
