//! What is done beside a container's own work, before anybody asks for it: layers that will leave the machine are compressed. That their
//! bytes are the same as later is `forms`' affair.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Container, Sealed};
use crate::images::layers;
use crate::{NewLayer, Result};

/// Work that goes on beside a container's. Dropped, it is stopped.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    stop: CancellationToken,
    tasks: Mutex<JoinSet<()>>,
}

/// A layer that is being made.
pub(super) type Early = oneshot::Receiver<Result<NewLayer>>;

impl Ahead {
    /// Begins something, which ends early when the token says so. Nobody hears of its failure: who needs the result makes it again.
    fn begin<F: Future<Output = ()> + Send + 'static>(&self, work: impl FnOnce(CancellationToken) -> F) {
        let work = work(self.stop.clone());
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).spawn(work);
    }

    /// Stops everything, and waits for that.
    pub(super) async fn end(&self) {
        self.stop.cancel();
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while tasks.join_next().await.is_some() {}
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        // Its threads do not end with their tasks.
        self.stop.cancel();
    }
}

impl Container {
    /// Compresses those layers of the image that are not, while the machine works.
    pub(super) fn compress_base(&self) {
        for form in self.wish.forms.iter().copied() {
            let (store, image) = (self.host.store().clone(), self.image.clone());
            self.ahead.begin(|stop| async move {
                for (layer, diff_id) in layers(&image) {
                    if store.form_until(layer, diff_id, form, &stop).await.is_err() {
                        return;
                    }
                }
            });
        }
    }

    /// Makes layers of what is sealed, and compresses them, while the next step runs.
    pub(super) fn begin_layers(&self, sealed: &mut [Sealed]) {
        if self.wish.forms.is_empty() {
            return;
        }
        for sealed in sealed.iter_mut().filter(|sealed| sealed.early.is_none()) {
            let (tell, told) = oneshot::channel();
            sealed.early = Some(told);
            let (host, upper, volumes) = (self.host.clone(), sealed.upper.clone(), self.volumes.clone());
            let (youngest, forms) = (self.wish.youngest, self.wish.forms.clone());
            self.ahead.begin(|stop| async move {
                let made = host.layer(vec![upper], &volumes, youngest, &stop).await;
                let layer = made.as_ref().ok().filter(|layer| layer.entries > 0);
                let layer = layer.map(|layer| (layer.blob.clone(), layer.diff_id.clone()));
                // Whoever wants it may have gone.
                let _ = tell.send(made);
                let Some((blob, diff_id)) = layer else { return };
                for form in forms {
                    if host.store().form_until(&blob, &diff_id, form, &stop).await.is_err() {
                        return;
                    }
                }
            });
        }
    }

    /// Stops what is under way, and removes from the store what came of it for nothing.
    pub(super) async fn end_ahead(&self, sealed: Vec<Sealed>) {
        self.ahead.end().await;
        for mut early in sealed.into_iter().filter_map(|sealed| sealed.early) {
            if let Ok(Ok(layer)) = early.try_recv() {
                // What cannot be removed now is when the store is cleaned.
                let _ = self.host.store().forget(layer).await;
            }
        }
    }
}
