//! The border between template and engine: what to build, with nothing left of the language it was written in. A template is finished
//! when it is a [`Plan`]; a run begins with one. To test the engine, write a plan by hand.

mod deferred;
mod plan;

pub use deferred::{Deferred, Fixed};
pub use plan::{BuildPlan, Component, Plan, PostProcessStep, ProvisionStep, StepPolicy};
