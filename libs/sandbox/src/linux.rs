//! Machines on Linux. Three parts in three processes, and [`wire`] is what they say to each other:
//!
//! | part | modules |
//! |---|---|
//! | the caller's side | [`machine`], [`link`], [`outside`], [`mod@probe`] with [`forbidden`] and [`remembered`]; for ids and networks [`helpers`] and [`ids`], with a [`carrier`] that guards one |
//! | the [`keeper`] | [`cgroup`], [`network`] |
//! | pid 1, [`init`] | its files: [`tree`], [`mounts`], [`devices`], [`copy`], [`changes`]; its programs: [`spawn`], [`rights`], [`filter`] with [`entry`], [`users`], [`reap`] |
//!
//! [`role`] tells the others apart when our own program is started again.

mod carrier;
mod cgroup;
mod changes;
mod copy;
mod devices;
mod entry;
mod filter;
mod forbidden;
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
mod remembered;
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
