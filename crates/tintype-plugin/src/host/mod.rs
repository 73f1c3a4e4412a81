//! Running Go plugins.

use std::path::PathBuf;
use std::sync::Arc;

use tintype_event::EventSink;
use tintype_sdk::{
    BuilderKind, Category, DataSourceKind, Error, PostProcessorKind, ProvisionerKind, Result, World,
};

use crate::spec::{SpecBytes, Wire};

/// How a plugin's binary is started. Cheap to clone; one for all components of a plugin.
#[derive(Clone)]
pub struct Launch {
    /// The binary.
    pub binary: PathBuf,
    /// In which form it is asked for options: [`Wire::Protobuf`] when its `describe` says `"protocol_version": "v2"`.
    pub wire: Wire,
    /// The surroundings.
    pub world: Arc<World>,
    /// Where lines that it writes to standard error go.
    pub events: EventSink,
    /// This program, in the role in which it ends plugins whose host was killed: see [`guard`]. Nothing in tests.
    pub guard: Option<Vec<std::ffi::OsString>>,
}

/// Starts the plugin once and asks it for the options of a component (its name as `describe` lists it).
pub async fn ask_spec(_launch: &Launch, _category: Category, _component: &str) -> Result<SpecBytes> {
    Err(Error::bug("not there yet"))
}

/// A builder of a plugin. Starts nothing.
pub fn builder(_launch: &Launch, _component: &str, _spec: &SpecBytes) -> Result<Arc<dyn BuilderKind>> {
    Err(Error::bug("not there yet"))
}

/// A provisioner of a plugin. Starts nothing.
pub fn provisioner(
    _launch: &Launch,
    _component: &str,
    _spec: &SpecBytes,
) -> Result<Arc<dyn ProvisionerKind>> {
    Err(Error::bug("not there yet"))
}

/// A post-processor of a plugin. Starts nothing.
pub fn post_processor(
    _launch: &Launch,
    _component: &str,
    _spec: &SpecBytes,
) -> Result<Arc<dyn PostProcessorKind>> {
    Err(Error::bug("not there yet"))
}

/// A data source of a plugin. Starts nothing.
pub fn data_source(_launch: &Launch, _component: &str, _spec: &SpecBytes) -> Result<Arc<dyn DataSourceKind>> {
    Err(Error::bug("not there yet"))
}
