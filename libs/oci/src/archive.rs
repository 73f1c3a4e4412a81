//! Images in one file: OCI archives, which are layouts in a tar, and what `docker save` writes and `docker load` reads. Both are read and
//! written as they come, so a pipe will do.

mod read;
#[cfg(test)]
mod tests;
mod write;

use serde::{Deserialize, Serialize};

pub use read::{Archive, ArchivedImage, read};
pub use write::{DockerImage, docker, oci};

/// The list of images in Docker's archives.
const DOCKER_LIST: &str = "manifest.json";

/// One image in that list.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed {
    /// Where its configuration stands in the archive.
    config: String,
    /// Its names, with their tags.
    #[serde(default, deserialize_with = "null_is_empty")]
    repo_tags: Vec<String>,
    /// Where its layers stand, the lowest first.
    #[serde(default, deserialize_with = "null_is_empty")]
    layers: Vec<String>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Option::<Vec<String>>::deserialize(deserializer).map(Option::unwrap_or_default)
}
