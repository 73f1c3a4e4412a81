//! Images without a daemon: a store of images that many builds share at once, the bases they are made from, and the places they go to.
//! Documents, layers and registries are `oci`'s affair; which options a template has, and what is shown, is for the callers.

mod base;
mod changes;
mod commit;
mod container;
mod error;
mod forms;
mod gc;
mod images;
mod lock;
mod names;
mod output;
mod pull;
mod push;
mod runs;
mod store;
#[cfg(all(test, target_os = "linux"))]
mod tests;
mod together;
mod trees;

pub use base::{Base, Debootstrap};
pub use changes::apply_changes;
pub use commit::{Commit, LayerBlob, NewLayer};
pub use container::{Chunks, Command, Container, Grain, Host, Kind, ROLE, TASKS, Wish};
pub use error::{Error, Result};
pub use gc::{Freed, Keep};
pub use images::StoredImage;
pub use names::Removed;
pub use output::Saved;
pub use pull::Pulled;
pub use runs::RunDir;
pub use store::Store;
pub use trees::{Leased, Unpacker};
