//! One connection as many streams. yamux numbers streams by who opened them; the two programs speak of them by numbers of their own, which
//! the side that waits for a stream gives out and the side that opens it writes into it first. One task owns the connection: pings of the
//! other side are answered whatever else goes on.

use std::collections::HashMap;
use std::future::poll_fn;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::task::Poll;
use std::time::Duration;

use futures::io::BufReader;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::Stream;
use crate::gather::Gather;
use crate::limits::MAX_STREAMS;

/// How long a stream that came waits for somebody who knows its number, and how long the other side may take to open one it was told of.
/// Go programs allow five seconds; a loaded machine may need more, and waiting costs nothing.
const PATIENCE: Duration = Duration::from_secs(30);

/// How much goes into one frame. The other side accepts a whole window (256 KiB) at once.
const FRAME: usize = 128 << 10;

/// Small frames are read together, large ones go through.
const BUFFER: usize = 32 << 10;

/// Which side of the connection we are. The host of plugins connects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// We connected.
    Connecting,
    /// We were connected to.
    Listening,
}

/// A connection. Clones are the same; when the last is dropped the connection ends, and with it every stream.
#[derive(Clone)]
pub struct Mux {
    shared: Arc<Shared>,
    wishes: mpsc::Sender<Wish>,
}

type Wish = oneshot::Sender<io::Result<yamux::Stream>>;

struct Shared {
    next: AtomicU32,
    table: Mutex<Table>,
    ended: CancellationToken,
}

#[derive(Default)]
struct Table {
    /// Those who wait for a stream.
    expected: HashMap<u32, oneshot::Sender<Stream>>,
    /// Streams for which nobody waits yet, with a ticket: a number may come twice.
    parked: HashMap<u32, (u64, Stream)>,
    ticket: u64,
}

impl Shared {
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Mux {
    /// Takes over a connection.
    pub fn new(io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static, side: Side) -> Self {
        let mut config = yamux::Config::default();
        config.set_max_num_streams(MAX_STREAMS).set_split_send_size(FRAME);
        let mode = match side {
            Side::Connecting => yamux::Mode::Client,
            Side::Listening => yamux::Mode::Server,
        };
        let io = BufReader::with_capacity(BUFFER, Gather::new(io));
        let connection = yamux::Connection::new(io, config, mode);
        let shared = Arc::new(Shared {
            next: AtomicU32::new(1),
            table: Mutex::default(),
            ended: CancellationToken::new(),
        });
        let (wishes, wished) = mpsc::channel(16);
        tokio::spawn(drive(connection, wished, Arc::downgrade(&shared), shared.ended.clone()));
        Self { shared, wishes }
    }

    /// Ends when the connection has.
    pub async fn ended(&self) {
        self.shared.ended.cancelled().await;
    }

    /// Whether the connection has ended.
    pub fn has_ended(&self) -> bool {
        self.shared.ended.is_cancelled()
    }

    /// A new number, and the stream that the other side will open when it is told of it.
    pub fn announce(&self) -> Expected {
        let id = self.shared.next.fetch_add(1, Ordering::Relaxed);
        self.expect(id)
    }

    /// The stream that the other side opens by this number.
    pub fn expect(&self, id: u32) -> Expected {
        let (sender, stream) = oneshot::channel();
        let mut table = self.shared.table();
        match table.parked.remove(&id) {
            // Somebody who waits is there: the receiver is below.
            Some((_, parked)) => _ = sender.send(parked),
            None => _ = table.expected.insert(id, sender),
        }
        drop(table);
        Expected { id, stream, shared: self.shared.clone() }
    }

    /// Opens the stream that the other side gave this number.
    ///
    /// # Errors
    /// The connection has ended, or the other side does not answer to the number.
    pub async fn dial(&self, id: u32) -> io::Result<Stream> {
        let (sender, stream) = oneshot::channel();
        let gone = || io::Error::new(io::ErrorKind::ConnectionReset, "the connection has ended");
        self.wishes.send(sender).await.map_err(|_| gone())?;
        let mut stream = Stream::new(stream.await.map_err(|_| gone())??);
        let greet = async {
            stream.write_all(&id.to_le_bytes()).await?;
            stream.flush().await?;
            let mut echo = [0; 4];
            stream.read_exact(&mut echo).await?;
            Ok::<_, io::Error>(u32::from_le_bytes(echo))
        };
        let echo = match tokio::time::timeout(PATIENCE, greet).await {
            Ok(echo) => echo?,
            Err(_) => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    format!("nobody answered on stream {id} within {} s", PATIENCE.as_secs()),
                ));
            }
        };
        if echo != id {
            let text = format!("stream {id} was answered as stream {echo}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(stream)
    }
}

