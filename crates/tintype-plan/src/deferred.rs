//! Options that the running build completes: `build.ID` has no value before there is a machine.

use diag::Diagnostics;
use tintype_schema::ConfigValue;
use tintype_sdk::BuildVars;

/// Options that may depend on the running build.
pub trait Deferred: Send + Sync {
    /// The options with these values for `build.*`. Before the run every name has the placeholder `<unknown>`.
    fn resolve(&self, build: &BuildVars) -> Result<ConfigValue, Diagnostics>;
}

/// Options that depend on nothing.
pub struct Fixed(pub ConfigValue);

impl Deferred for Fixed {
    fn resolve(&self, _: &BuildVars) -> Result<ConfigValue, Diagnostics> {
        Ok(self.0.clone())
    }
}
