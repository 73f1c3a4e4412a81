//! A connection on which small pieces wait for the large one that follows and leave with it: a frame's header and its content are one
//! call of the system, one wakeup of the other side, and nothing is copied.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Pieces shorter than this are copied and wait.
const SMALL: usize = 8 << 10;

/// So much of them waits at most.
const WAITING: usize = 32 << 10;

/// A connection of tokio's as one of `futures`.
pub(crate) struct Gather<T> {
    io: T,
    waiting: Vec<u8>,
    /// How much of what waits has left.
    sent: usize,
}

impl<T> Gather<T> {
    pub(crate) fn new(io: T) -> Self {
        Self { io, waiting: Vec::with_capacity(WAITING), sent: 0 }
    }
}

impl<T: AsyncWrite + Unpin> Gather<T> {
    /// Sends what waits, and of `more` as much as goes with it: how much that was. It may be nothing.
    fn poll_send(&mut self, cx: &mut Context<'_>, more: &[u8]) -> Poll<io::Result<usize>> {
        while self.sent < self.waiting.len() {
            let left = &self.waiting[self.sent..];
            let parts = [IoSlice::new(left), IoSlice::new(more)];
            let count = ready!(Pin::new(&mut self.io).poll_write_vectored(cx, &parts))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let of_more = count.saturating_sub(left.len());
            self.sent += count - of_more;
            if of_more > 0 {
                self.emptied();
                return Poll::Ready(Ok(of_more));
            }
        }
        self.emptied();
        Poll::Ready(Ok(0))
    }

    fn emptied(&mut self) {
        self.waiting.clear();
        self.sent = 0;
    }
}

impl<T: AsyncWrite + Unpin> futures::io::AsyncWrite for Gather<T> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if bytes.len() < SMALL && this.waiting.len() + bytes.len() <= WAITING {
            this.waiting.extend_from_slice(bytes);
            return Poll::Ready(Ok(bytes.len()));
        }
        match ready!(this.poll_send(cx, bytes))? {
            0 => Pin::new(&mut this.io).poll_write(cx, bytes),
            count => Poll::Ready(Ok(count)),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx, &[]))?;
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx, &[]))?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

impl<T: AsyncRead + Unpin> futures::io::AsyncRead for Gather<T> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut buffer = ReadBuf::new(bytes);
        ready!(Pin::new(&mut self.get_mut().io).poll_read(cx, &mut buffer))?;
        Poll::Ready(Ok(buffer.filled().len()))
    }
}

#[cfg(test)]
mod tests;
