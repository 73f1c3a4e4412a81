//! Components of this process as if they were in another: served, and used through a pipe. For tests, which so try both halves with every
//! component there is.

use std::sync::Arc;

use tintype_sdk::{
    BuilderKind, Catalog, Category, DataSourceKind, PostProcessorKind, ProvisionerKind, World,
};

use crate::host::{self, Origin, Pipe};
use crate::spec::{SpecBytes, Wire, of_schema, of_type};

/// The same components, each behind a wire of this form.
pub fn loopback(catalog: Arc<dyn Catalog>, world: Arc<World>, wire: Wire) -> Arc<dyn Catalog> {
    Arc::new(Loopback { pipe: Pipe { catalog, world, wire } })
}

struct Loopback {
    pipe: Pipe,
}

impl Loopback {
    fn spec(&self, schema: &tintype_schema::Schema, output: Option<&cty::Type>) -> Option<SpecBytes> {
        let wire = self.pipe.wire;
        let config = of_schema(schema).write(wire).ok()?;
        let output = match output {
            Some(output) => Some(of_type(output).write(wire).ok()?),
            None => None,
        };
        Some(SpecBytes { wire, config, output })
    }

    fn origin(&self) -> Origin {
        Origin::Here(self.pipe.clone())
    }
}

impl Catalog for Loopback {
    fn builder(&self, name: &str) -> Option<Arc<dyn BuilderKind>> {
        let spec = self.spec(self.pipe.catalog.builder(name)?.schema(), None)?;
        host::builder_at(self.origin(), name, &spec).ok()
    }

    fn provisioner(&self, name: &str) -> Option<Arc<dyn ProvisionerKind>> {
        let spec = self.spec(self.pipe.catalog.provisioner(name)?.schema(), None)?;
        host::provisioner_at(self.origin(), name, &spec).ok()
    }

    fn post_processor(&self, name: &str) -> Option<Arc<dyn PostProcessorKind>> {
        let spec = self.spec(self.pipe.catalog.post_processor(name)?.schema(), None)?;
        host::post_processor_at(self.origin(), name, &spec).ok()
    }

    fn data_source(&self, name: &str) -> Option<Arc<dyn DataSourceKind>> {
        let kind = self.pipe.catalog.data_source(name)?;
        let spec = self.spec(kind.schema(), Some(&kind.output()))?;
        host::data_source_at(self.origin(), name, &spec).ok()
    }

    fn names(&self, category: Category) -> Vec<String> {
        self.pipe.catalog.names(category)
    }
}

#[cfg(test)]
mod tests;
