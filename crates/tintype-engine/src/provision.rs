//! The loop over provisioners, and what is done around each: pause, timeout, retries, going on after a failure.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tintype_plan::{BuildPlan, ProvisionStep};
use tintype_schema::GoDuration;
use tintype_sdk::{Cx, Error, Hook, Machine, PrepareCx, Provisioner, Result};

use crate::vars::while_provisioning;

/// What the engine does with a machine in the middle of a build.
pub(crate) struct Provisioning {
    prepare: PrepareCx,
    generated: Vec<String>,
    steps: Vec<ProvisionStep>,
    error_cleanup: Option<ProvisionStep>,
}

impl Provisioning {
    pub(crate) fn of(plan: &BuildPlan, generated: &[String]) -> Self {
        Self {
            prepare: plan.prepare.clone(),
            generated: generated.to_vec(),
            steps: plan.provisioners.clone(),
            error_cleanup: plan.error_cleanup.clone(),
        }
    }

    async fn step(&self, step: &ProvisionStep, machine: &Machine, cx: &Cx) -> Result<()> {
        if cx.policy().debug {
            // The blank before the full stop is Packer's; expect scripts wait for this text.
            cx.pause("Pausing before the next provisioner . Press enter to continue.").await;
        }
        let vars = while_provisioning(&self.generated, machine.vars());
        let config =
            step.component.config.resolve(&vars).map_err(|errors| Error::user(errors.to_string()))?;
        let prepared = step
            .component
            .kind
            .prepare(&config, &self.prepare)
            .await
            .map_err(|errors| Error::user(errors.to_string()))?;
        let result = retry(step, &*prepared.component, machine, cx).await;
        match result {
            Err(error) if step.continue_on_error && !error.is_cancelled() && !cx.cancel().is_cancelled() => {
                cx.say(format!(
                    "Warning: Provisioner failed with \"{error}\", but continue_on_error is set; continuing the build."
                ));
                Ok(())
            }
            result => result,
        }
    }
}

/// Runs it again after failures. Every message, and the error at the end, are about the first failure: Packer's rule.
async fn retry(
    step: &ProvisionStep,
    provisioner: &dyn Provisioner,
    machine: &Machine,
    cx: &Cx,
) -> Result<()> {
    let Err(first) = limited(step, provisioner, machine, cx).await else { return Ok(()) };
    if step.max_retries == 0 {
        return Err(first);
    }
    for left in (1..=step.max_retries).rev() {
        if first.is_cancelled() || cx.cancel().is_cancelled() {
            return Err(first);
        }
        cx.say(format!("Provisioner failed with \"{first}\", retrying with {left} trie(s) left"));
        match limited(step, provisioner, machine, cx).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_cancelled() => return Err(error),
            Err(_) => {}
        }
    }
    cx.say("retry limit reached.");
    Err(first)
}

/// Waits before it, or else limits its time.
async fn limited(
    step: &ProvisionStep,
    provisioner: &dyn Provisioner,
    machine: &Machine,
    cx: &Cx,
) -> Result<()> {
    if !step.pause_before.is_zero() {
        cx.say(format!("Pausing {} before the next provisioner...", GoDuration::from(step.pause_before)));
        cx.sleep(step.pause_before).await?;
        return provisioner.provision(machine, cx).await;
    }
    if step.timeout.is_zero() {
        return provisioner.provision(machine, cx).await;
    }
    cx.say(format!("Setting a {} timeout for the next provisioner...", GoDuration::from(step.timeout)));
    within(step.timeout, provisioner, machine, cx).await
}

async fn within(limit: Duration, provisioner: &dyn Provisioner, machine: &Machine, cx: &Cx) -> Result<()> {
    let part = cx.with_cancel(cx.cancel().child());
    let mut work = provisioner.provision(machine, &part);
    let result = tokio::select! {
        result = &mut work => return result,
        () = tokio::time::sleep(limit) => {
            cx.error("Cancelling provisioner after a timeout...");
            part.cancel().cancel();
            work.await
        }
    };
    // The build as a whole was not cancelled: the provisioner failed.
    match result {
        Err(error) if error.is_cancelled() && !cx.cancel().is_cancelled() => {
            Err(Error::user(format!("provisioner timed out after {}", GoDuration::from(limit))))
        }
        result => result,
    }
}

#[async_trait]
impl Hook for Provisioning {
    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        for step in &self.steps {
            cx.check()?;
            self.step(step, machine, cx).await?;
            machine.step_ended().await?;
        }
        Ok(())
    }

    async fn error_cleanup(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        match &self.error_cleanup {
            Some(step) => self.step(step, machine, cx).await,
            None => Ok(()),
        }
    }
}

impl Provisioning {
    /// As the border wants it.
    pub(crate) fn hook(self) -> Arc<dyn Hook> {
        Arc::new(self)
    }
}
