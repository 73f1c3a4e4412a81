//! What `build`, `validate`, `inspect` and `console` share: from the command line's words to a template that is ready.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, SourceMap};
use tintype_engine::Ready;
use tintype_fetch::LockFile;
use tintype_sdk::{Cancel, Catalog, Category, Cx, Policy, World};
use tintype_template::{AnyTemplate, DataMode, LoadRequest};

use super::{Call, Exit};
use crate::args::{TemplateArgs, TemplatePath};
use crate::builtin::BuiltIn;
use crate::prefer::Prefer;
use crate::resolve::{Resolver, Standing};
use crate::screen::{Form, Screen};
use crate::signal;

/// A command at work on a template.
pub struct Session {
    pub screen: Screen,
    pub world: Arc<World>,
    pub cancel: Cancel,
    pub policy: Policy,
    pub sources: Arc<SourceMap>,
}

impl Session {
    pub fn new(call: Call, form: Form, live: bool, policy: Policy) -> Self {
        let screen = Screen::new(form, live, &call.world);
        Self {
            screen,
            world: Arc::new(call.world),
            cancel: Cancel::new(),
            policy,
            sources: Arc::new(SourceMap::new()),
        }
    }

    /// The form of the output by the flags that every command has.
    pub fn form(call: &Call, json: bool, style: tintype_ui::HumanStyle) -> Form {
        match (call.machine, json) {
            (true, _) => Form::Machine,
            (false, true) => Form::Json,
            (false, false) => Form::Human(style),
        }
    }

