//! Provisioners: they configure a machine.

use async_trait::async_trait;
use diag::Diagnostics;
use tintype_schema::{ConfigValue, Schema};

use crate::key::StepKey;
use crate::{Cx, Machine, PrepareCx, Prepared, Result};

/// A type of provisioner as the core sees it.
#[async_trait]
pub trait ProvisionerKind: Send + Sync {
    /// Its options.
    fn schema(&self) -> &Schema;
    /// Checks options; every mistake is found at once. Called twice for an HCL template: with placeholders for what only the running
    /// build knows, then with the real values.
    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Provisioner>, Diagnostics>;
}

/// A provisioner with its options.
#[async_trait]
pub trait Provisioner: Send + Sync {
    /// What its effect on a machine depends on. Needs no machine.
    async fn key(&self, _cx: &PrepareCx) -> Result<StepKey> {
        Ok(StepKey::impure("the provisioner names no key"))
    }
    /// Does its work. May be called again after a failure (`max_retries`).
    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()>;
}
