//! Provisioner `sleep`: waits.

use tintype_schema::{At, Config, GoDuration};
use tintype_sdk::{Cx, Machine, PrepareCx, ProvisionWith, Purity, Result, StepKey};

/// Waits some time before the next provisioner.
#[derive(Config)]
#[config(name = "sleep", unchecked)]
pub(crate) struct SleepConfig {
    /// How long, such as `90s` or `1m30s`.
    #[config(key = "no")]
    duration: GoDuration,
}

/// A prepared `sleep`.
pub(crate) struct Sleep(SleepConfig);

impl ProvisionWith for Sleep {
    type Config = SleepConfig;

    fn prepare(config: SleepConfig, _: &PrepareCx, _: &mut At<'_>) -> Self {
        Self(config)
    }

    /// However long it waits, the machine is the same after it.
    async fn key(&self, _: &PrepareCx) -> Result<StepKey> {
        Ok(StepKey { kind: "sleep".into(), version: 1, parts: Vec::new(), purity: Purity::HostOnly })
    }

    async fn provision(&self, _: &Machine, cx: &Cx) -> Result<()> {
        cx.sleep(self.0.duration.to_std()).await
    }
}
