//! Components of ours as a plugin of a Go host: what such a host starts, asks and calls. The plugin's name in templates is `tintype`: its
//! components are `tintype-docker`, `tintype-shell` and so on.

mod builder;
mod connection;
mod data_source;
mod layers;
mod listen;
mod post_processor;
mod provisioner;

use std::sync::Arc;

use tintype_sdk::{Catalog, Category, World};

pub(crate) use connection::{Exported, connection};

use crate::cookie::inside_a_plugin;
use crate::spec::Wire;

/// How long a host may take to connect. One that was killed does not come any more.
const CONNECTED: std::time::Duration = std::time::Duration::from_secs(300);

/// What there is, as a host asks for it: one line of JSON.
pub fn describe(catalog: &dyn Catalog, version: &str) -> String {
    let names = |category| catalog.names(category);
    serde_json::json!({
        "version": version,
        "sdk_version": version,
        "api_version": "x5.0",
        "builders": names(Category::Builder),
        "post_processors": names(Category::PostProcessor),
        "provisioners": names(Category::Provisioner),
        "datasources": names(Category::DataSource),
        "protocol_version": "v2",
    })
    .to_string()
}

/// Which component, and in which form its options are told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Start {
    /// Of which category.
    pub category: Category,
    /// Its name.
    pub component: String,
    /// The form.
    pub wire: Wire,
}

impl Start {
    /// Reads the words after `start`.
    ///
    /// # Errors
    /// A sentence for standard error.
    pub fn read(words: &[String]) -> Result<Self, String> {
        let protobuf = words.iter().any(|word| word == "--protobuf");
        let rest: Vec<&str> = words.iter().map(String::as_str).filter(|word| *word != "--protobuf").collect();
        let [kind, component] = rest[..] else {
            return Err("start needs a kind of component and a name".into());
        };
        let category = match kind {
            "builder" => Category::Builder,
            "provisioner" => Category::Provisioner,
            "post-processor" => Category::PostProcessor,
            "datasource" => Category::DataSource,
            other => return Err(format!("there is no kind of component {other:?}")),
        };
        let wire = if protobuf { Wire::Protobuf } else { Wire::Gob };
        Ok(Self { category, component: component.to_owned(), wire })
    }
}

/// Serves one component to the host that started this process, until it has had enough. `greet` writes the line by which the host finds us.
///
/// # Errors
/// A sentence for standard error.
pub async fn run(
    start: Start,
    catalog: Arc<dyn Catalog>,
    world: Arc<World>,
    greet: impl FnOnce(&str),
) -> Result<(), String> {
    if !inside_a_plugin(&world) {
        return Err(
            "This is a plugin: Packer and Tintype start it themselves. Called by hand it only answers to \"describe\".".into()
        );
    }
    let exported = Exported::find(&start, &*catalog)?;
    let listener = listen::Listener::open(&world).await.map_err(|error| format!("No socket: {error}"))?;
    greet(&listener.greeting());
    let mux = match tokio::time::timeout(CONNECTED, listener.accept()).await {
        Ok(mux) => mux.map_err(|error| format!("No connection: {error}"))?,
        Err(_) => return Err("Nobody connected.".into()),
    };
    connection(mux, exported, start.wire, world).await;
    Ok(())
}

#[cfg(test)]
mod tests;
