//! What `build`, `validate`, `inspect` and `console` share: from the command line's words to a template that is ready.

use std::sync::Arc;

use diag::SourceMap;
use tintype_engine::Ready;
use tintype_sdk::{Cancel, Catalog, Cx, Policy, World};
use tintype_template::{AnyTemplate, DataMode, LoadRequest};

use super::{Call, Exit};
use crate::args::TemplateArgs;
use crate::builtin;
use crate::screen::{Form, Screen};
use crate::signal;

/// A command at work on a template.
pub struct Session {
    pub screen: Screen,
    pub world: Arc<World>,
    pub cancel: Cancel,
    pub policy: Policy,
    catalog: Arc<dyn Catalog>,
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
            catalog: Arc::new(builtin::registry()),
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

    /// Evaluates locals, data sources, sources and builds. `show` is false for commands that work with what they can get.
    pub async fn initialise(
        &self,
        template: &mut AnyTemplate,
        data: DataMode,
        show: bool,
    ) -> Result<(), Exit> {
        let cx = Cx::new(
            self.world.clone(),
            self.screen.events.clone(),
            self.screen.asker.clone(),
            self.policy,
            self.cancel.clone(),
            None,
        );
        let findings = template.initialise(self.catalog.clone(), data, &cx, self.policy).await;
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
    pub async fn ready(&self, template: &mut AnyTemplate, data: DataMode) -> Result<(Ready, bool), Exit> {
        let missing = template.missing_plugins(&*self.catalog);
        self.screen.report(&missing, &self.sources);
        if missing.has_errors() {
            return Err(1);
        }
        self.initialise(template, data, true).await?;
        let (plan, mut findings) = template.plan(&*self.catalog, self.policy);
        let (ready, more) = tintype_engine::prepare(plan).await;
        findings.extend(more);
        self.screen.report(&findings, &self.sources);
        Ok((ready, findings.has_errors()))
    }

    fn hide(&self, template: &AnyTemplate) {
        for secret in template.secrets() {
            self.screen.events.secrets().add(&secret);
        }
    }
}
