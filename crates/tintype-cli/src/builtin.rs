//! Which components are built in: all there is stands on this page.

use tintype_sdk::{Catalog, Category, Registry};

/// Every built-in component.
pub fn registry() -> Registry {
    let mut registry = core();
    tintype_docker::register(&mut registry);
    registry
}

/// Those that Packer has built in, too: no plugin takes their place.
fn core() -> Registry {
    let mut registry = Registry::new();
    tintype_parts::register(&mut registry);
    registry
}

/// Names of built-in components, and whether a plugin could take their place.
pub struct BuiltIn {
    all: Registry,
    core: Registry,
}

impl BuiltIn {
    /// All of them.
    pub fn new() -> Self {
        Self { all: registry(), core: core() }
    }

    /// The components.
    pub fn registry(&self) -> &Registry {
        &self.all
    }

    /// Whether there is such a component.
    pub fn has(&self, category: Category, name: &str) -> bool {
        has(&self.all, category, name)
    }

    /// Whether there is such a component, and it is one of Packer's own.
    pub fn is_core(&self, category: Category, name: &str) -> bool {
        has(&self.core, category, name)
    }

    /// The plugin that a built-in component stands for: the first word of its name. Nothing for what Packer has built in, too.
    pub fn plugin_of<'a>(&self, component: &'a str) -> Option<&'a str> {
        let stands = |category| self.has(category, component) && !self.is_core(category, component);
        Category::ALL.into_iter().any(stands).then(|| component.split('-').next().unwrap_or(component))
    }

    /// The components that stand for those of a plugin, by the names that they have where it is known as `accessor`.
    pub fn names_as(&self, category: Category, plugin: &str, accessor: &str) -> Vec<String> {
        let names = self.all.names(category).into_iter().filter(|name| belongs(name, plugin));
        names.filter_map(|name| Some(format!("{accessor}{}", name.strip_prefix(plugin)?))).collect()
    }

    /// Whether components stand here for those of a plugin: `docker` for the plugin of that name.
    pub fn stands_for(&self, plugin: &str) -> bool {
        Category::ALL.into_iter().any(|category| {
            let names = self.all.names(category);
            names.iter().any(|name| belongs(name, plugin) && !self.is_core(category, name))
        })
    }
}

fn has(registry: &Registry, category: Category, name: &str) -> bool {
    match category {
        Category::Builder => registry.builder(name).is_some(),
        Category::Provisioner => registry.provisioner(name).is_some(),
        Category::PostProcessor => registry.post_processor(name).is_some(),
        Category::DataSource => registry.data_source(name).is_some(),
    }
}

/// Whether a component's name is one that a plugin known as `plugin` could give it: its own, or one that begins with it.
pub fn belongs(component: &str, plugin: &str) -> bool {
    component.strip_prefix(plugin).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
