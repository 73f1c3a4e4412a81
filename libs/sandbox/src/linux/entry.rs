//! The starter's side of `entry/entry.c`, the process that installs a machine's filter of system calls and then becomes a program of it.
//! What the filter refuses is [`super::filter`]'s.

use super::filter::filter;
use super::rights;
use super::wire::{At, Failure, Step};
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, posix_spawn};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::Errno;
use rustix::pipe::PipeFlags;
use rustix::thread::CapabilitySet;
use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

/// The built program; empty where there is none for this processor.
#[cfg(entry)]
const PROGRAM: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/entry"));
#[cfg(not(entry))]
const PROGRAM: &[u8] = &[];

/// Descriptors that it expects.
const REPORT: i32 = 3;
const ORDER: i32 = 4;
/// Ours are above them, so that none is overwritten before it is in its place.
const FIRST_OF_OURS: i32 = 10;

/// What this step needs for itself, and gives up.
const NEEDED: CapabilitySet = CapabilitySet::SYS_ADMIN.union(CapabilitySet::SETPCAP);

/// The way into one machine.
#[derive(Debug)]
pub(super) struct Entry {
    program: OwnedFd,
    order: OwnedFd,
    /// What programs have for this step: what they keep, and what it needs.
    bounding: CapabilitySet,
}

/// Why a program was not started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotEntered {
    /// It cannot be run.
    Program(Errno),
    /// Its rights cannot be limited so.
    Limits(Errno),
}

impl Entry {
    /// Nothing where the kernel has no filters, or we no program for this processor.
    pub(super) fn make(bounding: CapabilitySet, dir: &Path) -> Result<Option<Self>, Failure> {
        if PROGRAM.is_empty() || !Path::new("/proc/sys/kernel/seccomp").exists() {
            return Ok(None);
        }
        let drop = NEEDED - bounding;
        let order = [drop.bits().to_ne_bytes().to_vec(), filter(bounding)].concat();
        let what = "cannot prepare the filter of system calls";
        let program = file(&dir.join("entry"), PROGRAM).at(Step::Other, what)?;
        let order = file(&dir.join("order"), &order).at(Step::Other, what)?;
        Ok(Some(Self { program, order, bounding: bounding | NEEDED }))
    }

    /// Limits this thread to what a program may have on its way in.
    pub(super) fn limit(&self) -> Result<(), Errno> {
        rights::limit(self.bounding)?;
        rustix::thread::set_keep_capabilities(true)
    }

    /// For this thread, which has become somebody: root has what is needed, others get it for this step.
    pub(super) fn let_pass(&self, uid: u32) -> Result<(), Errno> {
        if uid == 0 {
            return Ok(());
        }
        let mut sets = rustix::thread::capabilities(None)?;
        (sets.effective, sets.permitted, sets.inheritable) = (NEEDED, NEEDED, NEEDED);
        rustix::thread::set_capabilities(None, sets)?;
        for capability in NEEDED {
            rustix::thread::configure_capability_in_ambient_set(capability, true)?;
        }
        Ok(())
    }

    /// Starts a program as `posix_spawn` does and waits until it runs.
    pub(super) fn spawn(
        &self,
        program: &CStr,
        mut actions: PosixSpawnFileActions,
        attributes: &PosixSpawnAttr,
        argv: &[CString],
        env: &[CString],
    ) -> Result<u32, NotEntered> {
        let (read, write) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).map_err(NotEntered::Limits)?;
        let write = rustix::io::fcntl_dupfd_cloexec(write, FIRST_OF_OURS).map_err(NotEntered::Limits)?;
        for (from, to) in [(&write, REPORT), (&self.order, ORDER)] {
            actions.add_dup2(from.as_raw_fd(), to).map_err(|error| NotEntered::Limits(errno(error)))?;
        }
        let us = CString::new(format!("/proc/self/fd/{}", self.program.as_raw_fd())).unwrap_or_default();
        let argv: Vec<&CStr> = std::iter::once(program).chain(argv.iter().map(CString::as_c_str)).collect();
        let started = posix_spawn(us.as_c_str(), &actions, attributes, &argv, env);
        let pid = started.map_err(|error| match errno(error) {
            // What is too long for us is too long for it.
            error @ (Errno::TOOBIG | Errno::NOMEM | Errno::AGAIN) => NotEntered::Program(error),
            error => NotEntered::Limits(error),
        })?;
        drop(write);
        let mut report = [0; 8];
        match rustix::io::retry_on_intr(|| rustix::io::read(&read, &mut report)) {
            Ok(8) => {
                let [what, error] = [0, 4].map(|at| {
                    i32::from_ne_bytes([report[at], report[at + 1], report[at + 2], report[at + 3]])
                });
                let error = Errno::from_raw_os_error(error);
                Err(if what == 0 { NotEntered::Program(error) } else { NotEntered::Limits(error) })
            }
            _ => Ok(pid.as_raw().unsigned_abs()),
        }
    }
}

fn errno(error: nix::errno::Errno) -> Errno {
    Errno::from_raw_os_error(error as i32)
}

/// A file with a content, of which only the descriptor remains.
fn file(path: &Path, content: &[u8]) -> std::io::Result<OwnedFd> {
    std::fs::write(path, content)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
    rustix::fs::fchmod(&file, Mode::from_raw_mode(0o555))?;
    std::fs::remove_file(path)?;
    Ok(rustix::io::fcntl_dupfd_cloexec(file, FIRST_OF_OURS)?)
}
