//! From a template to the plan: one build for each builder, sorted by name, with what is for it. Components are not prepared here.

use std::collections::BTreeMap;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, Span};
use hcl::json::Property;
use tintype_plan::{BuildPlan, Component, PostProcessStep, ProvisionStep};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{Catalog, Category, Interpolation, PrepareCx};

use super::deferred::Waiting;
use super::document::{Builder, Document, Provisioner};
use super::options::{config, lay_over};
use crate::fix::repair;
use crate::hcl::component;

/// `-only` and `-except`: exact names.
pub(crate) struct Selection<'a> {
    pub(crate) only: &'a [String],
    pub(crate) except: &'a [String],
}

impl Selection<'_> {
    fn takes(&self, name: &str) -> bool {
        (self.only.is_empty() || self.only.iter().any(|only| only == name)) && !self.drops(name)
    }

    fn drops(&self, name: &str) -> bool {
        self.except.iter().any(|except| except == name)
    }
}

/// What all builds have in common.
pub(crate) struct Lowering<'a> {
    pub(crate) document: &'a Document,
    pub(crate) selection: Selection<'a>,
    pub(crate) catalog: &'a dyn Catalog,
    /// What components know, for no build in particular.
    pub(crate) prepare: &'a PrepareCx,
}

/// One builder as it is built.
struct Target<'a> {
    builder: &'a Builder,
    /// As output shows it.
    title: Arc<str>,
    /// The title of what is wrong with it.
    refusal: String,
    prepare: PrepareCx,
}

/// The builders by their rendered names.
pub(crate) type Named<'a> = BTreeMap<String, &'a Builder>;

/// Renders the names of all builders.
pub(crate) fn names<'a>(document: &'a Document, interpolation: &Interpolation) -> (Named<'a>, Diagnostics) {
    let mut findings = Diagnostics::new();
    let mut named = Named::new();
    for builder in &document.builders {
        match interpolation.settle(&builder.name) {
            Ok(name) => {
                if let Some(other) = named.insert(name.clone(), builder) {
                    findings.push(
                        Diagnostic::warning(format!("Two builders have the name \"{name}\""))
                            .detail(format!(
                                "It is what \"{}\" and \"{}\" come to. Only the latter is built.",
                                other.name, builder.name
                            ))
                            .at(builder.name_span),
                    );
                }
            }
            Err(error) => findings.push(
                Diagnostic::error(format!("Error interpolating builder '{}'", builder.name))
                    .detail(error)
                    .at(builder.name_span),
            ),
        }
    }
    (named, findings)
}

