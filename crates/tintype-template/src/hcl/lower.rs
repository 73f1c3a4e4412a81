//! From build blocks to the plan: one build for each source of each block, with what of the block is for it. Components are not prepared
//! here.

use std::sync::Arc;

use diag::{Diagnostic, Diagnostics};
use hcl::{AnyBody, Scope};
use tintype_plan::{BuildPlan, Component, PostProcessStep, ProvisionStep};
use tintype_sdk::{Catalog, PrepareCx};

use super::build::Build;
use super::deferred::Waiting;
use super::only::Selection;
use super::options::{self, Options};
use super::post_processor::PostBlock;
use super::provisioner::ProvisionBlock;
use super::scope;
use super::source::{Source, SourceUse};

/// What all builds have in common.
pub(crate) struct Lowering<'a> {
    pub(crate) catalog: &'a dyn Catalog,
    pub(crate) sources: &'a [Source],
    /// The scope of the whole template.
    pub(crate) scope: &'a Scope,
    /// What components know, for no build in particular.
    pub(crate) prepare: &'a PrepareCx,
}

/// One source of one build block.
struct Target<'a> {
    block: &'a Build,
    used: &'a SourceUse,
    name: Arc<str>,
    scope: Scope,
}

impl Lowering<'_> {
    /// All builds that were selected. A build with a mistake is left out, the others stay.
    pub(crate) fn builds(
        &self,
        blocks: &[Build],
        selection: &mut Selection,
    ) -> (Vec<BuildPlan>, Diagnostics) {
        let mut findings = Diagnostics::new();
        let mut builds = Vec::new();
        for block in blocks {
            for used in &block.sources {
                let name = match &*block.name {
                    "" => used.full_name(),
                    block => format!("{block}.{}", used.full_name()),
                };
                if !selection.takes(&name) {
                    continue;
                }
                let scope = scope::in_source(self.scope, &used.key.ty, used.name());
                let target = Target { block, used, name: name.into(), scope };
                builds.extend(self.build(&target, selection, &mut findings));
            }
            findings.extend(selection.warnings());
        }
        (builds, findings)
    }

    fn build(
        &self,
        target: &Target<'_>,
        selection: &mut Selection,
        findings: &mut Diagnostics,
    ) -> Option<BuildPlan> {
        let used = target.used;
        // What does not exist was reported when the template was initialised.
        let kind = self.catalog.builder(&used.key.ty)?;
        let source = self.sources.iter().find(|source| source.key == used.key)?;
        let body = match &used.extra {
            Some(extra) => AnyBody::merged(vec![source.body.clone(), extra.clone()]),
            None => source.body.clone(),
        };
        let options = Options { body: &body, block: source.span, title: &source.title };
        let config = options.decode(&options::spec(kind.schema()), &target.scope);
        let post_processors = self.chains(target, selection);
        let config = findings.take(config)?;
        let mut prepare = self.prepare.clone();
        prepare.build_name = used.key.name.to_string();
        prepare.builder_type = used.key.ty.to_string();
        let mut interpolation = (*prepare.interpolation).clone();
        interpolation.build_name = Some(prepare.build_name.clone());
        interpolation.build_type = Some(prepare.builder_type.clone());
        prepare.interpolation = Arc::new(interpolation);
        let provisioners =
            target.block.provisioners.iter().enumerate().filter(|(_, block)| block.filter.allows(used));
        let error_cleanup = target.block.error_cleanup.as_ref().filter(|block| block.filter.allows(used));
        Some(BuildPlan {
            name: target.name.clone(),
            prepare,
            refusal: String::new(),
            builder: Component { type_name: used.key.ty.clone(), kind, config, span: Some(source.span) },
            provisioners: provisioners
                .filter_map(|(at, block)| self.provisioner(target, block, format!("provisioner[{at}]")))
                .collect(),
            error_cleanup: error_cleanup
                .and_then(|block| self.provisioner(target, block, "error-cleanup-provisioner".to_owned())),
            post_processors,
        })
    }

    fn provisioner(
        &self,
        target: &Target<'_>,
        block: &ProvisionBlock,
        place: String,
    ) -> Option<ProvisionStep> {
        let kind = self.catalog.provisioner(&block.ty)?;
        let waiting = Waiting {
            body: block.body.clone(),
            spec: options::spec(kind.schema()),
            scope: target.scope.clone(),
            build: target.block.name.clone(),
            span: block.span,
            title: block.title.clone(),
            overrides: block.overrides.get(target.used.name()).cloned(),
        };
        Some(ProvisionStep {
            address: format!("build.{}/{place}", target.name),
            name: block.name.clone(),
            refusal: format!("Failed preparing provisioner-block \"{}\" \"{}\"", block.ty, block.name),
            component: Component {
                type_name: block.ty.clone(),
                kind,
                config: Arc::new(waiting),
                span: Some(block.span),
            },
            pause_before: block.pause_before,
            timeout: block.timeout,
            max_retries: block.max_retries,
            continue_on_error: block.continue_on_error,
            policy: block.policy.clone(),
        })
    }

    fn chains(&self, target: &Target<'_>, selection: &mut Selection) -> Vec<Vec<PostProcessStep>> {
        let mut chains = Vec::new();
        for (number, blocks) in target.block.chains.iter().enumerate() {
            let mut chain = Vec::new();
            for (at, block) in blocks.iter().enumerate() {
                // The command line ends the chain; what the block says of itself concerns only the block.
                if selection.drops(block.known_as()) {
                    break;
                }
                if block.filter.allows(target.used) {
                    chain.extend(self.post_processor(
                        target,
                        block,
                        format!("post-processor[{number}][{at}]"),
                    ));
                }
            }
            if !chain.is_empty() {
                chains.push(chain);
            }
        }
        chains
    }

    fn post_processor(
        &self,
        target: &Target<'_>,
        block: &PostBlock,
        place: String,
    ) -> Option<PostProcessStep> {
        let kind = self.catalog.post_processor(&block.ty)?;
        let waiting = Waiting {
            body: block.body.clone(),
            spec: options::spec(kind.schema()),
            scope: target.scope.clone(),
            build: target.block.name.clone(),
            span: block.span,
            title: block.title.clone(),
            overrides: None,
        };
        Some(PostProcessStep {
            address: format!("build.{}/{place}", target.name),
            name: block.name.clone(),
            refusal: format!("Failed preparing post-processor-block \"{}\" \"{}\"", block.ty, block.name),
            component: Component {
                type_name: block.ty.clone(),
                kind,
                config: Arc::new(waiting),
                span: Some(block.span),
            },
            keep_input: block.keep_input,
        })
    }
}

/// The finding for a template that builds nothing.
pub(crate) fn no_build() -> Diagnostic {
    Diagnostic::error("Missing build block").detail(
        "A block \"build\" says which sources are built, and what is done with them. This template has none.",
    )
}
