//! A template in either language, as commands work with it: the same phases, the same plan at the end.

use std::sync::Arc;

use diag::{Diagnostics, SourceMap, Span};
use tintype_plan::Plan;
use tintype_sdk::{Catalog, Cx, Policy, World};

use crate::hcl::{DataMode, LoadRequest, RequiredPlugin, Template};
use crate::json::JsonTemplate;
use crate::kind::Kind;
use crate::used::UsedComponents;

/// A template in either language.
pub enum AnyTemplate {
    /// An HCL template.
    Hcl(Box<Template>),
    /// A legacy JSON template.
    Json(Box<JsonTemplate>),
}

impl AnyTemplate {
    /// Reads a template and what gives its variables values. Without a template an error is among the findings.
    pub fn load(
        kind: Kind,
        request: LoadRequest,
        world: Arc<World>,
        sources: Arc<SourceMap>,
    ) -> (Option<Self>, Diagnostics) {
        match kind {
            Kind::Hcl => {
                let (template, findings) = Template::load(request, world, sources);
                (template.map(|template| Self::Hcl(Box::new(template))), findings)
            }
            Kind::Json => match JsonTemplate::load(request, world, sources) {
                Ok(template) => (Some(Self::Json(Box::new(template))), Diagnostics::new()),
                Err(findings) => (None, findings),
            },
        }
    }

    /// The components that it names.
    pub fn used_components(&self) -> UsedComponents {
        match self {
            Self::Hcl(template) => template.used_components(),
            Self::Json(template) => template.used_components(),
        }
    }

    /// An error that lists the plugins for which `why` has something: why one is missing, a clause, or an empty text.
    pub fn missing_plugins(&self, why: impl Fn(&RequiredPlugin) -> Option<String>) -> Diagnostics {
        match self {
            Self::Hcl(template) => template.missing_plugins(why),
            Self::Json(_) => Diagnostics::new(),
        }
    }

    /// The plugins that it asks for. A legacy template asks for none by name.
    pub fn required_plugins(&self) -> &[RequiredPlugin] {
        match self {
            Self::Hcl(template) => template.required_plugins(),
            Self::Json(_) => &[],
        }
    }

    /// Evaluates everything that can be evaluated before a build runs.
    pub async fn initialise(
        &mut self,
        catalog: Arc<dyn Catalog>,
        mode: DataMode,
        cx: &Cx,
        policy: Policy,
    ) -> Diagnostics {
        match self {
            Self::Hcl(template) => template.initialise(catalog, mode, cx, policy).await,
            Self::Json(template) => template.initialise(),
        }
    }

    /// Where it asks for an entry in the HCP Packer registry, once it is initialised.
    pub fn registry(&self) -> Option<Span> {
        match self {
            Self::Hcl(template) => template.registry(),
            Self::Json(_) => None,
        }
    }

    /// The texts that no output may show, as far as they are known.
    pub fn secrets(&self) -> Vec<String> {
        match self {
            Self::Hcl(template) => template.secrets(),
            Self::Json(template) => template.secrets(),
        }
    }

    /// What to build. A build with a mistake is left out; a plan without any build is for the caller to judge.
    pub fn plan(&self, catalog: &dyn Catalog, policy: Policy) -> (Plan, Diagnostics) {
        match self {
            Self::Hcl(template) => template.plan(policy),
            Self::Json(template) => template.plan(catalog, policy),
        }
    }
}
