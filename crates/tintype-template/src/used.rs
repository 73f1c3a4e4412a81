//! Which components a template names, before anything in it is evaluated: plugins are looked for by these names.

use std::collections::BTreeSet;
use std::sync::Arc;

use hcl::{AnyBody, BodySchema, ContentBlock};
use tintype_sdk::Category;

use crate::json::document::Document;

/// The components that a template names.
#[derive(Clone, Default, Debug)]
pub struct UsedComponents {
    /// Categories and names.
    pub names: BTreeSet<(Category, Arc<str>)>,
    /// Whether dynamic blocks may add provisioners and post-processors with names that are not known yet.
    pub may_be_more: bool,
}

impl UsedComponents {
    fn add(&mut self, category: Category, name: &Arc<str>) {
        self.names.insert((category, name.clone()));
    }

    fn labels<'a>(&mut self, category: Category, blocks: impl Iterator<Item = &'a ContentBlock>) {
        for block in blocks {
            if let Some(label) = block.labels.first() {
                self.add(category, &label.value);
            }
        }
    }

    /// Of an HCL template: its sources, builds and data sources.
    pub(crate) fn of_hcl<'a>(blocks: &[ContentBlock], data: impl Iterator<Item = &'a Arc<str>>) -> Self {
        let mut used = Self::default();
        data.for_each(|name| used.add(Category::DataSource, name));
        used.labels(Category::Builder, blocks.iter().filter(|block| &*block.kind.name == "source"));
        for block in blocks.iter().filter(|block| &*block.kind.name == "build") {
            used.build(&block.body);
        }
        used
    }

    fn build(&mut self, body: &AnyBody) {
        let schema = BodySchema::new()
            .block("provisioner", &["type"])
            .block("error-cleanup-provisioner", &["type"])
            .block("post-processor", &["type"])
            .block("post-processors", &[])
            .block("dynamic", &["type"]);
        // Mistakes are reported when the build is read.
        let (content, _, _) = body.partial_content(&schema);
        for kind in ["provisioner", "error-cleanup-provisioner"] {
            self.labels(Category::Provisioner, content.blocks_of(kind));
        }
        self.labels(Category::PostProcessor, content.blocks_of("post-processor"));
        self.may_be_more |= content.blocks_of("dynamic").next().is_some();
        for chain in content.blocks_of("post-processors") {
            self.build(&chain.body);
        }
    }

    /// Of a legacy template.
    pub(crate) fn of_json(document: &Document) -> Self {
        let mut used = Self::default();
        document.builders.iter().for_each(|builder| used.add(Category::Builder, &builder.ty));
        let provisioners = document.provisioners.iter().chain(&document.error_cleanup);
        provisioners.for_each(|provisioner| used.add(Category::Provisioner, &provisioner.ty));
        document.chains.iter().flatten().for_each(|post| used.add(Category::PostProcessor, &post.ty));
        used
    }
}
