//! Things that outlive this process: containers, machines, disks in a cloud. They are made through `Cx::create`, which writes the
//! intent down before the call and the id after it; a `Reaper` of the kind undoes them, from data alone, so that a later process
//! can do the same for a run that died.

use std::collections::BTreeMap;

use async_trait::async_trait;
use futures::future::BoxFuture;

use crate::{Cx, Result};

/// What is about to be made.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Intent {
    /// The kind of thing: `docker-container`. A `Reaper` is registered by it.
    pub kind: &'static str,
    /// What it is, for people.
    pub what: String,
    /// Random. The thing carries it (a label, a tag, a name), so that it can be found when its id never arrived.
    pub token: String,
    /// What a reaper needs to find it: endpoint, region.
    pub place: BTreeMap<String, String>,
}

impl Intent {
    /// A new intent with a token of its own.
    pub fn new(kind: &'static str, what: impl Into<String>) -> Self {
        let token = uuid::Uuid::new_v4().simple().to_string();
        Self { kind, what: what.into(), token, place: BTreeMap::new() }
    }

    /// Adds what a reaper needs to find it.
    pub fn place(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.place.insert(name.into(), value.into());
        self
    }
}

/// Whether what was intended exists.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    /// It does, under this id.
    Is(String),
    /// It does not.
    Not,
    /// It cannot be said yet: one empty look proves nothing.
    Unsettled,
}

/// How far a removal has come.
pub enum Reaped {
    /// The thing is gone.
    Gone,
    /// It is being removed, which may go on beside the rest of the build. The future ends when it is gone.
    Going(BoxFuture<'static, Result<()>>),
}

/// Finds and removes things of one kind.
#[async_trait]
pub trait Reaper: Send + Sync {
    /// The kind.
    fn kind(&self) -> &'static str;
    /// Looks for what was intended, by its token.
    async fn find(&self, intent: &Intent, cx: &Cx) -> Result<Found>;
    /// Removes it, or begins to. Fine when it is gone already.
    async fn reap(&self, intent: &Intent, id: &str, cx: &Cx) -> Result<Reaped>;
}

/// Where intents and ids are written down.
pub trait Ledger: Send + Sync {
    /// Something is about to be made.
    fn intend(&self, intent: &Intent) -> Result<()>;
    /// It was made.
    fn made(&self, intent: &Intent, id: &str) -> Result<()>;
    /// It is gone.
    fn gone(&self, intent: &Intent) -> Result<()>;
}

/// Writes nothing down.
#[derive(Clone, Copy, Debug)]
pub struct NoLedger;

impl Ledger for NoLedger {
    fn intend(&self, _: &Intent) -> Result<()> {
        Ok(())
    }
    fn made(&self, _: &Intent, _: &str) -> Result<()> {
        Ok(())
    }
    fn gone(&self, _: &Intent) -> Result<()> {
        Ok(())
    }
}
