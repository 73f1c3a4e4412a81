//! Post-processors: they make one artifact of another.

use std::sync::Arc;

use async_trait::async_trait;
use diag::Diagnostics;
use tintype_schema::{ConfigValue, Schema};

use crate::{Artifact, Cx, PrepareCx, Prepared, Result};

/// A type of post-processor as the core sees it.
#[async_trait]
pub trait PostProcessorKind: Send + Sync {
    /// Its options.
    fn schema(&self) -> &Schema;
    /// Checks options; every mistake is found at once. Called twice, as for provisioners.
    async fn prepare(
        &self,
        config: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<Prepared<dyn PostProcessor>, Diagnostics>;
}

/// A post-processor with its options.
#[async_trait]
pub trait PostProcessor: Send + Sync {
    /// Makes an artifact of another. What becomes of the input is the engine's affair.
    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed>;
}

/// What a post-processor made.
pub struct PostProcessed {
    /// The artifact; nothing ends the chain without an error.
    pub artifact: Option<Arc<dyn Artifact>>,
    /// Whether the input is kept.
    pub keep: Keep,
}

/// Whether a post-processor's input is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// So, unless the user says otherwise with `keep_input_artifact`.
    Default(bool),
    /// Always: the output needs it.
    Always,
}
