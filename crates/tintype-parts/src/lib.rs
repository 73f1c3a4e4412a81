//! The small components that come with the program, one file each. What they are told and where they run is theirs; which of them a
//! template uses, and what happens around them, is for other crates.

mod artifact;
mod builder;
mod data;
mod os;
mod post;
mod provisioner;
mod replacement;
mod script;
mod shell_local;
mod values;

use tintype_sdk::{Native, NativePost, Registry};

/// Adds all of them.
pub fn register(registry: &mut Registry) {
    registry
        .add_builder("file", Native::<builder::file::FileBuilder>::new())
        .add_builder("null", Native::<builder::null::NullBuilder>::new())
        .add_provisioner("breakpoint", Native::<provisioner::breakpoint::Breakpoint>::new())
        .add_provisioner("file", Native::<provisioner::file::FileProvisioner>::new())
        .add_provisioner("shell", Native::<provisioner::shell::Shell>::new())
        .add_provisioner("shell-local", Native::<shell_local::ShellLocal>::new())
        .add_provisioner("sleep", Native::<provisioner::sleep::Sleep>::new())
        .add_post_processor("artifice", NativePost::<post::artifice::Artifice>::new())
        .add_post_processor("checksum", NativePost::<post::checksum::Checksum>::new())
        .add_post_processor("compress", NativePost::<post::compress::Compress>::new())
        .add_post_processor("manifest", NativePost::<post::manifest::Manifest>::new())
        .add_post_processor("shell-local", NativePost::<shell_local::ShellLocal>::new())
        .add_data_source("http", Native::<data::http::HttpSource>::new())
        .add_data_source("null", Native::<data::null::NullSource>::new());
}

#[cfg(test)]
mod testing;
