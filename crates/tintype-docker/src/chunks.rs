//! Streams of bytes between a file, a program and the Engine: chunks through a short queue, so that neither side runs ahead and
//! nothing is copied on the way. What the bytes mean is for others.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use futures::Stream;
use futures::stream::BoxStream;
use tintype_sdk::{BoxRead, Result};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::mpsc;
use tokio_util::io::poll_read_buf;

/// Large enough that system calls do not count, small enough that two of them on the way are nothing.
pub(crate) const CHUNK: usize = 1 << 20;

/// How many chunks may wait.
const AHEAD: usize = 2;

/// Bytes that arrive.
pub(crate) type Incoming = BoxStream<'static, Result<Bytes>>;

/// Where chunks are put. An error sent here ends the transfer as failed.
pub(crate) type Sender = mpsc::Sender<io::Result<Bytes>>;

/// Bytes that are sent away.
pub(crate) struct Outgoing(mpsc::Receiver<io::Result<Bytes>>);

/// A queue of chunks.
pub(crate) fn queue() -> (Sender, Outgoing) {
    let (sender, receiver) = mpsc::channel(AHEAD);
    (sender, Outgoing(receiver))
}

/// What is sent, as it is read.
pub(crate) enum Content {
    /// From anything that can be read.
    Read { from: BoxRead, buffer: BytesMut },
    /// From a file, by a thread of its own.
    File(mpsc::Receiver<io::Result<Bytes>>),
}

impl Content {
    /// From anything that can be read.
    pub fn read(from: BoxRead) -> Self {
        Self::Read { from, buffer: BytesMut::new() }
    }

    /// From a file, which is read ahead into few buffers that are used again and again: nothing is copied on the way.
    pub fn file(mut from: File) -> Self {
        let (sender, parts) = mpsc::channel(AHEAD);
        tokio::task::spawn_blocking(move || {
            let (home, spare) = std::sync::mpsc::channel();
            loop {
                let mut bytes = spare.try_recv().unwrap_or_else(|_| vec![0; CHUNK]);
                let part = match from.read(&mut bytes) {
                    Ok(0) => return,
                    Ok(len) => Ok(Bytes::from_owner(Lent { bytes, len, home: home.clone() })),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    Err(error) => Err(error),
                };
                let last = part.is_err();
                if sender.blocking_send(part).is_err() || last {
                    return;
                }
            }
        });
        Self::File(parts)
    }

    /// The next part; an empty one at the end.
    pub async fn next(&mut self) -> io::Result<Bytes> {
        match self {
            Self::Read { from, buffer } => read_some(from, buffer).await,
            Self::File(parts) => parts.recv().await.unwrap_or_else(|| Ok(Bytes::new())),
        }
    }

    /// Writes all that is to come to a file, while more of it arrives. Gives the file, at its beginning, and how long it became.
    pub async fn keep(mut self, mut file: File) -> io::Result<(File, u64)> {
        let (sender, mut parts) = mpsc::channel::<Bytes>(AHEAD);
        let written = tokio::task::spawn_blocking(move || {
            while let Some(part) = parts.blocking_recv() {
                file.write_all(&part)?;
            }
            let size = file.stream_position()?;
            file.rewind()?;
            io::Result::Ok((file, size))
        });
        loop {
            let part = self.next().await?;
            // Without a receiver the writing has failed, and says so below.
            if part.is_empty() || sender.send(part).await.is_err() {
                break;
            }
        }
        drop(sender);
        written.await.map_err(io::Error::other)?
    }
}

/// Reads until a chunk is full or nothing more is there yet, so that what comes in small pieces goes on in few. Nothing at the end.
pub(crate) async fn read_some(
    from: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
) -> io::Result<Bytes> {
    // What is left of the last chunk's memory is used up first.
    if buffer.capacity() < CHUNK / 16 {
        buffer.reserve(CHUNK);
    }
    poll_fn(|cx| {
        while buffer.len() < buffer.capacity() {
            match poll_read_buf(Pin::new(&mut *from), cx, buffer) {
                Poll::Ready(Ok(0)) => break,
                Poll::Ready(Ok(_)) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending if buffer.is_empty() => return Poll::Pending,
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(()))
    })
    .await?;
    Ok(buffer.split().freeze())
}

/// A buffer that goes home when nobody needs what is in it any more.
struct Lent {
    bytes: Vec<u8>,
    len: usize,
    home: std::sync::mpsc::Sender<Vec<u8>>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        // Without a home it just ends here.
        let _ = self.home.send(std::mem::take(&mut self.bytes));
    }
}

impl Outgoing {
    /// What a reader gives, read in the background. `told` hears how many bytes were read, each time some were.
    pub fn read_told(
        mut from: impl AsyncRead + Send + Unpin + 'static,
        told: impl Fn(u64) + Send + 'static,
    ) -> Self {
        let (sender, outgoing) = queue();
        tokio::spawn(async move {
            let mut buffer = BytesMut::new();
            loop {
                let part = read_some(&mut from, &mut buffer).await;
                match &part {
                    Ok(part) if part.is_empty() => return,
                    Ok(part) => told(part.len() as u64),
                    Err(_) => {}
                }
                let last = part.is_err();
                if sender.send(part).await.is_err() || last {
                    return;
                }
            }
        });
        outgoing
    }

    /// As something to read from.
    pub fn into_read(self) -> BoxRead {
        Box::new(QueueReader { queue: self.0, current: Bytes::new() })
    }
}

impl Stream for Outgoing {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

struct QueueReader {
    queue: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

impl AsyncRead for QueueReader {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.current.is_empty() {
            match ready!(self.queue.poll_recv(cx)) {
                Some(chunk) => self.current = chunk?,
                None => return Poll::Ready(Ok(())),
            }
        }
        let count = self.current.len().min(buffer.remaining());
        buffer.put_slice(&self.current[..count]);
        self.current.advance(count);
        Poll::Ready(Ok(()))
    }
}
