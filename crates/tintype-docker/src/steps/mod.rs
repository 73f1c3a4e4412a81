//! The steps of a docker build, one file each, in the order in which they run.

mod build_image;
pub(crate) mod commit;
mod connect;
mod export;
mod run;
mod share;
mod source;

pub(crate) use build_image::BuildImage;
pub(crate) use commit::CommitContainer;
pub(crate) use connect::Connected;
pub(crate) use export::{ExportContainer, write_beside};
pub(crate) use run::RunContainer;
pub(crate) use share::ShareDirectory;
pub(crate) use source::GetSource;
