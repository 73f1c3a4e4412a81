//! The side that answers.

use std::io;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use futures::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

use super::{Outbox, write};
use crate::Stream;
use crate::limits::MAX_CALLS;
use crate::msgpack::{Fields, Malformed, Value, ValueReader, encode};

/// One call.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    /// `Ui`.
    pub service: String,
    /// `Say`.
    pub method: String,
    /// The argument, still encoded.
    pub argument: Bytes,
}

impl Call {
    /// The argument as a struct.
    ///
    /// # Errors
    /// It is none.
    pub fn fields(&self) -> Result<Fields, String> {
        Fields::read(&self.argument).map_err(|error| self.wrong(&error))
    }

    /// The argument as a value.
    ///
    /// # Errors
    /// It is malformed.
    pub fn value(&self) -> Result<Value, String> {
        crate::msgpack::decode(&self.argument).map_err(|error| self.wrong(&error))
    }

    /// The argument as text.
    ///
    /// # Errors
    /// It is none.
    pub fn text(&self) -> Result<String, String> {
        let value = self.value()?;
        let text = value.as_text().ok_or_else(|| format!("{self}: the argument is no text"))?;
        Ok(text.into_owned())
    }

    /// The argument as a whole number.
    ///
    /// # Errors
    /// It is none.
    pub fn number(&self) -> Result<i64, String> {
        self.value()?.as_i64().ok_or_else(|| format!("{self}: the argument is no number"))
    }

    /// What to say of an argument that is malformed.
    pub fn wrong(&self, why: &Malformed) -> String {
        format!("{self}: {why}")
    }

    /// What to say of a service that does not exist.
    pub fn no_service(&self) -> String {
        format!("rpc: can't find service {self}")
    }

    /// What to say of a method that does not exist.
    pub fn no_method(&self) -> String {
        format!("rpc: can't find method {self}")
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.service, self.method)
    }
}

/// The result of a call, or why there is none.
pub type Answer = Result<Value, String>;

/// What is called.
#[async_trait]
pub trait Service: Send + Sync + 'static {
    /// Answers a call before the next is even read, so that the effects of such calls come in their order. Nothing for a call that may
    /// take its time.
    fn at_once(&self, call: &Call) -> Option<Answer>;

    /// Answers any other call. Several are under way at a time.
    async fn answer(&self, call: Call) -> Answer;
}

/// Answers calls until the other side ends its direction of the stream. What is still under way then is given back: dropping it gives
/// those calls up, waiting for it lets them end.
///
/// # Errors
/// The stream failed or does not hold calls.
pub async fn serve(stream: Stream, service: Arc<dyn Service>) -> (JoinSet<()>, io::Result<()>) {
    let (from, to) = tokio::io::split(stream);
    let (outbox, messages) = mpsc::channel(64);
    let mut calls = JoinSet::new();
    calls.spawn(write(to, messages));
    let end = read(ValueReader::new(from), service, outbox, &mut calls).await;
    (calls, end)
}

async fn read<R: tokio::io::AsyncRead + Unpin>(
    mut values: ValueReader<R>,
    service: Arc<dyn Service>,
    outbox: Outbox,
    calls: &mut JoinSet<()>,
) -> io::Result<()> {
    let permits = Arc::new(Semaphore::new(MAX_CALLS));
    let garbled =
        |error: Malformed| io::Error::new(io::ErrorKind::InvalidData, format!("a garbled call: {error}"));
    while let Some(header) = values.next().await? {
        let Some(argument) = values.next().await? else { return Err(io::ErrorKind::UnexpectedEof.into()) };
        let header = Fields::read(&header).map_err(garbled)?;
        let name = header.text("ServiceMethod").map_err(garbled)?;
        let seq = header.value("Seq").map_err(garbled)?;
        // Names of services may have dots, those of methods have none.
        let Some((service_name, method)) = name.rsplit_once('.') else {
            let text = format!("rpc: service/method request ill-formed: {name}");
            let _ = outbox.send(message(&name, seq, Err(text))).await;
            continue;
        };
        let call = Call { service: service_name.to_owned(), method: method.to_owned(), argument };
        if let Some(answer) = service.at_once(&call) {
            // When nobody writes any more the stream is gone, and the next read says so.
            let _ = outbox.send(message(&name, seq, answer)).await;
            continue;
        }
        while calls.try_join_next().is_some() {}
        let Ok(permit) = permits.clone().acquire_owned().await else { return Ok(()) };
        let (service, outbox) = (service.clone(), outbox.clone());
        calls.spawn(async move {
            // Who asked waits for an answer, whatever happens here.
            let answer = AssertUnwindSafe(service.answer(call)).catch_unwind().await;
            let answer = answer.unwrap_or_else(|_| Err("internal error: the call panicked".into()));
            let _ = outbox.send(message(&name, seq, answer)).await;
            drop(permit);
        });
    }
    Ok(())
}

fn message(name: &str, seq: Value, answer: Answer) -> Vec<u8> {
    let (error, body) = match answer {
        Ok(body) => (String::new(), body),
        // An empty text would count as success.
        Err(error) if error.is_empty() => ("unknown error".to_owned(), Value::Map(Vec::new())),
        Err(error) => (error, Value::Map(Vec::new())),
    };
    let mut message = Vec::with_capacity(64);
    let header = [("ServiceMethod", name.into()), ("Seq", seq), ("Error", error.into())];
    encode(&Value::record(header), &mut message);
    encode(&body, &mut message);
    message
}
