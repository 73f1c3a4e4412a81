//! Which language a template is written in, told by its name alone, as users know it from Packer.

use std::fmt;

use tintype_sdk::World;

use crate::os;

/// The languages of templates.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// HCL2, in native or in JSON syntax.
    Hcl,
    /// The legacy JSON templates.
    Json,
}

/// The path does not exist, and its name does not say HCL either. Displays as the one line that users are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoTemplate {
    path: String,
    reason: String,
}

impl fmt::Display for NoTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: stat {}: {}", self.path, self.path, self.reason)
    }
}

impl std::error::Error for NoTemplate {}

impl From<NoTemplate> for String {
    fn from(missing: NoTemplate) -> Self {
        missing.to_string()
    }
}

/// The language of the template at a path as the user typed it. `config_type` is what `-config-type` says, `hcl2` or `json`, which counts
/// where there is no name: for an empty path, and for `-`.
///
/// # Errors
/// The path cannot be looked at, and is not one of the names that mean HCL.
pub fn kind_of(path: &str, config_type: &str, world: &World) -> Result<Kind, NoTemplate> {
    if path.is_empty() || path == "-" {
        return Ok(if config_type == "hcl2" { Kind::Hcl } else { Kind::Json });
    }
    if path.ends_with(".pkr.hcl") || path.ends_with(".pkr.json") {
        return Ok(Kind::Hcl);
    }
    match std::fs::metadata(world.cwd.join(path)) {
        Ok(found) if found.is_dir() => Ok(Kind::Hcl),
        Ok(_) => Ok(Kind::Json),
        Err(error) => Err(NoTemplate { path: path.to_owned(), reason: os::error_text(&error) }),
    }
}
