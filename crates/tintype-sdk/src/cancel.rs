//! Being told to stop, in two stages: the first word cancels (waits end, no further step starts, what was made is undone), the
//! second aborts (futures are dropped; the undo still runs, with little time).

use tokio_util::sync::CancellationToken;

/// The two tokens of a run, a build, or a part of it.
#[derive(Clone, Default, Debug)]
pub struct Cancel {
    cancelled: CancellationToken,
    aborted: CancellationToken,
}

impl Cancel {
    /// Tokens that nobody has pulled.
    pub fn new() -> Self {
        Self::default()
    }

    /// A part that ends when the whole ends, and can be ended alone.
    pub fn child(&self) -> Self {
        Self { cancelled: self.cancelled.child_token(), aborted: self.aborted.child_token() }
    }

    /// First stage.
    pub fn cancel(&self) {
        self.cancelled.cancel();
    }

    /// Second stage; implies the first.
    pub fn abort(&self) {
        self.cancelled.cancel();
        self.aborted.cancel();
    }

    /// Whether the first word was said.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.is_cancelled()
    }

    /// Whether the second word was said.
    pub fn is_aborted(&self) -> bool {
        self.aborted.is_cancelled()
    }

    /// Ends with the first word.
    pub async fn cancelled(&self) {
        self.cancelled.cancelled().await;
    }

    /// Ends with the second word.
    pub async fn aborted(&self) {
        self.aborted.cancelled().await;
    }
}
