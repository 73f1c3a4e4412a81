//! A template from its files to a plan, phase by phase. Each phase reports all it finds; some end the work, since what follows would
//! only repeat their mistakes.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostic, Diagnostics, SourceMap};
use hcl::ast::Block;
use hcl::{AnyBody, ContentBlock, Scope};
use jiff::Timestamp;
use tintype_plan::Plan;
use tintype_sdk::{Catalog, Category, Cx, Interpolation, Policy, PrepareCx, World};

use super::assign::{self, FromFiles};
use super::build::{self, Build};
use super::component;
use super::data::{self, DataBlock, DataMode};
use super::evaluate::Evaluator;
use super::file::{self, File};
use super::grammar;
use super::local::{self, Local};
use super::lower::{self, Lowering};
use super::only::Selection;
use super::packer_block;
use super::registry;
use super::required_plugins::{self, RequiredPlugin};
use super::scope::{self, Globals, Names};
use super::source::{self, Source};
use super::titles::Titles;
use super::variable::{self, Declarations, Variable};
use super::{inspect, secret};
use crate::used::UsedComponents;

/// What to load, as the command line says it.
#[derive(Clone, Default, Debug)]
pub struct LoadRequest {
    /// The template: a file or a directory as the user typed it; empty for none.
    pub path: String,
    /// `-var`, in order.
    pub vars: Vec<(String, String)>,
    /// `-var-file`, in order.
    pub var_files: Vec<String>,
    /// `-only`, in order; each value may hold several patterns with commas between them.
    pub only: Vec<String>,
    /// `-except`, likewise.
    pub except: Vec<String>,
    /// Whether names in variable files that no variable has are worth a warning.
    pub warn_undeclared: bool,
    /// `-use-sequential-evaluation`.
    pub sequential: bool,
}

/// An HCL template. After [`load`](Self::load) its variables have values; after [`initialise`](Self::initialise) all is known that can be
/// known before a build runs.
pub struct Template {
    request: LoadRequest,
    world: Arc<World>,
    sources: Arc<SourceMap>,
    start: Timestamp,
    /// A file of it, whose directory `template_dir` is.
    path: Option<PathBuf>,
    titles: Titles,
    globals: Globals,
    required: Vec<RequiredPlugin>,
    variables: Vec<Variable>,
    locals: Vec<Local>,
    data: Vec<DataBlock>,
    /// What is understood when the template is initialised: sources, builds, registries.
    blocks: Vec<ContentBlock>,
    ready: Option<Ready>,
}

/// What initialising found.
struct Ready {
    catalog: Arc<dyn Catalog>,
    names: Names,
    /// Locals without a value.
    failed: std::collections::BTreeSet<Arc<str>>,
    scope: Scope,
    sources: Vec<Source>,
    builds: Vec<Build>,
}

/// Blocks that are understood when a template is initialised.
const LATER: [&str; 3] = ["source", "build", "hcp_packer_registry"];

impl Template {
    /// Reads a template and gives its variables their values. Without a template something is wrong that cannot be worked with, and an
    /// error is among the findings.
    pub fn load(
        request: LoadRequest,
        world: Arc<World>,
        sources: Arc<SourceMap>,
    ) -> (Option<Template>, Diagnostics) {
        let mut titles = Titles::default();
        let mut findings = Diagnostics::new();
        let template = load(request, world, sources, &mut titles, &mut findings);
        titles.name(&mut findings);
        let template = template.filter(|_| !findings.has_errors());
        (template.map(|template| Template { titles, ..template }), findings)
    }

    /// The plugins that the template asks for.
    pub fn required_plugins(&self) -> &[RequiredPlugin] {
        &self.required
    }

    /// An error that lists the plugins for which `why` has something: why one is missing, a clause, or an empty text.
    pub fn missing_plugins(&self, why: impl Fn(&RequiredPlugin) -> Option<String>) -> Diagnostics {
        let mut findings = required_plugins::missing(&self.required, why);
        self.titles.name(&mut findings);
        findings
    }

    /// The components that it names.
    pub fn used_components(&self) -> UsedComponents {
        UsedComponents::of_hcl(&self.blocks, self.data.iter().map(|data| &data.ty))
    }

