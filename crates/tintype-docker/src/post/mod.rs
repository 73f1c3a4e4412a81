//! The post-processors for images and for the files of containers.

mod import;
mod push;
mod save;
mod tag;

use tintype_schema::At;
use tintype_sdk::{Artifact, Error};

pub(crate) use import::DockerImport;
pub(crate) use push::DockerPush;
pub(crate) use save::DockerSave;
pub(crate) use tag::DockerTag;

use crate::artifact::{IMPORT_ID, TAG_ID, is_embedded};
use crate::driver::Chosen;

/// The engine that a post-processor uses: the one that has the artifact.
fn chosen<'a>(docker_path: &'a str, from: &dyn Artifact) -> Chosen<'a> {
    Chosen { docker_path, config_dir: None, embedded: is_embedded(from) }
}

/// What every one of them must be told.
fn required(at: &mut At<'_>, option: &str, value: &str) {
    if value.is_empty() {
        at.error(option, format!("{option} must be specified"));
    }
}

/// Refuses an artifact that is none of these.
fn expect(from: &dyn Artifact, known: &[&str], wanted: &str) -> Result<(), Error> {
    let id = from.builder_id();
    if known.contains(&id) {
        return Ok(());
    }
    let hint = "Put it after a docker builder, or after another post-processor that gives what it needs.";
    Err(Error::user(format!("Unknown artifact type: {id}\nWhat is needed is {wanted}.")).hint(hint))
}

/// Refuses what is no image.
fn expect_image(from: &dyn Artifact) -> Result<(), Error> {
    expect(
        from,
        &[IMPORT_ID, TAG_ID],
        "an image: of the docker builder with commit = true, docker-import or docker-tag",
    )
}
