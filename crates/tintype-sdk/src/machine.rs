//! A machine that is being built, as provisioners see it.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

use async_trait::async_trait;
use cty::Value;

use crate::{Communicator, Cx, Locator, Result};

/// What a build knows about itself while it runs: `build.Host`, `build.ID` and so on.
pub type BuildVars = BTreeMap<String, Value>;

/// The names in [`BuildVars`] that every build has.
pub const BUILD_VALUES: [&str; 13] = [
    "ID",
    "Host",
    "Port",
    "User",
    "Password",
    "ConnType",
    "PackerRunUUID",
    "PackerHTTPPort",
    "PackerHTTPIP",
    "PackerHTTPAddr",
    "SSHPublicKey",
    "SSHPrivateKey",
    "WinRMPassword",
];

/// A machine that is being built. Clones are the same machine.
#[derive(Clone)]
pub struct Machine {
    inner: Arc<Inner>,
}

struct Inner {
    comm: RwLock<Arc<dyn Communicator>>,
    vars: BuildVars,
    checkpoint: Option<Arc<dyn Checkpoint>>,
    after_step: Option<Arc<dyn AfterStep>>,
    attached: Option<Arc<dyn Any + Send + Sync>>,
}

impl Inner {
    fn new(comm: Arc<dyn Communicator>, vars: BuildVars) -> Self {
        Self { comm: RwLock::new(comm), vars, checkpoint: None, after_step: None, attached: None }
    }
}

impl Machine {
    /// A machine that is reached through `comm` and publishes `vars`.
    pub fn new(comm: Arc<dyn Communicator>, vars: BuildVars) -> Self {
        Self { inner: Arc::new(Inner::new(comm, vars)) }
    }

    /// The same for a builder that wants to know when a provisioner has ended.
    pub fn with_steps(comm: Arc<dyn Communicator>, vars: BuildVars, after: Arc<dyn AfterStep>) -> Self {
        Self { inner: Arc::new(Inner { after_step: Some(after), ..Inner::new(comm, vars) }) }
    }

    /// The same with something that the builder's maker gives to those who know its type: data that must be passed on unchanged.
    pub fn with_attached(
        comm: Arc<dyn Communicator>,
        vars: BuildVars,
        attached: Arc<dyn Any + Send + Sync>,
    ) -> Self {
        Self { inner: Arc::new(Inner { attached: Some(attached), ..Inner::new(comm, vars) }) }
    }

    /// What was attached, when it is of this type.
    pub fn attached<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.inner.attached.as_ref()?.downcast_ref()
    }

    /// The way to the machine as it is now. Nobody keeps it from one step to the next: a restore or a reconnect replaces it.
    pub fn comm(&self) -> Arc<dyn Communicator> {
        self.inner.comm.read().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }

    /// Puts another way in its place.
    pub fn reconnect(&self, comm: Arc<dyn Communicator>) {
        *self.inner.comm.write().unwrap_or_else(|poisoned| poisoned.into_inner()) = comm;
    }

    /// Ends all sessions, so that the machine's state can be saved.
    pub async fn quiesce(&self) -> Result<()> {
        self.comm().close().await
    }

    /// A provisioner has ended well: the builder hears of it, if it wants to, when no session is left.
    pub async fn step_ended(&self) -> Result<()> {
        let Some(after) = &self.inner.after_step else { return Ok(()) };
        self.quiesce().await?;
        after.ended().await
    }

    /// What the builder publishes.
    pub fn vars(&self) -> &BuildVars {
        &self.inner.vars
    }

    /// How its state can be saved, if it can.
    pub fn checkpoint(&self) -> Option<&dyn Checkpoint> {
        self.inner.checkpoint.as_deref()
    }
}

/// Hears of the end of each provisioner.
#[async_trait]
pub trait AfterStep: Send + Sync {
    /// One has ended well, and no session is left in the machine.
    async fn ended(&self) -> Result<()>;
}

/// Saves a machine's state. The machine offers it, the engine decides when.
#[async_trait]
pub trait Checkpoint: Send + Sync {
    /// Saves the state under a name of the implementation's choice; the machine runs again when this returns.
    async fn save(&self, cx: &Cx) -> Result<Locator>;
}
