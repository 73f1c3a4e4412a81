//! A legacy template from its text to a plan, phase by phase: read, checked with its variables rendered, lowered.

use std::path::PathBuf;
use std::sync::Arc;

use diag::{Diagnostics, SourceMap};
use jiff::Timestamp;
use tintype_plan::Plan;
use tintype_sdk::{Catalog, Interpolation, Policy, PrepareCx, World};

use super::document::Document;
use super::inspect::{self, Row};
use super::lower::{self, Lowering, Selection};
use super::variables::{self, AllGiven};
use super::{check, file};
use crate::hcl::LoadRequest;
use crate::outside;
use crate::used::UsedComponents;

/// A legacy JSON template. After [`load`](Self::load) it is known what is written in it; after [`initialise`](Self::initialise) its
/// variables have values.
pub struct JsonTemplate {
    request: LoadRequest,
    world: Arc<World>,
    sources: Arc<SourceMap>,
    document: Document,
    given: AllGiven,
    /// Knows the variables once they are rendered.
    interpolation: Arc<Interpolation>,
}

impl JsonTemplate {
    /// Reads a template, and the files with values for its variables.
    ///
    /// # Errors
    /// Everything in them that is not understood.
    pub fn load(
        request: LoadRequest,
        world: Arc<World>,
        sources: Arc<SourceMap>,
    ) -> Result<Self, Diagnostics> {
        let root = file::template(&request.path, &world, &sources)?;
        let document = Document::read(&root)?;
        let given = variables::given(&document, &request.var_files, &request.vars, &world, &sources)?;
        let mut interpolation = Interpolation::new(&world, Timestamp::now());
        let is_file = !matches!(request.path.as_str(), "" | "-");
        interpolation.template_path = is_file.then(|| PathBuf::from(&request.path));
        // What a build provides is put in before this renders anything; nothing is left over.
        interpolation.generated = Some(Default::default());
        interpolation.variables = Some(Default::default());
        Ok(Self { request, world, sources, document, given, interpolation: Arc::new(interpolation) })
    }

    /// Checks the template as a whole and renders the variables. Whatever is found, [`evaluate`](Self::evaluate) works afterwards.
    pub fn initialise(&mut self) -> Diagnostics {
        let mut findings = check::check(&self.document, &self.given, &self.world.core_version);
        let mut interpolation = (*self.interpolation).clone();
        interpolation.env = Some(self.world.env.clone());
        interpolation.functions = outside::text_functions(&self.world);
        let wrong = variables::render(&self.given, &mut interpolation);
        // A value may be wrong only because another one is missing.
        if !findings.has_errors() {
            findings.extend(wrong);
        }
        // Elsewhere they are not to be called.
        interpolation.env = None;
        interpolation.functions.clear();
        self.interpolation = Arc::new(interpolation);
        findings
    }

    /// The texts that no output may show: the values of sensitive variables, once they are rendered.
    pub fn secrets(&self) -> Vec<String> {
        let Some(variables) = &self.interpolation.variables else { return Vec::new() };
        let values = self.document.sensitive.iter().filter_map(|name| variables.get(&**name));
        values.filter(|value| !value.is_empty()).cloned().collect()
    }

    /// What to build. Components are not prepared yet. A build with a mistake is left out; a plan without any build is for the caller
    /// to judge.
    pub fn plan(&self, catalog: &dyn Catalog, policy: Policy) -> (Plan, Diagnostics) {
        let (named, mut findings) = lower::names(&self.document, &self.interpolation);
        let prepare = PrepareCx {
            build_name: String::new(),
            builder_type: String::new(),
            policy,
            world: self.world.clone(),
            interpolation: self.interpolation.clone(),
            sensitive_variables: self.document.sensitive.iter().map(|name| name.to_string()).collect(),
            generated: Vec::new(),
        };
        let selection = Selection { only: &self.request.only, except: &self.request.except };
        let lowering = Lowering { document: &self.document, selection, catalog, prepare: &prepare };
        let (builds, wrong) = lowering.builds(&named);
        findings.extend(wrong);
        (Plan { builds, sources: self.sources.clone() }, findings)
    }

    /// The components that it names.
    pub fn used_components(&self) -> UsedComponents {
        UsedComponents::of_json(&self.document)
    }

    /// What `inspect` says.
    pub fn inspect(&self) -> Vec<Row> {
        inspect::rows(&self.document)
    }

    /// The user variables with their values, as the console shows them at the word `variables`.
    pub fn variables_text(&self) -> String {
        let variables = self.interpolation.variables.iter().flat_map(|variables| variables.iter());
        let lines: Vec<String> = variables.map(|(name, value)| format!("{name}: {value},\n")).collect();
        format!("\n{}", lines.concat())
    }

    /// A text rendered as the names of builders are: again and again until nothing changes.
    ///
    /// # Errors
    /// Go's words for what is wrong with it.
    pub fn evaluate(&self, text: &str) -> Result<String, String> {
        self.interpolation.settle(text)
    }

    /// Names that can be typed at the console.
    pub fn variable_names(&self) -> Vec<String> {
        let variables = self.interpolation.variables.iter().flat_map(|variables| variables.keys());
        variables.cloned().collect()
    }
}
