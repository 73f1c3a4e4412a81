//! Whether a plugin is used in place of what is built in: by a flag, the environment or the settings file.

use std::collections::BTreeSet;

use tintype_sdk::World;

/// The variable that stands for the flag where it is not given.
pub const VARIABLE: &str = "TINTYPE_PREFER_PLUGINS";

/// Plugins that are used in place of built-in components.
#[derive(Clone, Default, Debug)]
pub struct Prefer {
    all: bool,
    names: BTreeSet<String>,
}

impl Prefer {
    /// What the flag says; where it is not given, what the surroundings say.
    pub fn new(flag: &[String], world: &World) -> Self {
        let words: Vec<&str> = match flag {
            [] => world.env(VARIABLE).unwrap_or_default().split(',').collect(),
            flag => flag.iter().map(String::as_str).collect(),
        };
        let words = words.into_iter().map(str::trim).filter(|word| !word.is_empty());
        let mut prefer = Self { all: false, names: words.map(str::to_owned).collect() };
        prefer.all = prefer.names.remove("all");
        prefer
    }

    /// Whether the plugin is preferred.
    pub fn has(&self, plugin: &str) -> bool {
        self.all || self.names.contains(plugin)
    }
}
