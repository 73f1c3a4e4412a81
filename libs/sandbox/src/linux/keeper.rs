//! The keeper: the process between the caller and pid 1. It enters the namespaces that its child shall be born into, makes the cgroup, and
//! waits. It mounts nothing, so that it stays what the host's helpers for ids and networks can look at.

use super::cgroup::Group;
use super::wire::{Answer, At, Begin, Failure, Packed, Parcel, Request, Step, receive};
use super::{network, role};
use crate::{Ids, Task, TaskIo};
use nix::sched::CloneFlags;
use rustix::net::{RecvFlags, SendFlags};
use rustix::process::DumpableBehavior;
use rustix::thread::{Gid, Uid};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Child, Command, Stdio};

/// Says something to the caller. When it is gone nobody needs to hear it.
pub(super) fn say(socket: &OwnedFd, answer: &Answer, body: &[u8]) {
    if let Ok(packed) = Packed::new(answer, body, Vec::new()) {
        _ = packed.send(socket.as_fd(), SendFlags::empty());
    }
}

/// The next request; none when the caller is gone.
pub(super) fn hear(socket: &OwnedFd) -> Option<Parcel<Request>> {
    receive(socket.as_fd(), RecvFlags::empty()).ok().flatten()
}

fn begin(socket: &OwnedFd) -> Option<Begin> {
    match hear(socket)?.message {
        Request::Begin(begin) => Some(*begin),
        _ => None,
    }
}

pub(super) fn keep(socket: OwnedFd, _: &[(&'static str, Task)]) -> u8 {
    let Some(begin) = begin(&socket) else { return 1 };
    let group = Group::enter(&begin.abilities.cgroups, begin.spec.setup.limits);
    let child = namespaces(&socket, &begin).and_then(|()| {
        init(&socket, &begin)
            .at(Step::Namespaces, "cannot start this program again in a new process namespace")
    });
    group.step_out();
    match child {
        Ok(mut child) => {
            // The caller must see the socket close when pid 1 is gone, whether we still tidy or not.
            drop(socket);
            close_stdin();
            _ = child.wait();
        }
        Err(failure) => say(&socket, &Answer::Failed(failure), &[]),
    }
    group.remove();
    0
}

fn close_stdin() {
    if let Ok(null) = File::open("/dev/null") {
        _ = rustix::stdio::dup2_stdin(null);
    }
}

#[expect(clippy::disallowed_methods, reason = "this library knows no builds: pid 1 is the keeper's to own")]
fn init(socket: &OwnedFd, begin: &Begin) -> std::io::Result<Child> {
    Command::new("/proc/self/exe")
        .arg(&begin.word)
        .arg(role::INIT)
        .stdin(Stdio::from(socket.try_clone()?))
        .spawn()
}

fn namespaces(socket: &OwnedFd, begin: &Begin) -> Result<(), Failure> {
    user_namespace(socket, &begin.abilities.ids)?;
    let network = network::resolve(begin);
    if network != network::Resolved::Host {
        nix::sched::unshare(CloneFlags::CLONE_NEWNET).at(Step::Network, "cannot make a network namespace")?;
        // Root of a container may lack the right; then the machine has not even itself.
        _ = network::raise_loopback();
    }
    if matches!(network, network::Resolved::Helper(_)) {
        ask(socket, &Answer::Net)?;
    }
    nix::sched::unshare(CloneFlags::CLONE_NEWPID).at(Step::Namespaces, "cannot make a process namespace")
}

/// Enters a user namespace with these ids, as its root.
fn user_namespace(socket: &OwnedFd, ids: &Ids) -> Result<(), Failure> {
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    if *ids == Ids::Root {
        return Ok(());
    }
    nix::sched::unshare(CloneFlags::CLONE_NEWUSER).at(Step::UserNamespace, "cannot make a user namespace")?;
    if *ids == Ids::Single {
        let map = |file: &str, text: String| {
            let path = format!("/proc/self/{file}");
            std::fs::write(&path, text).at(Step::UserNamespace, format_args!("cannot write {path}"))
        };
        map("setgroups", "deny".to_owned())?;
        map("uid_map", format!("0 {} 1", user.as_raw()))?;
        map("gid_map", format!("0 {} 1", group.as_raw()))?;
    } else {
        ask(socket, &Answer::Map)?;
    }
    let root = |error| Failure::new(Step::Ids, "cannot become root of the user namespace", &error);
    let io = std::io::Error::from;
    rustix::thread::set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT).map_err(io).map_err(root)?;
    if *ids != Ids::Single {
        rustix::thread::set_thread_groups(&[]).map_err(io).map_err(root)?;
    }
    rustix::thread::set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT).map_err(io).map_err(root)?;
    // Changing ids hid us from whoever attaches a network, who is the same user as we were.
    _ = rustix::process::set_dumpable_behavior(DumpableBehavior::Dumpable);
    Ok(())
}

/// Asks the caller to do something for us, and waits until it is done.
fn ask(socket: &OwnedFd, what: &Answer) -> Result<(), Failure> {
    say(socket, what, &[]);
    match hear(socket) {
        Some(Parcel { message: Request::Go, .. }) => Ok(()),
        _ => Err(Failure::said(Step::Other, "the caller is gone")),
    }
}

/// One task with a machine's ids, without a machine.
pub(super) fn outside(socket: OwnedFd, tasks: &[(&'static str, Task)]) -> u8 {
    let Some(begin) = begin(&socket) else { return 1 };
    if let Err(failure) = user_namespace(&socket, &begin.abilities.ids) {
        say(&socket, &Answer::Failed(failure), &[]);
        return 0;
    }
    close_stdin();
    let Some(Parcel { message: Request::Task { id, name, input, output }, body, files }) = hear(&socket)
    else {
        return 1;
    };
    end_with_caller(&socket);
    match run_task(tasks, &name, &body, io(input, output, files)) {
        Ok(answer) => say(&socket, &Answer::Done { id }, &answer),
        Err(text) => say(&socket, &Answer::TaskFailed { id, text }, &[]),
    }
    0
}

/// The files of a task, as the request said.
pub(super) fn io(input: bool, output: bool, files: Vec<OwnedFd>) -> TaskIo {
    let mut files = files.into_iter().map(File::from);
    let input = if input { files.next() } else { None };
    let output = if output { files.next() } else { None };
    TaskIo { input, output }
}

pub(super) fn run_task(
    tasks: &[(&'static str, Task)],
    name: &str,
    args: &[u8],
    io: TaskIo,
) -> Result<Vec<u8>, String> {
    let task = crate::launcher::find(tasks, name)?;
    // A task that panics must not leave its caller waiting.
    let run = std::panic::AssertUnwindSafe(|| io.run(task, args));
    std::panic::catch_unwind(run).unwrap_or_else(|_| Err(format!("the task `{name}` panicked")))
}

/// Ends this process when the caller is gone: what it wanted, nobody wants any more.
fn end_with_caller(socket: &OwnedFd) {
    let Ok(socket) = socket.try_clone() else { return };
    std::thread::spawn(move || {
        while hear(&socket).is_some() {}
        _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    });
}
