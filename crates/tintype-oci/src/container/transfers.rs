//! What is under way between a container and those who use it: files that are put in or read out, commands that are being started. Its
//! machine ends after them; one that no longer moves holds nobody up for ever.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::{Error, Result};

/// For so long nothing may move before it is given up.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is under way in one container.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    /// What they are, by number.
    open: BTreeMap<u64, String>,
    begun: u64,
    /// Everything is to end now.
    aborted: bool,
}

/// One of them. Dropped, it is over.
#[derive(Debug)]
pub(super) struct Transfer {
    all: Arc<Transfers>,
    number: u64,
}

impl Transfers {
    /// Something begins; `what` names it in messages.
    pub(super) fn begin(self: &Arc<Self>, what: String) -> Transfer {
        let mut number = 0;
        self.state.send_modify(|state| {
            number = state.begun;
            state.begun += 1;
            state.open.insert(number, what);
        });
        Transfer { all: self.clone(), number }
    }

    /// Something has moved, so whoever waits goes on waiting.
    pub(super) fn moved(&self) {
        self.state.send_modify(|_| {});
    }

    /// Ends everything that is under way, and whatever begins later.
    pub(super) fn abort(&self) {
        self.state.send_modify(|state| state.aborted = true);
    }

    /// Waits until nothing is under way.
    ///
    /// # Errors
    /// [`Error::Unfinished`]: nothing has moved for a long time.
    pub(super) async fn ended(&self) -> Result<()> {
        let mut changes = self.state.subscribe();
        loop {
            let first = changes.borrow_and_update().open.first_key_value().map(|(_, what)| what.clone());
            let Some(what) = first else { return Ok(()) };
            if tokio::time::timeout(PATIENCE, changes.changed()).await.is_err() {
                return Err(Error::Unfinished { what, seconds: PATIENCE.as_secs() });
            }
        }
    }
}

impl Transfer {
    /// Waits until it is to end before its time.
    pub(super) async fn aborted(&self) {
        let mut changes = self.all.state.subscribe();
        // Its sender lives at least as long as this.
        let _ = changes.wait_for(|state| state.aborted).await;
    }

    /// As [`Transfers::moved`].
    pub(super) fn moved(&self) {
        self.all.moved();
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        self.all.state.send_modify(|state| drop(state.open.remove(&self.number)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_stands_still_is_given_up() {
        let all = Arc::new(Transfers::default());
        let (one, other) = (all.begin("one".to_owned()), all.begin("other".to_owned()));
        let moving = tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(PATIENCE / 2).await;
                one.moved();
            }
        });
        let error = all.ended().await.expect_err("the other does not end");
        assert!(moving.is_finished());
        assert_eq!(error.to_string(), "other has not ended: nothing of it has moved for 30 seconds");
        all.abort();
        other.aborted().await;
        drop(other);
        all.ended().await.expect("nothing is under way");
    }
}
