//! The readers of what strangers wrote, for whoever tries them with bytes of all kinds.

use std::path::Path;

use tintype_sdk::{PluginSource, Result};

use crate::{Api, BinaryName, Description, Platform, archive, sums};

/// What `describe` printed.
///
/// # Errors
/// It is no description; a clause.
pub fn description(printed: &[u8]) -> Result<Description, String> {
    let json = serde_json::from_slice(printed).map_err(|error| error.to_string())?;
    Description::from_json(&json)
}

/// The names of archives that a file with checksums knows for a plugin, as they are used from then on.
pub fn archives(text: &str, plugin: &str) -> Vec<String> {
    let all = sums::with_api(text, plugin).into_iter().chain(sums::without_api(text, plugin, Api::OURS));
    all.map(|archive| archive.file).collect()
}

/// The name of an installed plugin's file.
///
/// # Errors
/// It is no such name; a clause.
pub fn file_name(name: &str) -> Result<BinaryName, String> {
    BinaryName::parse(name, &Platform::current())
}

/// A source address.
///
/// # Errors
/// It is none; a clause.
pub fn source(text: &str) -> Result<PluginSource, String> {
    text.parse()
}

/// Takes the entry of this name out of an archive, into a temporary file in a folder. Whether there was one.
///
/// # Errors
/// The archive is none, or cannot be unpacked.
pub fn unpack(packed: &Path, entry: &str, into: &Path) -> Result<bool> {
    let file = tempfile::NamedTempFile::new_in(into)?;
    Ok(archive::extract(packed, entry, file)?.is_some())
}
