//! Interrupts: the first cancels, the second aborts, the third ends the process. Where systems differ in how they say stop is here.

use tintype_event::{EventKind, EventSink};
use tintype_sdk::Cancel;

/// Listens for as long as the runtime lives.
pub fn listen(cancel: Cancel, events: EventSink) {
    tokio::spawn(async move {
        let word = next().await;
        events.send(None, EventKind::Error(format!("Cancelling build after receiving {word}")));
        cancel.cancel();
        next().await;
        events.send(
            None,
            EventKind::Error(
                "Interrupted again: removing what was made, without waiting for anything else.".into(),
            ),
        );
        cancel.abort();
        next().await;
        leave();
    });
}

/// Takes no notice, for as long as the runtime lives.
pub fn ignore() {
    tokio::spawn(async {
        loop {
            next().await;
        }
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "the user said stop three times: nothing is waited for any more"
)]
fn leave() {
    std::process::exit(1);
}

#[cfg(unix)]
async fn next() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    // A handler that cannot be installed never fires; the default action ends the process then.
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => "interrupt",
        _ = terminate.recv() => "terminated",
    }
}

#[cfg(not(unix))]
async fn next() -> &'static str {
    match tokio::signal::ctrl_c().await {
        Ok(()) => "interrupt",
        Err(_) => std::future::pending().await,
    }
}
