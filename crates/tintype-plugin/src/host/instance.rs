//! One use of a component: its process and the options that it was given. A use is prepared twice, with placeholders and with what the
//! build knows; the process of the first time waits for the second.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use cty::Type;
use diag::{Diagnostics, Span};
use gorpc::{Fields, Value};
use tintype_schema::{ConfigValue, Schema};
use tintype_sdk::{Category, Error, PrepareCx, Result};

use super::plugin::Plugin;
use super::{Origin, config, findings};
use crate::spec::{Spec, SpecBytes, schema};

/// A type of component of a plugin, of whichever category: the modules of the categories say what it does.
pub(super) struct Kind(pub(super) Arc<Component>);

/// What there is to know of a type of component.
pub(super) struct Component {
    pub(super) origin: Origin,
    /// The options, as everybody else knows them.
    pub(super) schema: Schema,
    /// The type of a data source's value.
    pub(super) output: Option<Type>,
    category: Category,
    name: String,
    spec: Spec,
    waiting: Mutex<HashMap<Use, Vec<Instance>>>,
}

/// Which use it is: the build, and the place in the template.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Use {
    build: String,
    builder: String,
    place: Option<Span>,
}

/// A process with the options that it was given last.
pub(super) struct Instance {
    pub(super) plugin: Arc<Plugin>,
    pub(super) layers: Value,
    /// What it answered.
    answer: Fields,
}

impl Kind {
    /// The component of this name.
    pub(super) fn new(origin: Origin, category: Category, name: &str, bytes: &SpecBytes) -> Result<Self> {
        let read = |what: &str, spec: &[u8]| {
            Spec::read(spec, bytes.wire).map_err(|why| {
                Error::environment(format!("The {what} of {name} cannot be understood: {why}"))
            })
        };
        let spec = read("options", &bytes.config)?;
        let output = bytes.output.as_deref().map(|output| read("value", output)).transpose()?;
        Ok(Self(Arc::new(Component {
            origin,
            schema: schema(name, &spec),
            output: output.map(|output| output.ty()),
            category,
            name: name.to_owned(),
            spec,
            waiting: Mutex::default(),
        })))
    }
}

impl Component {
    fn waiting(&self) -> MutexGuard<'_, HashMap<Use, Vec<Instance>>> {
        self.waiting.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A process of its own, with these options found good.
    pub(super) async fn prepare(
        &self,
        options: &ConfigValue,
        cx: &PrepareCx,
    ) -> Result<(Instance, Use, Diagnostics), Diagnostics> {
        let layers = config::layers(self.category, options, cx, &self.spec)?;
        let place =
            Use { build: cx.build_name.clone(), builder: cx.builder_type.clone(), place: options.block };
        let kept = self.waiting().get_mut(&place).and_then(Vec::pop);
        let failed = |error: Error| match error.kind() {
            tintype_sdk::Kind::User => findings::errors(&error.to_string(), options),
            _ => findings::failure(&error, options),
        };
        let instance = match kept {
            Some(kept) if kept.layers == layers && !kept.plugin.mux.has_ended() => kept,
            // Plain maps are laid over what it was given before, so a process can be given them only once.
            Some(kept) if !options.loose && !kept.plugin.mux.has_ended() => {
                self.check(kept.plugin, layers).await.map_err(failed)?
            }
            _ => {
                let plugin = Plugin::start(&self.origin, self.category, &self.name).await.map_err(failed)?;
                self.check(plugin, layers).await.map_err(failed)?
            }
        };
        let answer = &instance.answer;
        let warnings = answer.texts("Warnings").unwrap_or_default();
        // Some answer inside of the result what was wrong.
        for field in ["Error", "Err"] {
            let error = Fields::read(&answer.raw(field)).unwrap_or_default();
            let text = error.text("Message").unwrap_or_default();
            if !error.0.is_empty() {
                let mut all = findings::warnings(warnings, options);
                all.extend(findings::errors(&text, options));
                return Err(all);
            }
        }
        Ok((instance, place, findings::warnings(warnings, options)))
    }

    async fn check(&self, plugin: Arc<Plugin>, layers: Value) -> Result<Instance> {
        let method = match self.category {
            Category::Builder | Category::Provisioner => "Prepare",
            Category::PostProcessor | Category::DataSource => "Configure",
        };
        let answer = plugin.check(method, &layers).await?;
        Ok(Instance { plugin, layers, answer })
    }

    /// The same component with the same options in a new process.
    pub(super) async fn again(&self, layers: &Value) -> Result<Instance> {
        let plugin = Plugin::start(&self.origin, self.category, &self.name).await?;
        self.check(plugin, layers.clone()).await
    }

    /// Keeps a process for the next time that this use is prepared.
    pub(super) fn keep(&self, instance: Instance, place: Use) {
        self.waiting().entry(place).or_default().push(instance);
    }
}

impl Instance {
    /// The names that a builder adds to `build.*`.
    pub(super) fn generated(&self) -> Vec<String> {
        self.answer.texts("GeneratedVars").unwrap_or_default()
    }
}