    /// Evaluates everything that can be evaluated before a build runs, and looks whether all that is named exists. Whatever is found
    /// afterwards, [`inspect`](Self::inspect) and [`console_scope`](Self::console_scope) have something to show.
    pub async fn initialise(
        &mut self,
        catalog: Arc<dyn Catalog>,
        mode: DataMode,
        cx: &Cx,
        policy: Policy,
    ) -> Diagnostics {
        let mut findings = variable::check(&self.variables, &scope::validations(&self.world), &self.sources);
        let prepare = self.prepare(policy);
        let evaluator = Evaluator {
            globals: &self.globals,
            locals: &self.locals,
            data: &self.data,
            catalog: &*catalog,
            mode,
            prepare: &prepare,
            cx,
            sequential: self.request.sequential,
        };
        let evaluated = evaluator.run(self.var()).await;
        findings.extend(evaluated.findings);
        let scope = self.globals.with(&evaluated.names);
        let mut sources = Vec::new();
        let mut builds = Vec::new();
        for block in &self.blocks {
            match &*block.kind.name {
                "source" => {
                    if let Some(new) = source::read(block, &scope) {
                        source::declare(&mut sources, new, &mut findings);
                    }
                }
                "build" => builds.push(build::read(block, &scope, &mut self.titles, &mut findings)),
                _ => {}
            }
        }
        let registries: Vec<&ContentBlock> =
            self.blocks.iter().filter(|block| &*block.kind.name == "hcp_packer_registry").collect();
        findings.extend(registry::check(
            &registries,
            builds.iter().map(|build| &build.registries[..]),
            &scope,
        ));
        for build in &builds {
            findings.extend(what_does_not_exist(build, &sources, &*catalog));
        }
        self.titles.name(&mut findings);
        let (names, failed) = (evaluated.names, evaluated.failed);
        self.ready = Some(Ready { catalog, names, failed, scope, sources, builds });
        findings
    }

    /// The first of its `hcp_packer_registry` blocks: at the root or, once the template is initialised, in a build.
    pub fn registry(&self) -> Option<diag::Span> {
        let root = self.blocks.iter().filter(|block| &*block.kind.name == "hcp_packer_registry");
        let builds = self.ready.iter().flat_map(|ready| &ready.builds).flat_map(|build| &build.registries);
        root.chain(builds).map(|block| block.header).next()
    }

    /// The texts that no output may show: of sensitive variables, and once the template is initialised of sensitive locals.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets = Vec::new();
        for variable in self.variables.iter().filter(|variable| variable.sensitive) {
            secret::collect(&variable.value(), &mut secrets);
        }
        if let Some(ready) = &self.ready {
            for local in self.locals.iter().filter(|local| local.sensitive) {
                if let Some(value) = ready.names.local.get(&local.name) {
                    secret::collect(value, &mut secrets);
                }
            }
        }
        secrets
    }

    /// What to build. Components are not prepared yet. A build with a mistake is left out; a plan without any build is for the caller
    /// to judge.
    pub fn plan(&self, policy: Policy) -> (Plan, Diagnostics) {
        let mut findings = Diagnostics::new();
        let mut builds = Vec::new();
        match (&self.ready, Selection::new(&self.request.only, &self.request.except)) {
            (Some(ready), _) if ready.builds.is_empty() => findings.push(lower::no_build()),
            (Some(ready), Ok(mut selection)) => {
                let prepare = self.prepare(policy);
                let lowering = Lowering {
                    catalog: &*ready.catalog,
                    sources: &ready.sources,
                    scope: &ready.scope,
                    prepare: &prepare,
                };
                let (found, wrong) = lowering.builds(&ready.builds, &mut selection);
                builds = found;
                findings.extend(wrong);
            }
            (Some(_), Err(unreadable)) => findings.extend(unreadable),
            (None, _) => findings.push(
                Diagnostic::error("Template not initialised")
                    .detail("This is a mistake in the program, not in the template."),
            ),
        }
        self.titles.name(&mut findings);
        (Plan { builds, sources: self.sources.clone() }, findings)
    }

    /// What `inspect` says: messages of one or several lines, each without the line break that follows it.
    pub fn inspect(&self) -> Vec<String> {
        let builds = self.ready.as_ref().map_or(&[][..], |ready| &ready.builds);
        vec!["Packer Inspect: HCL2 mode\n".to_owned(), self.variables_text(), inspect::builds(builds)]
    }

    /// Input variables and locals with their values, as the console shows them at the word `variables`.
    pub fn variables_text(&self) -> String {
        match &self.ready {
            Some(ready) => inspect::variables(&self.variables, &ready.names.local, &ready.failed),
            None => inspect::variables(&self.variables, &Default::default(), &Default::default()),
        }
    }

    /// What names mean at the console: everything but data sources.
    pub fn console_scope(&self) -> Scope {
        let local = self.ready.as_ref().map(|ready| ready.names.local.clone()).unwrap_or_default();
        self.globals.with(&Names { var: self.var(), local, data: None })
    }

    fn var(&self) -> Value {
        Value::object(
            self.variables.iter().map(|variable| (variable.name.clone(), variable.value())).collect(),
        )
    }

    fn prepare(&self, policy: Policy) -> PrepareCx {
        let mut interpolation = Interpolation::new(&self.world, self.start);
        interpolation.template_path = self.path.clone();
        let sensitive = self.variables.iter().filter(|variable| variable.sensitive);
        PrepareCx {
            build_name: String::new(),
            builder_type: String::new(),
            policy,
            world: self.world.clone(),
            interpolation: Arc::new(interpolation),
            sensitive_variables: sensitive.map(|variable| variable.name.to_string()).collect(),
            generated: Vec::new(),
        }
    }
}

