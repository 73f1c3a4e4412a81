//! The docker builder, its communicator and its post-processors, over the Engine's interface, a client program or the engine in this
//! program; and the oci builder, which always uses the last. Which engine is used is decided in `driver`; what is shown and in which order
//! things happen is decided in `steps`, `post` and `oci`, the same for all.

mod archive;
mod artifact;
mod auth;
mod builder;
mod chunks;
mod client_files;
mod communicator;
mod config;
mod dockerfile;
mod driver;
mod ecr;
mod endpoint;
mod gone;
mod ignore;
mod login;
mod oci;
mod os;
mod owner;
mod post;
mod published;
mod reaper;
mod reference;
mod run_args;
mod session;
mod steps;
mod unpack;
mod windows;

use tintype_sdk::{Native, NativePost, Registry};

#[cfg(test)]
mod tests;

/// Adds the builder, the post-processors and what removes their containers.
pub fn register(registry: &mut Registry) {
    registry
        .add_builder("docker", Native::<builder::DockerBuilder>::new())
        .add_builder("oci", oci::OciKind::default())
        .add_post_processor("docker-import", NativePost::<post::DockerImport>::new())
        .add_post_processor("docker-push", NativePost::<post::DockerPush>::new())
        .add_post_processor("docker-save", NativePost::<post::DockerSave>::new())
        .add_post_processor("docker-tag", NativePost::<post::DockerTag>::new())
        .add_reaper(reaper::ContainerReaper::default())
        .add_reaper(oci::OciReaper::default());
}