    /// Runs `work` to its end; interrupts reach it through `self.cancel`.
    pub fn block_on(self, work: impl AsyncFnOnce(&Session) -> Exit) -> Exit {
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => {
                self.screen.fail(format!("The runtime cannot start: {error}"));
                return 1;
            }
        };
        let exit = runtime.block_on(async {
            signal::listen(self.cancel.clone(), self.screen.events.clone());
            work(&self).await
        });
        // A question that nobody answered must not keep the process.
        runtime.shutdown_background();
        exit
    }

    /// Parses the template and assigns variables.
    pub fn load(&self, path: &str, args: &TemplateArgs, warn_undeclared: bool) -> Result<AnyTemplate, Exit> {
        let kind = match tintype_template::kind_of(path, &args.config_type, &self.world) {
            Ok(kind) => kind,
            Err(missing) => {
                self.screen.fail(missing.to_string());
                return Err(1);
            }
        };
        let request = LoadRequest {
            path: path.to_string(),
            vars: args.vars.clone(),
            var_files: args.var_files.clone(),
            only: args.only.clone(),
            except: args.except.clone(),
            warn_undeclared,
            sequential: args.sequential,
        };
        let (template, findings) = AnyTemplate::load(kind, request, self.world.clone(), self.sources.clone());
        if let Some(template) = &template {
            self.hide(template);
        }
        self.screen.report(&findings, &self.sources);
        match template {
            Some(template) if !findings.has_errors() => Ok(template),
            _ => Err(1),
        }
    }

    /// A context for the run as a whole.
    pub fn cx(&self) -> Cx {
        Cx::new(
            self.world.clone(),
            self.screen.events.clone(),
            self.screen.asker.clone(),
            self.policy,
            self.cancel.clone(),
            None,
        )
    }

    /// The directory of the template at this path, where its lock file is.
    pub fn directory(&self, path: &str) -> PathBuf {
        let path = self.world.path(path);
        if path.is_dir() {
            path
        } else {
            path.parent().map_or_else(|| self.world.cwd.clone(), Path::to_path_buf)
        }
    }

    /// The lock file beside the template, if there is one.
    pub fn lock_file(&self, path: &str) -> Result<Option<LockFile>, Exit> {
        LockFile::read(&self.directory(path), &self.sources).map_err(|findings| {
            self.screen.report(&findings, &self.sources);
            1
        })
    }

    /// Who finds components, by the flags and what is installed.
    pub fn resolver(&self, args: &TemplateArgs, lock: Option<LockFile>) -> Resolver {
        let prefer = Prefer::new(&args.prefer_plugins, &self.world);
        Resolver::new(&self.cx(), &self.screen.events, prefer, args.ignore_prerelease_plugins, lock)
    }

    /// The components for a template that is only looked at: of plugins those that give it data. What is missing is no matter here.
    pub async fn look_up(&self, template: &AnyTemplate, args: &TemplateArgs) -> Arc<dyn Catalog> {
        let mut used = template.used_components();
        used.names.retain(|(category, _)| *category == Category::DataSource);
        used.may_be_more = false;
        let resolver = self.resolver(args, None);
        let mut required = Vec::new();
        if !used.names.is_empty() {
            for plugin in template.required_plugins() {
                required.push((plugin.clone(), resolver.standing(plugin, &used).await));
            }
        }
        resolver.catalog(&used, &required).await.0
    }

    /// The components for a template that is to be checked or built.
    async fn resolve(
        &self,
        template: &AnyTemplate,
        at: &TemplatePath,
        args: &TemplateArgs,
    ) -> Result<Arc<dyn Catalog>, Exit> {
        let used = template.used_components();
        let required = template.required_plugins();
        let lock = if required.is_empty() { None } else { self.lock_file(&at.path)? };
        let resolver = self.resolver(args, lock);
        let mut standing = Vec::new();
        for plugin in required {
            standing.push((plugin.clone(), resolver.standing(plugin, &used).await));
        }
        let missing = template.missing_plugins(|plugin| {
            let found = standing.iter().find(|(known, _)| known.accessor == plugin.accessor);
            match found {
                Some((_, Standing::Missing(why))) => Some(why.clone()),
                _ => None,
            }
        });
        self.screen.report(&missing, &self.sources);
        if missing.has_errors() {
            return Err(1);
        }
        let (catalog, findings) = resolver.catalog(&used, &standing).await;
        self.screen.report(&findings, &self.sources);
        if findings.has_errors() { Err(1) } else { Ok(catalog) }
    }

    /// Evaluates locals, data sources, sources and builds. `show` is false for commands that work with what they can get.
    pub async fn initialise(
        &self,
        template: &mut AnyTemplate,
        catalog: Arc<dyn Catalog>,
        data: DataMode,
        show: bool,
    ) -> Result<(), Exit> {
        let findings = template.initialise(catalog, data, &self.cx(), self.policy).await;
        self.hide(template);
        if show {
            self.screen.report(&findings, &self.sources);
            if findings.has_errors() {
                return Err(1);
            }
        }
        Ok(())
    }

    /// Expands the template into builds and checks every component. `Err` when nothing can run; the flag says whether some builds had
    /// to be left out.
    pub async fn ready(
        &self,
        template: &mut AnyTemplate,
        at: &TemplatePath,
        args: &TemplateArgs,
        data: DataMode,
    ) -> Result<(Ready, bool), Exit> {
        let catalog = self.resolve(template, at, args).await?;
        self.initialise(template, catalog.clone(), data, true).await?;
        let (plan, mut findings) = template.plan(&*catalog, self.policy);
        let (ready, more) = tintype_engine::prepare(plan).await;
        findings.extend(more);
        let findings = name_plugins(findings);
        self.screen.report(&findings, &self.sources);
        Ok((ready, findings.has_errors()))
    }

    fn hide(&self, template: &AnyTemplate) {
        for secret in template.secrets() {
            self.screen.events.secrets().add(&secret);
        }
    }
}

/// Words of findings about options that a component does not have.
const UNKNOWN: [&str; 3] = ["Unsupported argument", "Unsupported block type", "unknown configuration key"];

/// Findings about options that a built-in component does not have, with the way to the plugin that may have them.
fn name_plugins(findings: Diagnostics) -> Diagnostics {
    let built_in = BuiltIn::new();
    let with_way_out = |mut finding: Diagnostic| {
        let unknown = UNKNOWN.iter().any(|words| finding.summary == *words || finding.detail.contains(words));
        // The title of a block begins with the component: `source "docker" "x"`.
        let component = finding.block.as_deref().and_then(|block| block.split('"').nth(1));
        if let Some(plugin) = component.filter(|_| unknown).and_then(|name| built_in.plugin_of(name)) {
            let way = format!(
                "If the plugin \"{plugin}\" has it, install that and use it: -prefer-plugins={plugin}."
            );
            finding.hint = Some(finding.hint.map_or(way.clone(), |hint| format!("{hint} {way}")));
        }
        finding
    };
    findings.into_iter().map(with_way_out).collect()
}
