//! The caller's end of the socket: requests go out with a number, answers come back to whoever waits under it.

use super::wire::{Answer, Packed, Parcel, Request, receive};
use crate::{Error, Result};
use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, Shutdown};
use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;

/// What arrives under a number.
pub(super) type Answers = mpsc::UnboundedReceiver<Parcel<Answer>>;

/// One end of the socket.
pub(super) struct Link {
    socket: AsyncFd<OwnedFd>,
    waiting: Mutex<Option<HashMap<u64, mpsc::UnboundedSender<Parcel<Answer>>>>>,
    next: AtomicU64,
}

/// Takes a descriptor into a runtime.
#[expect(
    deprecated,
    reason = "its successor is unsafe for descriptors that may change; an owned one does not"
)]
pub(super) fn watch(fd: OwnedFd) -> std::io::Result<AsyncFd<OwnedFd>> {
    AsyncFd::new(fd)
}

/// The number under which answers that belong to no request arrive.
const GENERAL: u64 = 0;

impl Link {
    /// Takes this end into a runtime.
    pub(super) fn new(socket: OwnedFd) -> Result<Self> {
        let socket = watch(socket).map_err(|error| Error::io("cannot watch a socket", error))?;
        Ok(Self { socket, waiting: Mutex::new(Some(HashMap::new())), next: AtomicU64::new(GENERAL + 1) })
    }

    pub(super) async fn send(
        &self,
        request: &Request,
        body: &[u8],
        files: Vec<BorrowedFd<'_>>,
    ) -> Result<()> {
        let packed = Packed::new(request, body, files)?;
        let sent = self
            .socket
            .async_io(Interest::WRITABLE, |socket| Ok(packed.send(socket.as_fd(), SendFlags::DONTWAIT)?));
        sent.await.map_err(|_| Error::Gone(String::new()))
    }

    /// The next answer; none when the other side is gone.
    pub(super) async fn receive(&self) -> Option<Parcel<Answer>> {
        let received = self
            .socket
            .async_io(Interest::READABLE, |socket| Ok(receive(socket.as_fd(), RecvFlags::DONTWAIT)?));
        received.await.ok().flatten()
    }

    /// A new number, and what will arrive under it: nothing when the machine is gone.
    pub(super) fn expect(&self) -> (u64, Answers) {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        (id, self.expect_under(id))
    }

    /// What arrives under no number.
    pub(super) fn expect_general(&self) -> Answers {
        self.expect_under(GENERAL)
    }

    fn expect_under(&self, id: u64) -> Answers {
        let (sender, receiver) = mpsc::unbounded_channel();
        if let Some(waiting) = &mut *self.waiting() {
            waiting.insert(id, sender);
        }
        receiver
    }

    fn waiting(
        &self,
    ) -> std::sync::MutexGuard<'_, Option<HashMap<u64, mpsc::UnboundedSender<Parcel<Answer>>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands answers out until the other side is gone; then everybody who waits learns it.
    pub(super) async fn deliver(self: Arc<Self>) {
        while let Some(parcel) = self.receive().await {
            let (id, last) = number(&parcel.message);
            let mut waiting = self.waiting();
            let Some(waiting) = &mut *waiting else { break };
            let listener = if last { waiting.remove(&id) } else { waiting.get(&id).cloned() };
            if let Some(listener) = listener {
                // Who stopped listening does not want to know.
                _ = listener.send(parcel);
            }
        }
        self.waiting().take();
    }

    /// Tells the other side that we are gone.
    pub(super) fn close(&self) {
        _ = rustix::net::shutdown(self.socket.get_ref(), Shutdown::Both);
        self.waiting().take();
    }

    /// A signal to a program in the machine.
    pub(super) async fn signal(&self, pid: u32, signal: i32) -> Result<()> {
        let (id, mut answers) = self.expect();
        self.send(&Request::Signal { id, pid, signal }, &[], Vec::new()).await?;
        match answers.recv().await.map(|parcel| parcel.message) {
            Some(Answer::Signalled { error: Some(error), .. }) => {
                Err(Error::io(format!("cannot send signal {signal}"), Errno::from_raw_os_error(error)))
            }
            Some(_) => Ok(()),
            None => Err(Error::Gone(String::new())),
        }
    }
}

/// Under which number an answer arrives, and whether it is the last one there.
fn number(answer: &Answer) -> (u64, bool) {
    match answer {
        Answer::Map | Answer::Net | Answer::Failed(_) | Answer::Ready | Answer::Stopped => (GENERAL, false),
        Answer::Started { id, .. } => (*id, false),
        Answer::Refused { id, .. }
        | Answer::Ended { id, .. }
        | Answer::Done { id }
        | Answer::TaskFailed { id, .. }
        | Answer::Signalled { id, .. }
        | Answer::Counted { id, .. } => (*id, true),
    }
}
