//! Running Go plugins. Each use of a component has a process of its own, as plugins are made for.

mod builder;
mod config;
mod data_source;
mod findings;
mod guard;
mod handshake;
mod instance;
mod long_call;
mod origin;
mod os;
mod plugin;
mod post_processor;
mod process;
mod provisioner;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use tintype_event::EventSink;
use tintype_sdk::{
    BuilderKind, Category, DataSourceKind, Error, PostProcessorKind, ProvisionerKind, Result, World,
};

pub use guard::guard;

pub(crate) use origin::{Origin, Pipe};

use crate::spec::{Spec, SpecBytes, Wire};
use instance::Kind;
use plugin::Plugin;

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
    /// The words by which this program becomes the process that ends plugins whose host was killed: see [`guard`]. Nothing in tests.
    pub guard: Option<Vec<OsString>>,
}

/// Starts the plugin once and asks it for the options of a component (its name as `describe` lists it).
///
/// # Errors
/// The plugin cannot be used, or what it says cannot be understood.
pub async fn ask_spec(launch: &Launch, category: Category, component: &str) -> Result<SpecBytes> {
    let plugin = Plugin::start(&Origin::Program(launch.clone()), category, component).await?;
    let bytes = async |method: &str, field: &str| -> Result<Vec<u8>> {
        let fields = plugin.ask(method).await?;
        let bytes = fields.bytes(field).map_err(|error| plugin.garbled(method, &error))?;
        Spec::read(&bytes, launch.wire).map_err(|why| plugin.garbled(method, &why))?;
        Ok(bytes.to_vec())
    };
    let config = bytes("ConfigSpec", "ConfigSpec").await?;
    let output = match category {
        Category::DataSource => Some(bytes("OutputSpec", "OutputSpec").await?),
        _ => None,
    };
    Ok(SpecBytes { wire: launch.wire, config, output })
}

/// A builder of a plugin. Starts nothing.
///
/// # Errors
/// The bytes are no spec.
pub fn builder(launch: &Launch, component: &str, spec: &SpecBytes) -> Result<Arc<dyn BuilderKind>> {
    builder_at(Origin::Program(launch.clone()), component, spec)
}

/// A provisioner of a plugin. Starts nothing.
///
/// # Errors
/// The bytes are no spec.
pub fn provisioner(launch: &Launch, component: &str, spec: &SpecBytes) -> Result<Arc<dyn ProvisionerKind>> {
    provisioner_at(Origin::Program(launch.clone()), component, spec)
}

/// A post-processor of a plugin. Starts nothing.
///
/// # Errors
/// The bytes are no spec.
pub fn post_processor(
    launch: &Launch,
    component: &str,
    spec: &SpecBytes,
) -> Result<Arc<dyn PostProcessorKind>> {
    post_processor_at(Origin::Program(launch.clone()), component, spec)
}

/// A data source of a plugin. Starts nothing.
///
/// # Errors
/// The bytes are no spec.
pub fn data_source(launch: &Launch, component: &str, spec: &SpecBytes) -> Result<Arc<dyn DataSourceKind>> {
    data_source_at(Origin::Program(launch.clone()), component, spec)
}

pub(crate) fn builder_at(origin: Origin, name: &str, spec: &SpecBytes) -> Result<Arc<dyn BuilderKind>> {
    Ok(Arc::new(Kind::new(origin, Category::Builder, name, spec)?))
}

pub(crate) fn provisioner_at(
    origin: Origin,
    name: &str,
    spec: &SpecBytes,
) -> Result<Arc<dyn ProvisionerKind>> {
    Ok(Arc::new(Kind::new(origin, Category::Provisioner, name, spec)?))
}

pub(crate) fn post_processor_at(
    origin: Origin,
    name: &str,
    spec: &SpecBytes,
) -> Result<Arc<dyn PostProcessorKind>> {
    Ok(Arc::new(Kind::new(origin, Category::PostProcessor, name, spec)?))
}

pub(crate) fn data_source_at(
    origin: Origin,
    name: &str,
    spec: &SpecBytes,
) -> Result<Arc<dyn DataSourceKind>> {
    if spec.output.is_none() {
        return Err(Error::bug("a data source without an output"));
    }
    Ok(Arc::new(Kind::new(origin, Category::DataSource, name, spec)?))
}

#[cfg(all(test, unix))]
mod tests;
