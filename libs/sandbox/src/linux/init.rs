//! Pid 1 of a machine: makes its files, then serves the caller until it says stop, or is gone.

use super::entry::Entry;
use super::keeper::{hear, io, run_task, say};
use super::reap::Reaper;
use super::spawn::{self, Inside};
use super::tree::Frame;
use super::wire::{Answer, At, Begin, Failure, Packed, Parcel, Request, Step};
use super::{mounts, network, rights};
use crate::{Exec, Task};
use nix::sched::CloneFlags;
use rustix::fs::Mode;
use rustix::mount::{MountPropagationFlags, UnmountFlags};
use rustix::net::SendFlags;
use rustix::process::Signal;
use std::collections::BTreeSet;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long processes have between the word to end and their end.
const GRACE: Duration = Duration::from_millis(1000);
/// What tasks may expect: as much as a main thread has. It costs nothing until it is used.
const STACK: usize = 8 << 20;

type Tasks = Vec<(&'static str, Task)>;

struct Machine {
    socket: OwnedFd,
    inside: Inside,
    reaper: Reaper,
    tasks: Tasks,
    /// Where we see the processes.
    proc: PathBuf,
    /// Processes that serve the machine's files: they are the last to end.
    servants: BTreeSet<u32>,
}

pub(super) fn run(socket: OwnedFd, tasks: &[(&'static str, Task)]) -> u8 {
    _ = rustix::process::set_parent_process_death_signal(Some(Signal::KILL));
    let Some(Parcel { message: Request::Begin(begin), .. }) = hear(&socket) else { return 1 };
    if let Ok(null) = std::fs::File::open("/dev/null") {
        _ = rustix::stdio::dup2_stdin(null);
    }
    let machine = match make(&socket, &begin, tasks) {
        Ok(machine) => machine,
        Err(failure) => {
            say(&socket, &Answer::Failed(failure), &[]);
            return 0;
        }
    };
    let machine = Arc::new(machine);
    let reaping = Arc::clone(&machine);
    thread(move || {
        reaping.reaper.run(|id, status| say(&reaping.socket, &Answer::Ended { id, status }, &[]));
    });
    say(&machine.socket, &Answer::Ready, &[]);
    while let Some(parcel) = hear(&machine.socket) {
        if !machine.serve(parcel) {
            break;
        }
    }
    0
}

fn make(socket: &OwnedFd, begin: &Begin, tasks: &[(&'static str, Task)]) -> Result<Machine, Failure> {
    let spec = &begin.spec;
    let bounding = rights::bounding(&spec.setup.capabilities, spec.setup.privileged)
        .map_err(|text| Failure::said(Step::Other, text))?;
    let network = network::resolve(begin);
    let flags = CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWIPC | CloneFlags::CLONE_NEWUTS;
    nix::sched::unshare(flags).at(Step::Namespaces, "cannot make namespaces for files and names")?;
    // Kernels without control groups have no namespace for them.
    _ = nix::sched::unshare(CloneFlags::CLONE_NEWCGROUP);
    rustix::process::umask(Mode::WGRP | Mode::WOTH);
    rustix::system::sethostname(spec.setup.hostname.as_bytes())
        .at(Step::Other, "cannot set the machine's name")?;
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .at(Step::Mount, "cannot make the mounts private")?;
    let frame = Frame::make(&spec.mount)?;
    let places = frame.mount(begin, &mounts::places(begin))?;
    if begin.trial {
        mounts::trial(&frame.root()).at(Step::Overlay, "the tree cannot be changed")?;
    }
    mounts::fill(&frame, begin, &network, &places)?;
    let filtered = !spec.setup.privileged && !spec.setup.unfiltered;
    let entry = if filtered { Entry::make(bounding, &frame.at.join("files"))? } else { None };
    let servants = processes(&frame.root().join("proc")).filter(|pid| *pid != 1).collect();
    let root = mounts::leave_host(&frame, spec.setup.privileged)?;
    let proc = root.join("proc");
    let inside = Inside {
        root,
        hostname: spec.setup.hostname.clone(),
        ids: begin.abilities.ids.clone(),
        bounding,
        entry: entry.map(Arc::new),
    };
    let socket = socket.try_clone().at(Step::Other, "cannot keep the socket")?;
    Ok(Machine { socket, inside, reaper: Reaper::default(), tasks: tasks.to_vec(), proc, servants })
}

/// Runs something on a thread of its own.
fn thread(run: impl FnOnce() + Send + 'static) -> bool {
    std::thread::Builder::new().stack_size(STACK).spawn(run).is_ok()
}

/// The numbers of all processes that this view of them shows.
fn processes(proc: &Path) -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir(proc).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

impl Machine {
    /// Does what was asked, mostly on another thread; false when that was to stop.
    fn serve(self: &Arc<Self>, parcel: Parcel<Request>) -> bool {
        let machine = Arc::clone(self);
        match parcel.message {
            Request::Begin(_) | Request::Go | Request::Carry { .. } => {}
            Request::Exec { id, exec } => {
                if !thread(move || machine.exec(id, exec, parcel.files)) {
                    let text = "the machine has no room for another program".to_owned();
                    say(&self.socket, &Answer::Refused { id, text, code: 126 }, &[]);
                }
            }
            Request::Task { id, name, input, output } => {
                let run = move || {
                    let io = io(input, output, parcel.files);
                    let done = spawn::enter(&machine.inside.root)
                        .and_then(|()| run_task(&machine.tasks, &name, &parcel.body, io));
                    match done {
                        Ok(answer) => say(&machine.socket, &Answer::Done { id }, &answer),
                        Err(text) => say(&machine.socket, &Answer::TaskFailed { id, text }, &[]),
                    }
                };
                if !thread(run) {
                    let text = "the machine has no room for another task".to_owned();
                    say(&self.socket, &Answer::TaskFailed { id, text }, &[]);
                }
            }
            Request::Signal { id, pid, signal } => {
                let error = self.signal(pid, signal).err().map(|error| error as i32);
                say(&self.socket, &Answer::Signalled { id, error }, &[]);
            }
            Request::Count { id } => {
                let count = self.others().count();
                say(
                    &self.socket,
                    &Answer::Counted { id, processes: u32::try_from(count).unwrap_or(u32::MAX) },
                    &[],
                );
            }
            Request::Stop => {
                self.stop();
                return false;
            }
        }
        true
    }

    fn exec(&self, id: u64, exec: Exec, files: Vec<OwnedFd>) {
        let refused = |refusal: spawn::Refusal| {
            say(&self.socket, &Answer::Refused { id, text: refusal.text, code: refusal.code }, &[]);
        };
        let ready = match self.inside.prepare(exec, files) {
            Ok(ready) => ready,
            Err(refusal) => return refused(refusal),
        };
        let started = self.reaper.start(
            id,
            || ready.start(),
            |pid| {
                let files = ready.terminal().into_iter().collect();
                if let Ok(packed) = Packed::new(&Answer::Started { id, pid }, &[], files) {
                    _ = packed.send(self.socket.as_fd(), SendFlags::empty());
                }
            },
        );
        match started {
            Ok(Some(status)) => say(&self.socket, &Answer::Ended { id, status }, &[]),
            Ok(None) => {}
            Err(refusal) => refused(refusal),
        }
    }

    /// A signal to a program of the caller's and what it started: each leads a process group.
    fn signal(&self, pid: u32, signal: i32) -> nix::Result<()> {
        let pid = i32::try_from(pid).ok().filter(|pid| *pid > 1).ok_or(nix::errno::Errno::ESRCH)?;
        let signal = nix::sys::signal::Signal::try_from(signal)?;
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(-pid), signal)
    }

    /// Everybody but us and those who serve the machine's files.
    fn others(&self) -> impl Iterator<Item = u32> {
        processes(&self.proc).filter(|pid| *pid != 1 && !self.servants.contains(pid))
    }

    fn tell(&self, signal: Signal) {
        for pid in self.others() {
            let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
            if let Some(pid) = pid {
                _ = rustix::process::kill_process(pid, signal);
            }
        }
    }

    /// Ends everybody, in order, and unmounts the tree.
    fn stop(&self) {
        let wait = |until: Duration| {
            let start = Instant::now();
            while self.others().next().is_some() {
                if start.elapsed() > until {
                    return false;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            true
        };
        if self.others().next().is_some() {
            self.tell(Signal::TERM);
            if !wait(GRACE) {
                self.tell(Signal::KILL);
                wait(GRACE);
            }
        }
        if self.inside.root != Path::new("/") {
            _ = rustix::mount::unmount(&self.inside.root, UnmountFlags::DETACH);
        }
        say(&self.socket, &Answer::Stopped, &[]);
    }
}
