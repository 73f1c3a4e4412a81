//! Removes the container of an oci build. It lives in this process: when that dies it is gone, whoever killed it, and what it leaves in
//! the store is swept by the next run.

use std::sync::Arc;

use async_trait::async_trait;
use tintype_sdk::{Cx, Found, Intent, Reaped, Reaper, Result};

use crate::driver::{Driver, Embedded};

/// The kind of resource.
pub(crate) const KIND: &str = "oci-container";

/// Removes containers.
#[derive(Default)]
pub(crate) struct OciReaper {
    engine: Option<Arc<Embedded>>,
}

impl OciReaper {
    /// For a container of this engine.
    pub fn of(engine: Arc<Embedded>) -> Self {
        Self { engine: Some(engine) }
    }
}

#[async_trait]
impl Reaper for OciReaper {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn find(&self, _: &Intent, _: &Cx) -> Result<Found> {
        // A start that failed has taken down what it had made; a container of a process that ended has ended with it.
        Ok(Found::Not)
    }

    async fn reap(&self, _: &Intent, id: &str, cx: &Cx) -> Result<Reaped> {
        let Some(engine) = self.engine.clone() else { return Ok(Reaped::Gone) };
        cx.say(format!("Killing the container: {id}"));
        let id = id.to_owned();
        Ok(Reaped::Going(Box::pin(async move { engine.remove(&id).await })))
    }
}
