//! Which components there are. The program fills a registry on one page; the template compiler and the engine only ask.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{BuilderKind, DataSourceKind, PostProcessorKind, ProvisionerKind, Reaper};

/// Which components there are, by type name.
pub trait Catalog: Send + Sync {
    /// A type of builder.
    fn builder(&self, name: &str) -> Option<Arc<dyn BuilderKind>>;
    /// A type of provisioner.
    fn provisioner(&self, name: &str) -> Option<Arc<dyn ProvisionerKind>>;
    /// A type of post-processor.
    fn post_processor(&self, name: &str) -> Option<Arc<dyn PostProcessorKind>>;
    /// A type of data source.
    fn data_source(&self, name: &str) -> Option<Arc<dyn DataSourceKind>>;
    /// All names of a category, sorted.
    fn names(&self, category: Category) -> Vec<String>;
}

/// The kinds of components.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Category {
    Builder,
    Provisioner,
    PostProcessor,
    DataSource,
}

impl Category {
    /// All of them.
    pub const ALL: [Category; 4] =
        [Category::Builder, Category::Provisioner, Category::PostProcessor, Category::DataSource];

    /// The word for one, as people write it.
    pub fn noun(self) -> &'static str {
        match self {
            Category::Builder => "builder",
            Category::Provisioner => "provisioner",
            Category::PostProcessor => "post-processor",
            Category::DataSource => "data source",
        }
    }
}

/// A catalog of components in this process.
#[derive(Default)]
pub struct Registry {
    builders: BTreeMap<String, Arc<dyn BuilderKind>>,
    provisioners: BTreeMap<String, Arc<dyn ProvisionerKind>>,
    post_processors: BTreeMap<String, Arc<dyn PostProcessorKind>>,
    data_sources: BTreeMap<String, Arc<dyn DataSourceKind>>,
    reapers: BTreeMap<&'static str, Arc<dyn Reaper>>,
}

impl Registry {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a type of builder.
    pub fn add_builder(&mut self, name: &str, kind: impl BuilderKind + 'static) -> &mut Self {
        self.builders.insert(name.to_string(), Arc::new(kind));
        self
    }

    /// Adds a type of provisioner.
    pub fn add_provisioner(&mut self, name: &str, kind: impl ProvisionerKind + 'static) -> &mut Self {
        self.provisioners.insert(name.to_string(), Arc::new(kind));
        self
    }

    /// Adds a type of post-processor.
    pub fn add_post_processor(&mut self, name: &str, kind: impl PostProcessorKind + 'static) -> &mut Self {
        self.post_processors.insert(name.to_string(), Arc::new(kind));
        self
    }

    /// Adds a type of data source.
    pub fn add_data_source(&mut self, name: &str, kind: impl DataSourceKind + 'static) -> &mut Self {
        self.data_sources.insert(name.to_string(), Arc::new(kind));
        self
    }

    /// Adds the reaper of a kind of resource.
    pub fn add_reaper(&mut self, reaper: impl Reaper + 'static) -> &mut Self {
        self.reapers.insert(reaper.kind(), Arc::new(reaper));
        self
    }

    /// The reaper of a kind of resource.
    pub fn reaper(&self, kind: &str) -> Option<Arc<dyn Reaper>> {
        self.reapers.get(kind).cloned()
    }
}

impl Catalog for Registry {
    fn builder(&self, name: &str) -> Option<Arc<dyn BuilderKind>> {
        self.builders.get(name).cloned()
    }

    fn provisioner(&self, name: &str) -> Option<Arc<dyn ProvisionerKind>> {
        self.provisioners.get(name).cloned()
    }

    fn post_processor(&self, name: &str) -> Option<Arc<dyn PostProcessorKind>> {
        self.post_processors.get(name).cloned()
    }

    fn data_source(&self, name: &str) -> Option<Arc<dyn DataSourceKind>> {
        self.data_sources.get(name).cloned()
    }

    fn names(&self, category: Category) -> Vec<String> {
        match category {
            Category::Builder => self.builders.keys().cloned().collect(),
            Category::Provisioner => self.provisioners.keys().cloned().collect(),
            Category::PostProcessor => self.post_processors.keys().cloned().collect(),
            Category::DataSource => self.data_sources.keys().cloned().collect(),
        }
    }
}
