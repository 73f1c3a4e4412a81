//! One stage of a builder's work. Values flow from step to step by `let`; what a step needs shows in its fields.

use std::borrow::Cow;

use crate::key::StepKey;
use crate::{Cx, Result};

/// One stage of a builder's work. Run it with `cx.step(…)`.
pub trait Step: Send + Sync {
    /// What it hands on.
    type Out: Send;

    /// Its name, as `-debug` and `-on-error` show it. Where Packer has the step, its name there.
    fn name(&self) -> Cow<'static, str>;

    /// Does it. By `&self`: `-on-error=ask` may do it again.
    fn run(&self, cx: &Cx) -> impl Future<Output = Result<Self::Out>> + Send;

    /// What its result depends on, when that can be kept.
    fn key(&self) -> Option<StepKey> {
        None
    }
}
