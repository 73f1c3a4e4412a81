//! The host's screen, for components of ours: what they tell goes there line by line, and so do questions.

use async_trait::async_trait;
use bytes::Bytes;
use gorpc::{Client, Value};
use tintype_event::{Event, EventKind, EventSink, Observer, Secrets, Stream, Target};
use tintype_sdk::{Asker, NoAnswer};
use tokio::sync::{mpsc, oneshot};

/// The host's screen. Clones are the same.
#[derive(Clone)]
pub(super) struct FarScreen {
    client: Client,
    to: mpsc::UnboundedSender<Message>,
}

enum Message {
    Call(&'static str, Value),
    /// Everything before has been shown.
    Shown(oneshot::Sender<()>),
}

impl FarScreen {
    pub(super) fn new(client: Client) -> Self {
        // Not bounded: events are told from where nothing can wait, and a command's output, of which there is most, waits for the
        // machine's connection, which is the same.
        let (to, mut from) = mpsc::unbounded_channel();
        let caller = client.clone();
        tokio::spawn(async move {
            while let Some(message) = from.recv().await {
                match message {
                    // A host that shows nothing need not be told.
                    Message::Call(method, argument) => _ = caller.call(method, &argument).await,
                    Message::Shown(done) => _ = done.send(()),
                }
            }
        });
        Self { client, to }
    }

    /// The door through which everything goes there.
    pub(super) fn events(&self) -> EventSink {
        EventSink::new(Secrets::default(), vec![Box::new(self.clone())])
    }

    /// Waits until everything that was told is shown.
    pub(super) async fn shown(&self) {
        let (sender, shown) = oneshot::channel();
        if self.to.send(Message::Shown(sender)).is_ok() {
            let _ = shown.await;
        }
    }

    fn call(&self, method: &'static str, argument: impl Into<Value>) {
        let _ = self.to.send(Message::Call(method, argument.into()));
    }
}

impl Observer for FarScreen {
    fn notice(&mut self, event: &Event) {
        match &event.kind {
            EventKind::Say(text) => self.call("Ui.Say", text.as_str()),
            EventKind::Error(text) => self.call("Ui.Error", text.as_str()),
            EventKind::Output { stream, line } => {
                let method = if *stream == Stream::Stderr { "Ui.Error" } else { "Ui.Say" };
                self.call(method, Value::Str(Bytes::copy_from_slice(line)));
            }
            EventKind::CleanupFailed { what, error } => {
                self.call("Ui.Error", format!("Error cleaning up {what}: {error}"));
            }
            EventKind::Machine { category, data } => {
                let args = Value::texts(data);
                self.call(
                    "Ui.Machine",
                    Value::record([("Category", category.as_str().into()), ("Args", args)]),
                );
            }
            // The host knows for itself what begins and ends, and shows progress of its own.
            _ => {}
        }
    }
}

#[async_trait]
impl Asker for FarScreen {
    async fn ask(&self, _: Option<&Target>, question: &str) -> Result<String, NoAnswer> {
        self.shown().await;
        let answer = self.client.call("Ui.Ask", &question.into()).await.map_err(|_| NoAnswer::NoTerminal)?;
        let answer = gorpc::msgpack::decode(&answer).map_err(|_| NoAnswer::NoTerminal)?;
        answer.as_text().map(|text| text.into_owned()).ok_or(NoAnswer::NoTerminal)
    }
}
