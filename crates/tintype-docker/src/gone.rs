//! Whether the container is gone: it is removed beside everything else, and what it uses must stay until then.

use tokio::sync::watch;

/// Whether the container is gone. Clones tell of the same one.
#[derive(Clone, Debug)]
pub(crate) struct Gone(watch::Sender<bool>);

impl Default for Gone {
    fn default() -> Self {
        Self::new()
    }
}

impl Gone {
    /// There is no container yet.
    pub fn new() -> Self {
        Self(watch::Sender::new(true))
    }

    /// Tells of a change.
    pub fn set(&self, gone: bool) {
        self.0.send_replace(gone);
    }

    /// Waits until it is gone.
    pub async fn wait(&self) {
        // An error would mean that there is no sender, and we are one.
        let _ = self.0.subscribe().wait_for(|gone| *gone).await;
    }
}
