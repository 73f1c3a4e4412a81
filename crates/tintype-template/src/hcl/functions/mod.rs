//! The functions of the language.

use std::path::Path;
use std::sync::Arc;

use hcl::FunctionTable;
use jiff::Timestamp;
use tintype_sdk::World;

/// What functions may know of where they are called.
pub(crate) struct Surroundings<'a> {
    /// Where relative paths of a template's files begin.
    pub(crate) base: &'a Path,
    /// The surroundings of the program.
    pub(crate) world: &'a Arc<World>,
    /// When the program started, as far as templates are concerned.
    pub(crate) start: Timestamp,
}

/// All functions.
pub(crate) fn table(_: &Surroundings<'_>) -> FunctionTable {
    FunctionTable::new()
}
