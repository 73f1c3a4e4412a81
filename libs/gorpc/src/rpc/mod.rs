//! Calls on a stream. One side asks, the other answers, in any order: a call may take minutes while others come and go.

mod client;
mod server;

pub use client::{CallError, Client};
pub use server::{Answer, Call, Service, serve};

use tokio::io::{AsyncWrite, AsyncWriteExt};
use tokio::sync::mpsc;

/// Messages on their way out.
type Outbox = mpsc::Sender<Vec<u8>>;

/// Writes messages until nobody can send any more, then ends its direction of the stream. A task of its own, so that giving up a call
/// never leaves half a message behind.
async fn write(mut to: impl AsyncWrite + Unpin, mut messages: mpsc::Receiver<Vec<u8>>) {
    while let Some(message) = messages.recv().await {
        if to.write_all(&message).await.is_err() || to.flush().await.is_err() {
            return;
        }
    }
    // The other side may be gone.
    let _ = to.shutdown().await;
}

#[cfg(test)]
mod tests;
