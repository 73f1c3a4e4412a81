//! The services that share one stream: the screen, and beside it the machine, the provisioners or an artifact.

use std::sync::Arc;

use async_trait::async_trait;
use gorpc::{Answer, Call, Expected, Service, serve};

use super::artifact::ArtifactServer;
use super::communicator::CommunicatorServer;
use super::hook::HookServer;
use super::ui::UiServer;

/// What stands beside the screen.
pub(crate) enum Beside {
    /// The provisioners, for a builder.
    Hook(HookServer),
    /// The machine, for a provisioner.
    Communicator(CommunicatorServer),
    /// What was made, for a post-processor.
    Artifact(ArtifactServer),
}

/// The services of one stream.
pub(crate) struct Services {
    ui: UiServer,
    beside: Beside,
}

impl Services {
    pub(crate) fn new(ui: UiServer, beside: Beside) -> Arc<Self> {
        Arc::new(Self { ui, beside })
    }
}

#[async_trait]
impl Service for Services {
    fn at_once(&self, call: &Call) -> Option<Answer> {
        if self.ui.takes(call) { self.ui.at_once(call) } else { None }
    }

    async fn answer(&self, call: Call) -> Answer {
        match (&*call.service, &self.beside) {
            ("Ui", _) => self.ui.answer(&call).await,
            ("Hook", Beside::Hook(hook)) => hook.answer(&call).await,
            ("Communicator", Beside::Communicator(communicator)) => communicator.answer(&call).await,
            ("Artifact", Beside::Artifact(artifact)) => artifact.answer(&call).await,
            _ => Err(call.no_service()),
        }
    }
}

/// Waits for the other side to open the stream, tells `opened`, and serves on it until it ends. What is under way then is given up.
pub(crate) async fn serve_on(expected: Expected, services: Arc<dyn Service>, opened: impl FnOnce()) {
    // When the stream does not come, the call that named it says why.
    if let Ok(stream) = expected.accept().await {
        opened();
        let _ = serve(stream, services).await;
    }
}
