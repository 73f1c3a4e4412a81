//! What to build. Values only: no expression, no reference, no template is left.

use std::sync::Arc;
use std::time::Duration;

use diag::{SourceMap, Span};
use tintype_schema::ConfigValue;
use tintype_sdk::{BuilderKind, PostProcessorKind, PrepareCx, ProvisionerKind};

use crate::Deferred;

/// What to build.
#[derive(Clone)]
pub struct Plan {
    /// The builds, in the order of the template.
    pub builds: Vec<BuildPlan>,
    /// The texts that spans in it point into.
    pub sources: Arc<SourceMap>,
}

/// One build: one source with everything that is done to it.
#[derive(Clone)]
pub struct BuildPlan {
    /// Its name in output and for `-only`: `web.docker.base`.
    pub name: Arc<str>,
    /// What its components know when they are prepared; holds `packer_build_name` and `packer_builder_type`.
    pub prepare: PrepareCx,
    /// The title under which findings about the builder's options are told; empty for their own titles.
    pub refusal: String,
    /// What makes the machine.
    pub builder: Component<dyn BuilderKind, ConfigValue>,
    /// What configures it, in order. Only those that are to run for this build.
    pub provisioners: Vec<ProvisionStep>,
    /// What runs when they fail.
    pub error_cleanup: Option<ProvisionStep>,
    /// What treats the artifact: chains, each of which begins with the builder's artifact.
    pub post_processors: Vec<Vec<PostProcessStep>>,
}

/// A type of component with its options.
pub struct Component<K: ?Sized, C> {
    /// The type's name, `docker`.
    pub type_name: Arc<str>,
    /// The type.
    pub kind: Arc<K>,
    /// Its options.
    pub config: C,
    /// Where it stands in the template.
    pub span: Option<Span>,
}

impl<K: ?Sized, C: Clone> Clone for Component<K, C> {
    fn clone(&self) -> Self {
        Self {
            type_name: self.type_name.clone(),
            kind: self.kind.clone(),
            config: self.config.clone(),
            span: self.span,
        }
    }
}

/// One provisioner of a build, with what is done around it.
#[derive(Clone)]
pub struct ProvisionStep {
    /// Its address, the same for the same place in a template: `build.web.docker.base/provisioner[2]`. Caches and resuming will
    /// know it by this.
    pub address: String,
    /// Its name, when it has one.
    pub name: String,
    /// The title under which findings about its options are told.
    pub refusal: String,
    /// What it is, with options that the running build completes. `override` for this build is part of them.
    pub component: Component<dyn ProvisionerKind, Arc<dyn Deferred>>,
    /// Waits so long before it. When set, `timeout` has no effect (Packer's rule).
    pub pause_before: Duration,
    /// Gives it so much time.
    pub timeout: Duration,
    /// Runs it again so many times when it fails.
    pub max_retries: u64,
    /// Lets the build go on when it fails.
    pub continue_on_error: bool,
    /// What comments and side files said about keeping its result.
    pub policy: StepPolicy,
}

/// One post-processor of a chain.
#[derive(Clone)]
pub struct PostProcessStep {
    /// Its address: `build.web.docker.base/post-processor[0][1]`.
    pub address: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// The title under which findings about its options are told.
    pub refusal: String,
    /// What it is.
    pub component: Component<dyn PostProcessorKind, Arc<dyn Deferred>>,
    /// The user's `keep_input_artifact`, when it was set.
    pub keep_input: Option<bool>,
}

/// What comments and side files say about keeping a step's result. Nothing acts on it yet; it is carried so that a template written for a
/// cache means the same later.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct StepPolicy {
    /// The words after `# tintype:` directly above the block.
    pub words: Vec<String>,
}
