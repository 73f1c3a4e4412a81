//! The provisioners, for a builder behind the wire: it calls them when its machine is ready.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use gorpc::{Answer, Call, Client, Fields, Mux, Value};
use tintype_sdk::{BuildVars, Cancel, Cx, Hook, Machine};
use tokio_util::sync::CancellationToken;

use super::communicator::FarCommunicator;
use crate::value::from_plain;

/// What the builder published, as it came: provisioners behind a wire get just this.
pub(crate) struct Published(pub(crate) Vec<(String, Bytes)>);

/// Runs provisioners when it is asked to.
pub(crate) struct HookServer {
    hook: Arc<dyn Hook>,
    cx: Cx,
    mux: Mux,
    running: Mutex<Vec<Cancel>>,
    told: CancellationToken,
}

/// How long a failure after the word to stop waits for that word to reach the builder.
const TOLD: Duration = Duration::from_secs(5);

impl HookServer {
    /// `told` is cancelled when the builder knows that the build is to stop.
    pub(crate) fn new(hook: Arc<dyn Hook>, cx: Cx, mux: Mux, told: CancellationToken) -> Self {
        Self { hook, cx, mux, running: Mutex::default(), told }
    }

    pub(crate) async fn answer(&self, call: &Call) -> Answer {
        match &*call.method {
            "Run" => self.run(&call.fields()?).await.map(|()| Value::Nil),
            "Cancel" => {
                let running = self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
                running.iter().for_each(Cancel::cancel);
                Ok(Value::Nil)
            }
            _ => Err(call.no_method()),
        }
    }

    async fn run(&self, fields: &Fields) -> Result<(), String> {
        let name = fields.text("Name").map_err(text)?;
        let id = fields.stream("StreamId").map_err(text)?;
        if id == 0 {
            return Err("Hook.Run: StreamId is no stream".into());
        }
        // Always: the builder waits for it, even when there is nothing to do.
        let stream = self.mux.dial(id).await.map_err(text)?;
        let communicator = Arc::new(FarCommunicator::new(Client::new(stream), self.mux.clone()));
        // Anything but a map publishes nothing.
        let published = Fields::read(&fields.raw("Data")).unwrap_or_default();
        let mut vars = BuildVars::new();
        for (name, raw) in &published.0 {
            vars.insert(name.clone(), from_plain(&gorpc::msgpack::decode(raw).map_err(text)?));
        }
        let machine = Machine::with_attached(communicator, vars, Arc::new(Published(published.0)));
        match &*name {
            "packer_provision" => {
                let cancel = self.cx.cancel().child();
                self.running.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(cancel.clone());
                let cx = self.cx.with_cancel(cancel);
                let done = self.hook.provision(&machine, &cx).await;
                if done.is_err() && self.cx.cancel().is_cancelled() {
                    // The word to stop takes another way. A builder that hears of the failure first would take it for the cause.
                    let _ = tokio::time::timeout(TOLD, self.told.cancelled()).await;
                }
                done.map_err(text)
            }
            "packer_cleanup_provision" => {
                // It runs after a cancelled build, too.
                let cx = self.cx.with_cancel(Cancel::new());
                self.hook.error_cleanup(&machine, &cx).await.map_err(text)
            }
            _ => Ok(()),
        }
    }
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
