//! What a component is: the traits it implements and the context it works in. Which components there are, which template asked for
//! them and how their words look on a screen is for other crates.

mod artifact;
mod asker;
mod builder;
mod cancel;
mod cleanup;
mod command;
mod communicator;
mod cx;
mod data_source;
mod error;
mod interpolate;
mod key;
mod machine;
mod native;
mod os;
mod output;
mod plugin_source;
mod policy;
mod post_processor;
mod prepare;
mod provisioner;
mod registry;
mod resource;
mod step;
mod world;

pub use artifact::{Artifact, ArtifactRecord};
pub use asker::{Asker, NoAnswer, Nobody};
pub use builder::{BuildCx, Builder, BuilderKind, Hook};
pub use cancel::Cancel;
pub use cleanup::{CleanupStack, Deferred, Outcome, Scope, When};
pub use command::{Command, Served, while_none_starts};
pub use communicator::{BoxRead, Communicator, ExitStatus, FileMeta, OnBytes, RemoteCommand, Running};
pub use cx::{Cx, Progress};
pub use data_source::{DataSource, DataSourceKind};
pub use error::{Context, Error, Kind, Result, os_text, root_cause};
pub use interpolate::{Interpolation, TextFunction, Unsettled};
pub use key::{Locator, Part, Purity, Restore, StepKey, Usable};
pub use machine::{AfterStep, BUILD_VALUES, BuildVars, Checkpoint, Machine};
pub use native::{BuildWith, Native, NativePost, PostProcessWith, ProvisionWith, ReadWith};
pub use output::Lines;
pub use plugin_source::PluginSource;
pub use policy::{OnError, Policy};
pub use post_processor::{Keep, PostProcessed, PostProcessor, PostProcessorKind};
pub use prepare::{PrepareCx, Prepared, counted};
pub use provisioner::{Provisioner, ProvisionerKind};
pub use registry::{Catalog, Category, Registry};
pub use resource::{Found, Intent, Ledger, NoLedger, Reaped, Reaper};
pub use step::Step;
pub use world::World;

#[cfg(test)]
mod tests;
