//! A call that is the work itself: it takes long, the plugin asks for things meanwhile, and it can be told to stop.

use std::sync::Arc;
use std::time::Duration;

use gorpc::Value;
use tintype_sdk::{Cancel, Error, Result};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::plugin::Plugin;
use super::process::done;

/// A word to stop that comes before the plugin has begun would break it; it has, this long after it opened its stream.
const BEGUN: Duration = Duration::from_millis(100);

/// How far plugin and host have come with each other. Clones are the same.
#[derive(Clone, Default)]
pub(super) struct Signals {
    begun: Arc<Notify>,
    told: CancellationToken,
}

impl Signals {
    /// The plugin has begun: it opened its stream.
    pub(super) fn begin(&self) {
        self.begun.notify_one();
    }

    /// Cancelled when the plugin knows that it is to stop, or never will.
    pub(super) fn told(&self) -> &CancellationToken {
        &self.told
    }
}

/// Calls what takes long, serves the plugin meanwhile, and passes on the word to stop once the plugin can understand it.
pub(super) async fn with_cancel(
    plugin: &Arc<Plugin>,
    method: &str,
    argument: &Value,
    cancel: &Cancel,
    serving: impl Future<Output = ()>,
    signals: &Signals,
) -> Result<bytes::Bytes> {
    let work = plugin.begin_work();
    let stopping = async {
        tokio::join!(cancel.cancelled(), async {
            signals.begun.notified().await;
            tokio::time::sleep(BEGUN).await;
        });
        // The answer to the call itself says how it went.
        let _ = plugin.call("Cancel", &Value::Nil).await;
        signals.told.cancel();
    };
    let beside = async {
        tokio::join!(serving, stopping);
        std::future::pending().await
    };
    let answer = tokio::select! {
        biased;
        answer = plugin.call(method, argument) => answer,
        never = beside => never,
    };
    match answer {
        Ok(answer) => {
            done(work);
            Ok(answer)
        }
        // Refused: the plugin is well. Otherwise what it started goes with it.
        Err(error) => {
            if error.kind() == tintype_sdk::Kind::User {
                done(work);
            }
            Err(if cancel.is_cancelled() { stopped(error) } else { error })
        }
    }
}

/// A failure after the word to stop counts as its consequence; what the plugin said of it is on the screen.
fn stopped(error: Error) -> Error {
    if error.kind() == tintype_sdk::Kind::User { Error::cancelled() } else { error }
}