impl Lowering<'_> {
    /// All builds that were selected. A build with a mistake is left out, the others stay.
    pub(crate) fn builds(&self, named: &Named<'_>) -> (Vec<BuildPlan>, Diagnostics) {
        let mut findings = Diagnostics::new();
        let mut builds = Vec::new();
        for (name, builder) in named {
            if self.selection.takes(name) {
                let mut found = Diagnostics::new();
                let build = self.build(&self.target(name, builder), &mut found);
                builds.extend(build.filter(|_| !found.has_errors()));
                findings.extend(found);
            }
        }
        (builds, findings)
    }

    fn target<'t>(&self, name: &str, builder: &'t Builder) -> Target<'t> {
        let mut prepare = self.prepare.clone();
        prepare.build_name = name.to_owned();
        prepare.builder_type = builder.ty.to_string();
        let mut interpolation = (*prepare.interpolation).clone();
        interpolation.build_name = Some(prepare.build_name.clone());
        interpolation.build_type = Some(prepare.builder_type.clone());
        prepare.interpolation = Arc::new(interpolation);
        let title =
            if *name == *builder.ty { builder.ty.clone() } else { format!("{}.{name}", builder.ty).into() };
        Target { builder, title, refusal: format!("Failed to prepare build: {name:?}"), prepare }
    }

    fn build(&self, target: &Target<'_>, findings: &mut Diagnostics) -> Option<BuildPlan> {
        let builder = target.builder;
        let provisioners: Vec<ProvisionStep> = self
            .document
            .provisioners
            .iter()
            .enumerate()
            .filter(|(_, step)| step.filter.allows(&builder.name))
            .filter_map(|(at, step)| self.provisioner(target, step, format!("provisioner[{at}]"), findings))
            .collect();
        // Its only and except do not count: Packer's rule.
        let error_cleanup = self.document.error_cleanup.as_ref().and_then(|step| {
            self.provisioner(target, step, "error-cleanup-provisioner".to_owned(), findings)
        });
        let post_processors = self.chains(target, findings);
        let Some(kind) = self.catalog.builder(&builder.ty) else {
            findings.push(self.unknown(target, Category::Builder, &builder.ty).at(builder.span));
            return None;
        };
        let title = format!("builder \"{}\"", builder.name);
        Some(BuildPlan {
            name: target.title.clone(),
            prepare: target.prepare.clone(),
            refusal: target.refusal.clone(),
            builder: Component {
                type_name: builder.ty.clone(),
                config: options(
                    Category::Builder,
                    &builder.ty,
                    &builder.options,
                    kind.schema(),
                    builder.span,
                    title,
                ),
                kind,
                span: Some(builder.span),
            },
            provisioners,
            error_cleanup,
            post_processors,
        })
    }

    fn unknown(&self, target: &Target<'_>, category: Category, ty: &str) -> Diagnostic {
        let mut finding = component::unknown(target.refusal.clone(), category, ty, self.catalog);
        if let Some((new, fixer)) = repair::of_type(category, ty) {
            finding.hint = Some(format!(
                "It is named \"{new}\" now. Call `packer fix` against your template: the fixer for it is {fixer}."
            ));
            return finding;
        }
        if finding.hint.as_ref().is_some_and(|hint| hint.contains("required_plugins")) {
            // A legacy template does not say which plugins it needs.
            finding.hint =
                Some("Install the plugin that has it with the command \"plugins install\".".to_owned());
        }
        finding
    }

    fn provisioner(
        &self,
        target: &Target<'_>,
        step: &Provisioner,
        place: String,
        findings: &mut Diagnostics,
    ) -> Option<ProvisionStep> {
        let Some(kind) = self.catalog.provisioner(&step.ty) else {
            findings.push(self.unknown(target, Category::Provisioner, &step.ty).at(step.span));
            return None;
        };
        let max_retries = findings.take(max_retries(target, step))?;
        let title = format!("provisioner \"{}\"", step.ty);
        let mut options =
            options(Category::Provisioner, &step.ty, &step.options, kind.schema(), step.span, title);
        for layer in &step.overrides {
            if *layer.name.text() == target.builder.name {
                lay_over(&mut options, &layer.value);
            }
        }
        let waiting = Waiting {
            kind: kind.clone(),
            schema: |kind| kind.schema(),
            config: options,
            interpolation: target.prepare.interpolation.clone(),
        };
        Some(ProvisionStep {
            address: format!("build.{}/{place}", target.title),
            name: String::new(),
            refusal: target.refusal.clone(),
            component: Component {
                type_name: step.ty.clone(),
                kind,
                config: Arc::new(waiting),
                span: Some(step.span),
            },
            pause_before: step.pause_before,
            timeout: step.timeout,
            max_retries,
            continue_on_error: false,
            policy: Default::default(),
        })
    }

    fn chains(&self, target: &Target<'_>, findings: &mut Diagnostics) -> Vec<Vec<PostProcessStep>> {
        let mut chains = Vec::new();
        for (number, steps) in self.document.chains.iter().enumerate() {
            let mut chain = Vec::new();
            for (at, step) in steps.iter().enumerate() {
                if !step.filter.allows(&target.builder.name) {
                    continue;
                }
                // The command line ends the chain.
                if self.selection.drops(&step.name) {
                    break;
                }
                let Some(kind) = self.catalog.post_processor(&step.ty) else {
                    findings.push(self.unknown(target, Category::PostProcessor, &step.ty).at(step.span));
                    continue;
                };
                let title = format!("post-processor \"{}\"", step.name);
                let (category, schema) = (Category::PostProcessor, kind.schema());
                let waiting = Waiting {
                    config: options(category, &step.ty, &step.options, schema, step.span, title),
                    kind: kind.clone(),
                    schema: |kind| kind.schema(),
                    interpolation: target.prepare.interpolation.clone(),
                };
                chain.push(PostProcessStep {
                    address: format!("build.{}/post-processor[{number}][{at}]", target.title),
                    name: step.name.to_string(),
                    refusal: target.refusal.clone(),
                    component: Component {
                        type_name: step.ty.clone(),
                        kind,
                        config: Arc::new(waiting),
                        span: Some(step.span),
                    },
                    keep_input: step.keep_input,
                });
            }
            if !chain.is_empty() {
                chains.push(chain);
            }
        }
        chains
    }
}

/// The options of a component. Those that it does not have may be some that `fix` knows.
fn options(
    category: Category,
    ty: &str,
    properties: &[Property],
    schema: &Schema,
    span: Span,
    title: String,
) -> ConfigValue {
    let mut options = config(properties, span, title);
    let known = |name: &str| schema.names().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if properties.iter().any(|property| !known(property.name.text())) {
        options.repairs = repair::of_options(category, ty, properties);
    }
    options
}

fn max_retries(target: &Target<'_>, step: &Provisioner) -> Result<u64, Diagnostics> {
    let Some((text, place)) = &step.max_retries else { return Ok(0) };
    let rendered = target.prepare.interpolation.settle(text);
    let parsed = rendered.and_then(|text| {
        if text.is_empty() {
            return Ok(0);
        }
        // Less than none is none.
        let count = text.parse::<i64>().map(|count| u64::try_from(count).unwrap_or(0));
        count.map_err(|_| format!("max_retries must be a whole number, and {text:?} is none."))
    });
    parsed.map_err(|why| Diagnostic::error(target.refusal.clone()).detail(why).at(*place).into())
}
