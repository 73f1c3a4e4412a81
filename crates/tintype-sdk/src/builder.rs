//! Builders: they make a machine, let provisioners at it, and make an artifact of it.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use diag::Diagnostics;
use tintype_schema::{ConfigValue, Schema};

use crate::cleanup::{Scope, When};
use crate::key::{Locator, Restore, StepKey, Usable};
use crate::{Artifact, Cx, Machine, PrepareCx, Prepared, Result, Step};

/// A type of builder as the core sees it: built in, or behind a wire.
#[async_trait]
pub trait BuilderKind: Send + Sync {
    /// Its options.
    fn schema(&self) -> &Schema;
    /// Checks options; every mistake is found at once.
    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn Builder>, Diagnostics>;
    /// Whether a saved state is still there and fits this host.
    async fn verify(&self, _saved: &Locator, _cx: &Cx) -> Result<Usable> {
        Ok(Usable::Gone)
    }
}

/// A builder with its options.
#[async_trait]
pub trait Builder: Send + Sync {
    /// What the machine depends on before any provisioner. Asked before `run`.
    async fn source_key(&self, _cx: &PrepareCx) -> Result<StepKey> {
        Ok(StepKey::impure("the builder names no key"))
    }
    /// Makes the machine, calls `cx.provision`, makes the artifact. Nothing when there is nothing to show.
    async fn run(self: Box<Self>, cx: &BuildCx) -> Result<Option<Arc<dyn Artifact>>>;
}

/// What the engine does with a machine in the middle of a build: the loop over provisioners is its own.
#[async_trait]
pub trait Hook: Send + Sync {
    /// Runs all provisioners.
    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()>;
    /// Runs the error-cleanup-provisioner, if there is one.
    async fn error_cleanup(&self, machine: &Machine, cx: &Cx) -> Result<()>;
}

/// The context of a builder: a `Cx` that can provision.
pub struct BuildCx {
    cx: Cx,
    hook: Arc<dyn Hook>,
    start_from: Option<Restore>,
}

impl Deref for BuildCx {
    type Target = Cx;
    fn deref(&self) -> &Cx {
        &self.cx
    }
}

impl BuildCx {
    /// A context whose provisioning is `hook`'s affair.
    pub fn new(cx: Cx, hook: Arc<dyn Hook>) -> Self {
        Self { cx, hook, start_from: None }
    }

    /// What to start from instead of the source, if anything.
    pub fn start_from(&self) -> Option<&Restore> {
        self.start_from.as_ref()
    }

    /// What the engine does in the middle of the build, for a builder that calls it from elsewhere and has steps of its own: one behind a
    /// wire.
    pub fn hook(&self) -> Arc<dyn Hook> {
        self.hook.clone()
    }

    /// Lets all provisioners at the machine.
    pub async fn provision(&self, machine: &Machine) -> Result<()> {
        self.cx.step(Provision { hook: self.hook.clone(), machine: machine.clone() }).await
    }

    /// The same outside of any step: no question after a failure, no error-cleanup-provisioner. For the one builder of Packer that has
    /// no steps (`file`).
    pub async fn provision_without_steps(&self, machine: &Machine) -> Result<()> {
        self.hook.provision(machine, &self.cx).await
    }
}

struct Provision {
    hook: Arc<dyn Hook>,
    machine: Machine,
}

impl Step for Provision {
    type Out = ();

    fn name(&self) -> std::borrow::Cow<'static, str> {
        "StepProvision".into()
    }

    async fn run(&self, cx: &Cx) -> Result<()> {
        let (hook, machine) = (self.hook.clone(), self.machine.clone());
        // Registered before the provisioners run, so that a failure of theirs, or of a later step, finds it.
        let _runs_at_the_end =
            cx.defer(Scope::Machine, When::ErrorCleanup, "error-cleanup-provisioner", |cx| async move {
                cx.say("Provisioning step had errors: Running the cleanup provisioner, if present...");
                hook.error_cleanup(&machine, &cx).await
            });
        self.hook.provision(&self.machine, cx).await
    }
}
