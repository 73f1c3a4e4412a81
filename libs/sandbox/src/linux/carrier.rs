//! The guard of a network's helper that goes to the background and would stay there: it ends with us, and we end with the caller.

use super::keeper::{hear, say};
use super::wire::{Answer, At, Failure, Parcel, Request, Step};
use crate::Task;
use rustix::process::{Pid, Signal};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Starts the program that the caller names and waits until it has gone to the background, where it is our child; ends it when the caller is
/// gone.
pub(super) fn guard(socket: OwnedFd, _: &[(&'static str, Task)]) -> u8 {
    let Some(Parcel { message: Request::Carry { program, args }, .. }) = hear(&socket) else { return 1 };
    if let Err(failure) = start(&program, &args) {
        say(&socket, &Answer::Failed(failure), &[]);
        return 0;
    }
    say(&socket, &Answer::Ready, &[]);
    while hear(&socket).is_some() {}
    // It may be doing something that ends by itself, but nobody waits for that.
    while let Some(child) = children().next() {
        _ = rustix::process::kill_process(child, Signal::KILL);
        _ = rustix::process::waitpid(Some(child), rustix::process::WaitOptions::empty());
        std::thread::sleep(Duration::from_millis(1));
    }
    0
}

#[expect(
    clippy::disallowed_methods,
    reason = "this library knows no builds: the guard owns the network's helper"
)]
fn start(program: &Path, args: &[String]) -> Result<(), Failure> {
    let what = format!("cannot start {}", program.display());
    // Whoever leaves its parent becomes our child.
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).at(Step::Network, &what)?;
    let output = Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).output();
    let output = output.at(Step::Network, &what)?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(Failure::said(Step::Network, format!("{} failed: {}", program.display(), text.trim())))
}

/// Our children, whoever made them.
fn children() -> impl Iterator<Item = Pid> {
    let own = std::process::id();
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(move |entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name before it may hold anything, parentheses included.
        let (_, rest) = stat.rsplit_once(')')?;
        let parent: u32 = rest.split_whitespace().nth(1)?.parse().ok()?;
        if parent == own { Pid::from_raw(pid) } else { None }
    })
}
