//! The options of provisioners and post-processors: evaluated when it is known what the build knows of itself, once with placeholders
//! and once with the real values.

use std::sync::Arc;

use cty::Value;
use diag::{Diagnostics, Span};
use hcl::{AnyBody, Scope, Spec};
use tintype_plan::Deferred;
use tintype_schema::ConfigValue;
use tintype_sdk::BuildVars;

use super::options::Options;
use super::scope;

/// A body that waits for the build.
pub(crate) struct Waiting {
    pub(crate) body: AnyBody,
    pub(crate) spec: Spec,
    /// The scope of the source that is built.
    pub(crate) scope: Scope,
    /// The name of the build block.
    pub(crate) build: Arc<str>,
    /// The header of the block.
    pub(crate) span: Span,
    pub(crate) title: String,
    /// What is laid on top for this source.
    pub(crate) overrides: Option<Value>,
}

impl Deferred for Waiting {
    fn resolve(&self, build: &BuildVars) -> Result<ConfigValue, Diagnostics> {
        let options = Options { body: &self.body, block: self.span, title: &self.title };
        let decoded = options.decode(&self.spec, &scope::in_build(&self.scope, &self.build, build));
        let mut config = decoded.map_err(|mut findings| {
            findings
                .0
                .iter_mut()
                .for_each(|finding| _ = finding.block.get_or_insert_with(|| self.title.clone()));
            findings
        })?;
        config.overrides.extend(self.overrides.clone());
        Ok(config)
    }
}
