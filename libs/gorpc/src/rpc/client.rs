//! The side that asks.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use super::{Outbox, write};
use crate::Stream;
use crate::msgpack::{Fields, Value, ValueReader, encode};

/// Why a call has no result.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CallError {
    /// The other side refused it, in its own words.
    #[error("{0}")]
    Refused(String),
    /// The connection ended, or became useless: why.
    #[error("{0}")]
    Lost(String),
}

/// Calls on one stream. When the last clone is dropped our direction of the stream ends, which tells the other side that nothing follows.
#[derive(Clone)]
pub struct Client {
    outbox: Outbox,
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Default)]
struct Waiting {
    next: u64,
    calls: HashMap<u64, oneshot::Sender<Result<Bytes, CallError>>>,
    lost: Option<String>,
}

const ENDED: &str = "the connection has ended";

impl Client {
    /// Calls on this stream.
    pub fn new(stream: Stream) -> Self {
        let (from, to) = tokio::io::split(stream);
        let (outbox, messages) = mpsc::channel(64);
        tokio::spawn(write(to, messages));
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let for_reader = waiting.clone();
        tokio::spawn(async move {
            let why = match read(ValueReader::new(from), &for_reader).await {
                Ok(()) => ENDED.to_owned(),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => error.to_string(),
                Err(error) => format!("{ENDED}: {error}"),
            };
            let mut waiting = lock(&for_reader);
            for (_, call) in waiting.calls.drain() {
                // Who asked may have given up.
                let _ = call.send(Err(CallError::Lost(why.clone())));
            }
            waiting.lost = Some(why);
        });
        Self { outbox, waiting }
    }

    /// Calls `method` (`Service.Method`) and gives its result, still encoded.
    ///
    /// # Errors
    /// The other side refused, or the connection ended first.
    pub async fn call(&self, method: &str, argument: &Value) -> Result<Bytes, CallError> {
        let (sender, answer) = oneshot::channel();
        let seq = {
            let mut waiting = lock(&self.waiting);
            if let Some(why) = &waiting.lost {
                return Err(CallError::Lost(why.clone()));
            }
            let seq = waiting.next;
            waiting.next += 1;
            waiting.calls.insert(seq, sender);
            seq
        };
        let mut message = Vec::with_capacity(64);
        encode(&Value::record([("ServiceMethod", method.into()), ("Seq", Value::Uint(seq))]), &mut message);
        encode(argument, &mut message);
        // When nobody writes any more the reader has ended, too, or is about to: the answer below says so.
        let _ = self.outbox.send(message).await;
        answer.await.unwrap_or_else(|_| Err(CallError::Lost(ENDED.into())))
    }
}

fn lock(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Gives each answer to the call that waits for it.
async fn read<R: tokio::io::AsyncRead + Unpin>(
    mut values: ValueReader<R>,
    waiting: &Mutex<Waiting>,
) -> io::Result<()> {
    let garbled =
        |why: String| io::Error::new(io::ErrorKind::InvalidData, format!("a garbled answer: {why}"));
    while let Some(header) = values.next().await? {
        let Some(body) = values.next().await? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let header = Fields::read(&header).map_err(|error| garbled(error.to_string()))?;
        let seq = header.number("Seq").map_err(|error| garbled(error.to_string()))?;
        let error = header.text("Error").map_err(|error| garbled(error.to_string()))?;
        let call = u64::try_from(seq).ok().and_then(|seq| lock(waiting).calls.remove(&seq));
        let Some(call) = call else {
            return Err(garbled(format!("nobody asked question {seq}")));
        };
        // Who asked may have given up.
        let _ = call.send(if error.is_empty() { Ok(body) } else { Err(CallError::Refused(error)) });
    }
    Ok(())
}
