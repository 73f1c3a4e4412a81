//! What a container has changed, as layers of the store.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use sandbox::TaskIo;
use tokio_util::sync::CancellationToken;

use super::still::Still;
use super::tasks::{self, ChangesArgs};
use super::volumes::Volumes;
use super::{Container, Host, pipe};
use crate::{NewLayer, Result};

/// How a container's changes become layers.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Grain {
    /// All in one.
    #[default]
    One,
    /// One for each step.
    Step,
}

impl Container {
    /// Ends a step: what is changed from now on is apart from what was changed until now. Everything that runs in the container is
    /// ended, so see that nothing does ([`Container::is_busy`]).
    ///
    /// # Errors
    /// The machine cannot be taken down, or files on their way no longer move.
    pub async fn end_step(&self) -> Result<()> {
        if let Some(still) = &self.still {
            self.transfers.ended().await?;
            return Self::with_still(still, |still| {
                still.end_step();
                Ok(())
            })
            .await;
        }
        let mut state = self.state.lock().await;
        self.end(&mut state).await?;
        self.begin_layers(&mut state.sealed);
        Ok(())
    }

    /// The changes as layers, the lowest first; none when nothing has changed. Everything that runs in the container is ended before.
    ///
    /// # Errors
    /// A file cannot be read, the store cannot be written, or files on their way no longer move.
    pub async fn layers(&self, grain: Grain) -> Result<Vec<NewLayer>> {
        if let Some(still) = &self.still {
            return self.still_layers(still, grain).await;
        }
        let mut state = self.state.lock().await;
        self.end(&mut state).await?;
        let mut layers = Vec::new();
        match grain {
            Grain::One if state.sealed.is_empty() => {}
            Grain::One => {
                let uppers = state.sealed.iter().map(|sealed| sealed.upper.clone()).collect();
                layers.push(self.layer(uppers).await?);
            }
            Grain::Step => {
                for sealed in &mut state.sealed {
                    let early = match sealed.early.take() {
                        Some(early) => early.await.ok().and_then(Result::ok),
                        None => None,
                    };
                    layers.push(match early {
                        Some(layer) => layer,
                        None => self.layer(vec![sealed.upper.clone()]).await?,
                    });
                }
            }
        }
        layers.retain(|layer| layer.entries > 0);
        Ok(layers)
    }

    async fn still_layers(&self, still: &Arc<Mutex<Still>>, grain: Grain) -> Result<Vec<NewLayer>> {
        self.transfers.ended().await?;
        let steps = Self::with_still(still, |still| {
            still.end_step();
            Ok(still.ended_steps())
        });
        let steps = steps.await?;
        let together = match grain {
            Grain::One => steps.max(1),
            Grain::Step => 1,
        };
        let mut layers = Vec::new();
        for first in (0..steps).step_by(together) {
            let range = first..first + together;
            let (still, volumes) = (still.clone(), self.volumes.clone());
            let write = move |writer: &mut _| {
                let hidden = |path: &[u8]| volumes.hide(path);
                still.lock().unwrap_or_else(PoisonError::into_inner).write(range, &hidden, writer)
            };
            let layer = self.host.store().make_layer(self.wish.youngest, write).await?;
            if layer.entries > 0 {
                layers.push(layer);
            }
        }
        Ok(layers)
    }

    /// A layer of upper directories, as it is made when somebody waits for it.
    async fn layer(&self, uppers: Vec<PathBuf>) -> Result<NewLayer> {
        let stop = CancellationToken::new();
        let _ends_with_this = stop.clone().drop_guard();
        self.host.layer(uppers, &self.volumes, self.wish.youngest, &stop).await
    }
}

impl Host {
    /// A layer of upper directories, the oldest first, until it shall end.
    pub(super) async fn layer(
        &self,
        uppers: Vec<PathBuf>,
        volumes: &Volumes,
        youngest: Option<i64>,
        stop: &CancellationToken,
    ) -> Result<NewLayer> {
        let args = ChangesArgs { uppers, volumes: volumes.clone(), youngest };
        if self.is_root() {
            return self
                .store()
                .make_layer_until(youngest, stop, move |writer| {
                    tasks::changes(&args.uppers, &args.volumes, writer)
                })
                .await;
        }
        // Files of mapped ids are closed to us.
        let (from, output) = pipe::from_task_blocking()?;
        let task = self.task::<()>(tasks::CHANGES, &args, TaskIo { input: None, output: Some(output) });
        let (layer, done) = tokio::join!(self.store().add_layer_until(from, stop), task);
        done?;
        layer
    }
}
