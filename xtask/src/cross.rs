//! What the chores for other systems share: where a toolchain for one lies. What is done with it is theirs.

use std::path::{Path, PathBuf};

/// The folder that the only argument names, else `target/SYSTEM`; absolute.
pub(crate) fn folder(root: &Path, system: &str, arguments: &[String]) -> Result<String, String> {
    let dir = match arguments {
        [] => root.join("target").join(system),
        [dir] => PathBuf::from(dir),
        _ => return Err("at most one argument: the folder for the toolchain".to_owned()),
    };
    let dir = std::path::absolute(&dir).map_err(|error| error.to_string())?;
    Ok(dir.to_string_lossy().into_owned())
}