fn load(
    request: LoadRequest,
    world: Arc<World>,
    sources: Arc<SourceMap>,
    titles: &mut Titles,
    findings: &mut Diagnostics,
) -> Option<Template> {
    let found = findings.take(file::find(&request.path, &world))?;
    let mut declared = Declarations::new(scope::defaults(&world));
    // What is wrong with them is said when their turn comes. Their trees would be most of what a large template takes.
    let mut keep = |block: &Block, titles: &mut Titles| {
        match (&*block.kind.name, &block.labels[..]) {
            ("variable", [label]) => titles.add_variable(block.span, &label.value),
            ("variables", []) => titles.add(&block.into()),
            // Not theirs, or wrong, which is said with everything that is wrong with root blocks.
            _ => return true,
        }
        declared.read(&block.into());
        false
    };
    let files: Vec<AnyBody> = found
        .templates
        .iter()
        .filter_map(|file| file.parse_with(&sources, titles, findings, &mut keep))
        .collect();
    if findings.has_errors() {
        return None;
    }
    findings.take(packer_block::check_version(&files, &world.core_version))?;
    let blocks: Vec<ContentBlock> = files
        .iter()
        .flat_map(|file| {
            let (content, wrong) = file.content(grammar::ROOT.schema());
            findings.extend(wrong);
            content.blocks
        })
        .collect();
    // Those of native files are there already.
    blocks.iter().filter(|block| matches!(block.body, AnyBody::Json(_))).for_each(|block| titles.add(block));
    drop(files);

    let required: Vec<RequiredPlugin> =
        of_kind(&blocks, "packer").flat_map(|block| packer_block::read(block, findings)).collect();
    let required = required_plugins::unique(required, findings);

    blocks.iter().for_each(|block| declared.read(block));
    let mut variables = declared.finish(findings);

    let mut data = Vec::new();
    for block in of_kind(&blocks, "data") {
        if let Some(new) = data::read(block, findings) {
            data::declare(&mut data, new, findings);
        }
    }
    let (mut locals, mut taken) = (Vec::new(), HashSet::new());
    for block in &blocks {
        let new = match &*block.kind.name {
            "local" => local::read(block, findings).into_iter().collect(),
            "locals" => local::read_all(block, findings),
            _ => continue,
        };
        local::declare(&mut locals, &mut taken, new, findings);
    }

    findings.extend(assign::from_environment(&mut variables, &world, &sources));
    let named = request.var_files.iter().map(|name| File::named(name, &world));
    let value_files: Vec<File> = found.values.iter().cloned().chain(named).collect();
    let warn_undeclared = request.warn_undeclared;
    let from_files = FromFiles { variables: &mut variables, sources: &sources, titles, warn_undeclared };
    findings.extend(from_files.read(&value_files));
    findings.extend(assign::from_command_line(&mut variables, &request.vars, &sources));

    let blocks = blocks.into_iter().filter(|block| LATER.contains(&&*block.kind.name)).collect();
    Some(Template {
        globals: Globals::new(&found.root, &world),
        path: found.templates.first().map(|file| PathBuf::from(&file.name)),
        // They are handed over at the end.
        titles: Titles::default(),
        blocks,
        request,
        world,
        sources,
        start: Timestamp::now(),
        required,
        variables,
        locals,
        data,
        ready: None,
    })
}

fn of_kind<'b>(blocks: &'b [ContentBlock], kind: &'static str) -> impl Iterator<Item = &'b ContentBlock> {
    blocks.iter().filter(move |block| &*block.kind.name == kind)
}

/// The components and sources that a build names and nobody has.
fn what_does_not_exist(build: &Build, sources: &[Source], catalog: &dyn Catalog) -> Diagnostics {
    let mut findings = Diagnostics::new();
    for used in &build.sources {
        if catalog.builder(&used.key.ty).is_none() {
            let title = format!("Unknown source type {}", used.key.ty);
            findings.push(component::unknown(title, Category::Builder, &used.key.ty, catalog).at(used.span));
        } else if !sources.iter().any(|source| source.key == used.key) {
            findings.push(source::undeclared(used, sources));
        }
    }
    let provisioners = build.provisioners.iter().map(|block| ("provisioner", block));
    let all =
        provisioners.chain(build.error_cleanup.iter().map(|block| ("error-cleanup-provisioner", block)));
    for (noun, block) in all.filter(|(_, block)| catalog.provisioner(&block.ty).is_none()) {
        let title = format!("Unknown {noun} type \"{}\"", block.ty);
        findings.push(component::unknown(title, Category::Provisioner, &block.ty, catalog).at(block.span));
    }
    for block in build.chains.iter().flatten().filter(|block| catalog.post_processor(&block.ty).is_none()) {
        let title = format!("Unknown post-processor type \"{}\"", block.ty);
        findings.push(component::unknown(title, Category::PostProcessor, &block.ty, catalog).at(block.span));
    }
    findings
}
