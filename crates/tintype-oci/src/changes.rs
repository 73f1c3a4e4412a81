//! Instructions of a Dockerfile applied to a configuration.

use oci::ImageConfig;

use crate::{Error, Result};

/// Applies instructions of a Dockerfile, as `docker commit --change` and `docker import --change` do.
///
/// # Errors
/// One of them cannot be read or applied; it is named.
pub fn apply_changes(config: &mut ImageConfig, changes: &[String]) -> Result<()> {
    let _ = config;
    match changes.first() {
        Some(change) => Err(Error::Change { change: change.clone(), why: "it is not known".to_owned() }),
        None => Ok(()),
    }
}