/// A stream that the other side will open.
pub struct Expected {
    id: u32,
    stream: oneshot::Receiver<Stream>,
    shared: Arc<Shared>,
}

impl Expected {
    /// The number to tell the other side.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// Waits for the stream.
    ///
    /// # Errors
    /// It did not come in time, or the connection has ended.
    pub async fn accept(mut self) -> io::Result<Stream> {
        let mut stream = tokio::select! {
            biased;
            stream = tokio::time::timeout(PATIENCE, &mut self.stream) => match stream {
                Ok(Ok(stream)) => stream,
                Ok(Err(_)) => return Err(io::ErrorKind::ConnectionReset.into()),
                Err(_) => {
                    let text = format!("stream {} did not come within {} s", self.id, PATIENCE.as_secs());
                    return Err(io::Error::new(io::ErrorKind::TimedOut, text));
                }
            },
            () = self.shared.ended.cancelled() => return Err(io::ErrorKind::ConnectionReset.into()),
        };
        stream.write_all(&self.id.to_le_bytes()).await?;
        stream.flush().await?;
        Ok(stream)
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        let mut table = self.shared.table();
        // After a success, the number may be somebody else's again.
        if table.expected.get(&self.id).is_some_and(oneshot::Sender::is_closed) {
            table.expected.remove(&self.id);
        }
    }
}

async fn drive<T: AsyncRead + AsyncWrite + Unpin>(
    mut connection: yamux::Connection<BufReader<Gather<T>>>,
    mut wished: mpsc::Receiver<Wish>,
    shared: Weak<Shared>,
    ended: CancellationToken,
) {
    let mut wish: Option<Wish> = None;
    poll_fn(|cx| {
        loop {
            if wish.is_none() {
                match wished.poll_recv(cx) {
                    Poll::Ready(Some(next)) => wish = Some(next),
                    Poll::Ready(None) => return Poll::Ready(()),
                    Poll::Pending => {}
                }
            }
            if wish.is_some()
                && let Poll::Ready(opened) = connection.poll_new_outbound(cx)
            {
                if let Some(wish) = wish.take() {
                    // Who asked may have given up: the stream is reset then.
                    let _ = wish.send(opened.map_err(io::Error::other));
                }
                continue;
            }
            match connection.poll_next_inbound(cx) {
                Poll::Ready(Some(Ok(stream))) => {
                    tokio::spawn(arrived(Stream::new(stream), shared.clone()));
                }
                Poll::Ready(Some(Err(_)) | None) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
    })
    .await;
    ended.cancel();
    // Streams are told their end as it is dropped; what was written and not yet sent goes out first, if it can.
    let _ = tokio::time::timeout(Duration::from_secs(1), poll_fn(|cx| connection.poll_close(cx))).await;
}

/// Reads the number of a stream and gives it to whoever waits for it, now or soon.
async fn arrived(mut stream: Stream, shared: Weak<Shared>) {
    let mut id = [0; 4];
    if !matches!(tokio::time::timeout(PATIENCE, stream.read_exact(&mut id)).await, Ok(Ok(_))) {
        return;
    }
    let id = u32::from_le_bytes(id);
    let ticket = {
        let Some(shared) = shared.upgrade() else { return };
        let mut table = shared.table();
        let stream = match table.expected.remove(&id) {
            Some(waiting) => match waiting.send(stream) {
                Ok(()) => return,
                Err(stream) => stream,
            },
            None => stream,
        };
        table.ticket += 1;
        let ticket = table.ticket;
        table.parked.insert(id, (ticket, stream));
        ticket
    };
    tokio::time::sleep(PATIENCE).await;
    let Some(shared) = shared.upgrade() else { return };
    let mut table = shared.table();
    if table.parked.get(&id).is_some_and(|(parked, _)| *parked == ticket) {
        table.parked.remove(&id);
    }
}

#[cfg(test)]
mod tests;
