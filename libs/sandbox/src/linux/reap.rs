//! Pid 1's oldest duty: taking leave of every process that ends, its own children and those that others left behind.

use crate::ExitStatus;
use rustix::io::Errno;
use rustix::process::{WaitOptions, WaitStatus};
use std::collections::HashMap;
use std::sync::{Condvar, Mutex, PoisonError};

/// Who waits for whom.
#[derive(Default)]
pub(super) struct Reaper {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The caller's number for each child that was started for it.
    awaited: HashMap<u32, u64>,
    /// Programs being started right now: their end may come before we know their number.
    starting: usize,
    /// What ended meanwhile and was not awaited.
    early: HashMap<u32, ExitStatus>,
    /// Counts starts, so that the reaper knows there may be children again.
    starts: u64,
}

impl Reaper {
    /// Starts a program and has its end told to whoever listens to [`Reaper::run`]. `start` gives its number; `told` is called before its
    /// end can be.
    pub(super) fn start<E>(
        &self,
        id: u64,
        start: impl FnOnce() -> Result<u32, E>,
        told: impl FnOnce(u32),
    ) -> Result<Option<ExitStatus>, E> {
        self.lock().starting += 1;
        let started = start();
        if let Ok(pid) = started {
            told(pid);
        }
        let mut state = self.lock();
        state.starting -= 1;
        state.starts += 1;
        let mut ended = None;
        if let Ok(pid) = started {
            ended = state.early.remove(&pid);
            if ended.is_none() {
                state.awaited.insert(pid, id);
            }
        }
        if state.starting == 0 {
            state.early.clear();
        }
        self.changed.notify_all();
        started.map(|_| ended)
    }

    /// Takes leave of processes, for ever.
    pub(super) fn run(&self, ended: impl Fn(u64, ExitStatus)) {
        loop {
            let starts = self.lock().starts;
            match rustix::process::wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) => {
                    let pid = pid.as_raw_nonzero().get().unsigned_abs();
                    let status = read(status);
                    let mut state = self.lock();
                    let id = state.awaited.remove(&pid);
                    if id.is_none() && state.starting > 0 {
                        state.early.insert(pid, status);
                    }
                    drop(state);
                    if let Some(id) = id {
                        ended(id, status);
                    }
                }
                // Without a child there is nothing to wait for until one is started.
                Err(Errno::CHILD) => {
                    let state = self.lock();
                    let waited = self.changed.wait_while(state, |state| state.starts == starts);
                    drop(waited.unwrap_or_else(PoisonError::into_inner));
                }
                Ok(None) | Err(_) => {}
            }
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(status: WaitStatus) -> ExitStatus {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => ExitStatus::Code(code),
        (None, Some(signal)) => ExitStatus::Signal(signal),
        (None, None) => ExitStatus::Code(0),
    }
}
