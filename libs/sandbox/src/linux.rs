//! Machines on Linux. Three parts in three processes: the caller's side ([`machine`], [`link`], [`probe`], and for the network
//! [`helpers`]), the [`keeper`], and pid 1 ([`init`], [`tree`], [`mounts`], [`spawn`], [`rights`]). [`wire`] is what they say to each other.

mod cgroup;
mod changes;
mod copy;
mod devices;
mod helpers;
mod ids;
mod init;
mod keeper;
mod link;
mod machine;
mod mounts;
mod network;
mod outside;
mod probe;
mod reap;
mod rights;
mod role;
mod spawn;
#[cfg(test)]
mod tests;
mod tree;
mod users;
mod wire;

pub use machine::{Process, Sandbox};
pub use outside::task_outside;
pub use probe::probe;
pub use role::play;

/// Tasks of our own, beside the caller's.
pub(crate) const TASKS: &[(&str, crate::Task)] = &[(changes::TASK, changes::task)];
