//! The steps of an oci build, one file each, in the order in which they run.

mod commit;
mod enter;
mod source;
mod start;
mod write;

pub(crate) use commit::CommitContainer;
pub(crate) use enter::Enter;
pub(crate) use source::GetBase;
pub(crate) use start::StartContainer;
pub(crate) use write::WriteOutputs;
