//! What `build.*` holds: placeholders until there is a machine, then what the machine publishes.

use std::sync::Arc;

use cty::Value;
use tintype_sdk::{Artifact, BUILD_VALUES, BuildVars};

/// What stands where the value is not known yet. Templates see it while they are checked.
const PLACEHOLDER: &str = "<unknown>";

/// Every name with the placeholder: the common ones and those the builder announced.
pub(crate) fn placeholders(generated: &[String]) -> BuildVars {
    let announced = generated.iter().map(String::as_str);
    BUILD_VALUES
        .into_iter()
        .chain(announced)
        .map(|name| (name.to_string(), Value::string(PLACEHOLDER)))
        .collect()
}

/// What provisioners see: what the machine publishes over the placeholders.
pub(crate) fn while_provisioning(generated: &[String], published: &BuildVars) -> BuildVars {
    let mut vars = placeholders(generated);
    vars.extend(published.iter().map(|(name, value)| (name.clone(), value.clone())));
    vars
}

/// What post-processors see: what the artifact carries over the placeholders.
pub(crate) fn after_build(generated: &[String], artifact: &Arc<dyn Artifact>) -> BuildVars {
    let mut vars = placeholders(generated);
    if let Some(data) = artifact.state("generated_data")
        && let Some(entries) = data.entries()
    {
        vars.extend(entries.iter().map(|(name, value)| (name.to_string(), value.clone())));
    }
    vars
}
