//! The oci builder: an image of a container that this program runs itself. How containers and images come about is `driver::embedded`'s
//! and tintype-oci's affair; here are the options, the steps and what is shown.

mod artifact;
mod base;
mod builder;
mod config;
mod kind;
mod output;
mod reaper;
mod steps;

pub(crate) use builder::OciBuilder;
pub(crate) use kind::OciKind;
pub(crate) use reaper::OciReaper;
