//! What stands in for the engine in the middle of a build.

use std::pin::Pin;
use std::sync::Mutex;

use async_trait::async_trait;
use tintype_sdk::{Cx, Hook, Machine, Result};

type Boxed = Pin<Box<dyn Future<Output = Result<()>> + Send>>;
type Work = Box<dyn Fn(Machine, Cx) -> Boxed + Send + Sync>;

/// Runs one function in place of all provisioners, and keeps the machine it was given.
pub struct FakeHook {
    work: Work,
    machine: Mutex<Option<Machine>>,
}

impl FakeHook {
    /// Runs this.
    pub fn new<F>(work: impl Fn(Machine, Cx) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        Self { work: Box::new(move |machine, cx| Box::pin(work(machine, cx))), machine: Mutex::default() }
    }

    /// Does nothing.
    pub fn nothing() -> Self {
        Self::new(|_, _| async { Ok(()) })
    }

    /// The machine that was provisioned, once it was.
    pub fn machine(&self) -> Option<Machine> {
        self.machine.lock().expect("no test thread panicked").clone()
    }
}

#[async_trait]
impl Hook for FakeHook {
    async fn provision(&self, machine: &Machine, cx: &Cx) -> Result<()> {
        *self.machine.lock().expect("no test thread panicked") = Some(machine.clone());
        (self.work)(machine.clone(), cx.clone()).await
    }

    async fn error_cleanup(&self, _: &Machine, cx: &Cx) -> Result<()> {
        cx.say("error cleanup");
        Ok(())
    }
}
