//! What the places share: their addresses, the form of a list of versions.

use go_version::Version;
use serde_json::Value;
use tintype_sdk::{Error, PluginSource, Result, World};

/// The address of a place, or another one that the environment has for it.
pub(crate) fn base(world: &World, variable: &str, usual: &str) -> String {
    let set = world.env(variable).filter(|url| !url.is_empty());
    set.unwrap_or(usual).trim_end_matches('/').to_owned()
}

/// The namespace and the name of a plugin that comes from GitHub, as all plugins do that can be had without a mirror.
pub(crate) fn github_plugin(source: &PluginSource) -> Result<(&str, &str)> {
    let parts: Vec<&str> = source.parts().collect();
    let plain =
        |part: &str| part.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'));
    match parts[..] {
        ["github.com", namespace, name] if plain(namespace) && plain(name) => Ok((namespace, name)),
        _ => Err(Error::user(format!(
            "plugins are downloaded from github.com/NAMESPACE/NAME; \"{source}\" has another form"
        ))
        .hint("Use a mirror (-mirror=…), or install the binary with `plugins install -path`.")),
    }
}

/// An answer as JSON.
pub(crate) fn json(url: &str, body: &[u8]) -> Result<Value> {
    serde_json::from_slice(body).map_err(|error| Error::environment(format!("{url}: no JSON: {error}")))
}

/// The versions in an index: the members of `versions`. What cannot be read is passed over.
pub(crate) fn versions_in(index: &Value) -> Vec<Version> {
    let versions = index.get("versions").and_then(Value::as_object);
    let text = |(key, value): (&String, &Value)| {
        value.get("version").and_then(Value::as_str).unwrap_or(key).parse().ok()
    };
    versions.into_iter().flatten().filter_map(text).collect()
}
