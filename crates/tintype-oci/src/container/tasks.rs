//! What is done with a machine's ids: inside of it, or outside with its trees. Arguments and answers are JSON; when one runs, and where,
//! is said by those who ask.

use std::path::PathBuf;

use oci::{Descriptor, Digest};
use sandbox::Task;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::volumes::Volumes;
use crate::{Error, Result};

#[cfg(target_os = "linux")]
mod linux;

#[cfg(target_os = "linux")]
pub(super) use linux::changes;

/// Unpacks a layer into a tree.
pub(super) const UNPACK: &str = "unpack";
/// Removes a tree.
pub(super) const REMOVE: &str = "remove";
/// Writes what upper directories have changed as a layer.
pub(super) const CHANGES: &str = "changes";
/// Says what a path is.
pub(super) const KIND: &str = "kind";
/// Unpacks an archive in a directory.
pub(super) const PUT: &str = "put";
/// Packs a file or directory.
pub(super) const GET: &str = "get";
/// Packs everything.
pub(super) const EXPORT: &str = "export";

/// All of them, for `main` and for those who start machines.
#[cfg(target_os = "linux")]
pub const TASKS: &[(&str, Task)] = &[
    (UNPACK, linux::unpack),
    (REMOVE, linux::remove),
    (CHANGES, linux::write_changes),
    (KIND, linux::kind),
    (PUT, linux::put),
    (GET, linux::get),
    (EXPORT, linux::export),
];

/// All of them: where machines cannot be, there are none.
#[cfg(not(target_os = "linux"))]
pub const TASKS: &[(&str, Task)] = &[];

/// Arguments of [`UNPACK`].
#[derive(Serialize, Deserialize)]
pub(super) struct UnpackArgs {
    pub(super) blob: PathBuf,
    pub(super) layer: Descriptor,
    pub(super) diff_id: Digest,
    pub(super) into: PathBuf,
    /// Devices can be made.
    pub(super) by_root: bool,
    /// Overlayfs will be mounted by root, which decides how its marks are written.
    pub(super) trusted: bool,
    pub(super) owners: Owners,
}

/// Who owns what is unpacked.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Owners {
    /// Whom the layer names.
    Keep,
    /// Whoever unpacks: there is nobody else.
    Ours,
}

/// Arguments of [`CHANGES`].
#[derive(Serialize, Deserialize)]
pub(super) struct ChangesArgs {
    /// The oldest first.
    pub(super) uppers: Vec<PathBuf>,
    pub(super) volumes: Volumes,
    pub(super) youngest: Option<i64>,
}

/// What travels to a task.
pub(super) fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|error| tintype_sdk::Error::bug(error.to_string()).into())
}

/// What a task has answered.
pub(super) fn from_bytes<T: DeserializeOwned>(task: &str, bytes: &[u8]) -> Result<T> {
    let failed = |error: serde_json::Error| Error::Tree { what: task.to_owned(), why: error.to_string() };
    serde_json::from_slice(bytes).map_err(failed)
}

/// Machines need Linux, and changes need machines.
#[cfg(not(target_os = "linux"))]
pub(super) fn changes<W: std::io::Write>(
    _: &[PathBuf],
    _: &Volumes,
    _: &mut oci::layer::LayerWriter<W>,
) -> Result<()> {
    let why = "machines made of namespaces need Linux".to_owned();
    Err(Error::Tree { what: "the container's changes".to_owned(), why })
}
