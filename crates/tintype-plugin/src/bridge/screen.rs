//! The host's screen, for components of ours: what they tell goes there line by line, and so do questions.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use gorpc::{Client, Value};
use tintype_event::{Event, EventKind, EventSink, Observer, ProgressId, Secrets, Stream, Target, Unit};
use tintype_sdk::{Asker, NoAnswer};
use tokio::sync::{mpsc, oneshot};

/// The host's screen. Clones are the same.
#[derive(Clone)]
pub(crate) struct FarScreen {
    client: Client,
    to: mpsc::UnboundedSender<Message>,
}

enum Message {
    Call(&'static str, Value),
    Progress {
        id: ProgressId,
        label: Arc<str>,
        done: u64,
        total: Option<u64>,
    },
    ProgressEnded(ProgressId),
    /// Everything before has been shown.
    Shown(oneshot::Sender<()>),
}

impl FarScreen {
    pub(crate) fn new(client: Client) -> Self {
        // Not bounded: events are told from where nothing can wait, and a command's output, of which there is most, waits for the
        // machine's connection, which is the same.
        let (to, mut from) = mpsc::unbounded_channel();
        let mut caller = Caller { client: client.clone(), progress: HashMap::new() };
        tokio::spawn(async move {
            while let Some(message) = from.recv().await {
                caller.tell(message).await;
            }
        });
        Self { client, to }
    }

    /// The door through which everything goes there.
    pub(crate) fn events(&self) -> EventSink {
        EventSink::new(Secrets::default(), vec![Box::new(self.clone())])
    }

    /// Waits until everything that was told is shown.
    pub(crate) async fn shown(&self) {
        let (sender, shown) = oneshot::channel();
        if self.to.send(Message::Shown(sender)).is_ok() {
            let _ = shown.await;
        }
    }

    fn call(&self, method: &'static str, argument: impl Into<Value>) {
        let _ = self.to.send(Message::Call(method, argument.into()));
    }
}

/// Waits until what was told to a far screen is shown. An answer takes another stream, and would overtake it.
pub(crate) async fn shown(screen: Option<&FarScreen>) {
    if let Some(screen) = screen {
        screen.shown().await;
    }
}

/// Makes the calls, one after the other.
struct Caller {
    client: Client,
    /// What is in progress: the host's name for it, and how much it was told.
    progress: HashMap<ProgressId, (String, u64)>,
}

impl Caller {
    /// Failures do not matter: a host that shows nothing need not be told.
    async fn tell(&mut self, message: Message) {
        match message {
            Message::Call(method, argument) => _ = self.client.call(method, &argument).await,
            Message::Progress { id, label, done, total } => {
                if let Some((name, told)) = self.progress.get_mut(&id) {
                    let more = done.saturating_sub(*told);
                    *told = done;
                    _ = self.client.call(&format!("Ui{name}.Add"), &size(more)).await;
                    return;
                }
                let argument = Value::record([
                    ("Src", (&*label).into()),
                    ("TotalSize", size(total.unwrap_or(0))),
                    ("CurrentSize", size(done)),
                ]);
                let Ok(name) = self.client.call("Ui.NewTrackProgress", &argument).await else { return };
                if let Ok(name) = gorpc::msgpack::decode(&name)
                    && let Some(name) = name.as_text()
                {
                    self.progress.insert(id, (name.into_owned(), done));
                }
            }
            Message::ProgressEnded(id) => {
                if let Some((name, _)) = self.progress.remove(&id) {
                    _ = self.client.call(&format!("Ui{name}.Close"), &Value::Nil).await;
                }
            }
            Message::Shown(done) => _ = done.send(()),
        }
    }
}

fn size(bytes: u64) -> Value {
    Value::Int(i64::try_from(bytes).unwrap_or(i64::MAX))
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
            EventKind::Progress { id, label, done, total, unit: Unit::Bytes } => {
                let (id, label, done, total) = (*id, label.clone(), *done, *total);
                let _ = self.to.send(Message::Progress { id, label, done, total });
            }
            EventKind::ProgressEnded { id } => _ = self.to.send(Message::ProgressEnded(*id)),
            // The host knows for itself what begins and ends.
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
