//! Components with small schemas that do nothing, or little.
#![expect(dead_code, reason = "options that nobody reads still make a schema")]

use std::collections::BTreeMap;
use std::sync::Arc;

use cty::{Type, Value};
use tintype_schema::{At, Check, Config};
use tintype_sdk::{
    Artifact, BuildCx, BuildWith, Cx, Error, Machine, Native, NativePost, PostProcessWith, PostProcessed,
    PrepareCx, ProvisionWith, ReadWith, Registry, Result,
};

pub fn catalog() -> Registry {
    let mut registry = Registry::new();
    registry.add_builder("null", Native::<Null>::new());
    registry.add_builder("disk", Native::<Disks>::new());
    registry.add_provisioner("shell", Native::<Shell>::new());
    registry.add_provisioner("file", Native::<Shell>::new());
    registry.add_post_processor("manifest", NativePost::<Manifest>::new());
    registry.add_post_processor("checksum", NativePost::<Manifest>::new());
    registry.add_data_source("null", Native::<Echo>::new());
    registry.add_data_source("fail", Native::<Fail>::new());
    registry.add_data_source("any", Native::<Anything>::new());
    registry
}

/// A machine that is there.
#[derive(Config, Debug)]
struct Null {
    /// How to talk to it.
    communicator: Option<String>,
    /// Where it is.
    ssh_host: Option<String>,
    /// The port.
    ssh_port: Option<u64>,
}

impl Check for Null {}

impl BuildWith for Null {
    type Config = Self;
    async fn build(_: Self, _: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        Err(Error::bug("tests build nothing"))
    }
}

/// One disk.
#[derive(Config, Debug, Clone)]
struct Disk {
    /// How large.
    size: u64,
    /// What it is called.
    label: Option<String>,
}

impl Check for Disk {}

/// A machine with disks.
#[derive(Config, Debug)]
struct Disks {
    /// The disks.
    #[config(block)]
    disk: Vec<Disk>,
    /// The first disk.
    #[config(block)]
    boot: Option<Disk>,
    /// Notes.
    tags: BTreeMap<String, String>,
    /// Words.
    words: Vec<String>,
    /// Loud or not.
    #[config(aliases("noisy"))]
    loud: Option<bool>,
}

impl Check for Disks {}

impl BuildWith for Disks {
    type Config = Self;
    async fn build(_: Self, _: &BuildCx) -> Result<Option<Arc<dyn Artifact>>> {
        Err(Error::bug("tests build nothing"))
    }
}

/// Runs commands.
#[derive(Config, Debug)]
struct Shell {
    /// The commands.
    inline: Vec<String>,
    /// Their environment.
    env: BTreeMap<String, String>,
}

impl Check for Shell {}

impl ProvisionWith for Shell {
    type Config = Self;
    fn prepare(config: Self, _: &PrepareCx, _: &mut At<'_>) -> Self {
        config
    }
    async fn provision(&self, _: &Machine, _: &Cx) -> Result<()> {
        Err(Error::bug("tests provision nothing"))
    }
}

/// Writes a list.
#[derive(Config, Debug)]
struct Manifest {
    /// Where to.
    output: Option<String>,
}

impl Check for Manifest {}

impl PostProcessWith for Manifest {
    type Config = Self;
    fn prepare(config: Self, _: &PrepareCx, _: &mut At<'_>) -> Self {
        config
    }
    async fn post_process(&self, _: Arc<dyn Artifact>, _: &Cx) -> Result<PostProcessed> {
        Err(Error::bug("tests process nothing"))
    }
}

/// Answers what it is told.
#[derive(Config, Debug)]
struct Echo {
    /// What it is told.
    #[config(required)]
    input: String,
}

impl Check for Echo {}

impl ReadWith for Echo {
    type Config = Self;
    fn output() -> Type {
        Type::object([("output", Type::String)])
    }
    fn prepare(config: Self, _: &PrepareCx, _: &mut At<'_>) -> Self {
        config
    }
    async fn read(&self, _: &Cx) -> Result<Value> {
        Ok(Value::object(BTreeMap::from([("output".into(), Value::string(&self.input))])))
    }
}

/// Never answers.
#[derive(Config, Debug)]
struct Fail {
    /// What for.
    input: Option<String>,
}

impl Check for Fail {}

impl ReadWith for Fail {
    type Config = Self;
    fn output() -> Type {
        Type::object([("output", Type::Number)])
    }
    fn prepare(config: Self, _: &PrepareCx, _: &mut At<'_>) -> Self {
        config
    }
    async fn read(&self, _: &Cx) -> Result<Value> {
        Err(Error::environment("nobody answers").hint("Try again."))
    }
}

/// Answers with a number or with text.
#[derive(Config, Debug)]
struct Anything {
    /// Which.
    text: Option<bool>,
}

impl Check for Anything {}

impl ReadWith for Anything {
    type Config = Self;
    fn output() -> Type {
        Type::Dynamic
    }
    fn prepare(config: Self, _: &PrepareCx, _: &mut At<'_>) -> Self {
        config
    }
    async fn read(&self, _: &Cx) -> Result<Value> {
        Ok(if self.text == Some(true) { Value::string("text") } else { Value::number(1i64) })
    }
}
