//! Who does the work that a template names: a built-in component or an installed plugin. The one place where the two meet.
//!
//! Only plugins that the template can need are looked at. In order: what Packer has built in, too; plugins of `required_plugins`, under
//! the names that the template gives them; other built-in components; installed plugins, under the names of their files. A built-in
//! component goes before the plugin that it stands for, unless the user prefers the plugin.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use diag::{Diagnostic, Diagnostics};
use futures::future::join_all;
use go_version::Constraint;
use tintype_event::EventSink;
use tintype_fetch::{Examiner, Installation, LockFile, PassedOver, Query, Tree};
use tintype_plugin::{Launch, SpecBytes, Wire};
use tintype_sdk::{
    BuilderKind, Catalog, Category, Cx, DataSourceKind, PostProcessorKind, ProvisionerKind, Registry, Result,
};
use tintype_template::{RequiredPlugin, UsedComponents};

use crate::builtin::{BuiltIn, belongs};
use crate::prefer::Prefer;

/// The word by which this program becomes the process that ends plugins whose host was killed.
pub const GUARD: &str = "end-plugins";

/// What must be known to find plugins.
pub struct Resolver {
    built_in: BuiltIn,
    tree: Tree,
    examiner: Examiner,
    cx: Cx,
    events: EventSink,
    prefer: Prefer,
    /// Whether versions before a release count.
    releases_only: bool,
    lock: Option<LockFile>,
    /// The newest installed plugin of a name, once it was looked for.
    newest: tokio::sync::Mutex<HashMap<String, Option<Installation>>>,
}

/// A required plugin: what stands for it.
pub enum Standing {
    /// Built-in components do.
    BuiltIn,
    /// An installed plugin does.
    Installed(Box<Installation>),
    /// Nothing does: the reason, a clause, or an empty text when there is nothing to say.
    Missing(String),
}

impl Resolver {
    /// Finds plugins in the surroundings of the context.
    pub fn new(
        cx: &Cx,
        events: &EventSink,
        prefer: Prefer,
        releases_only: bool,
        lock: Option<LockFile>,
    ) -> Self {
        Self {
            built_in: BuiltIn::new(),
            tree: Tree::of(cx.world()),
            examiner: Examiner::new(cx),
            cx: cx.clone(),
            events: events.clone(),
            prefer,
            releases_only,
            lock,
            newest: tokio::sync::Mutex::default(),
        }
    }

    /// Built-in components alone.
    pub fn built_in(&self) -> &BuiltIn {
        &self.built_in
    }

    /// The plugin directory.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// The newest installed plugin that a query asks for, and what was skipped on the way.
    pub async fn newest(&self, query: &Query<'_>) -> (Option<Installation>, Vec<PassedOver>) {
        self.tree.newest(query, &self.examiner).await
    }

    /// Whether built-in components stand for a required plugin, with all that the template uses of it. They stand for HashiCorp's
    /// plugins alone: a plugin of the same name from somebody else is another one.
    pub fn is_built_in(&self, plugin: &RequiredPlugin, used: &UsedComponents) -> bool {
        let name = plugin.source.name();
        let theirs = plugin.source.parts().take(2).eq(["github.com", "hashicorp"]);
        let mut used = used.names.iter().filter(|(_, used)| belongs(used, &plugin.accessor));
        theirs
            && !self.prefer.has(name)
            && self.built_in.stands_for(name)
            && used.all(|(category, used)| {
                let own = format!("{name}{}", used.strip_prefix(&*plugin.accessor).unwrap_or_default());
                self.built_in.has(*category, &own)
            })
    }

    /// What stands for a required plugin.
    pub async fn standing(&self, plugin: &RequiredPlugin, used: &UsedComponents) -> Standing {
        if self.is_built_in(plugin, used) {
            return Standing::BuiltIn;
        }
        let locked = self.lock.as_ref().and_then(|lock| lock.get(&plugin.source));
        if let Some(locked) = locked.filter(|locked| !plugin.constraint.allows(&locked.version.core())) {
            return Standing::Missing(format!("the lock file says version {}", locked.version));
        }
        let pinned =
            locked.and_then(|locked| format!("= {}", locked.version.core()).parse::<Constraint>().ok());
        let query = Query {
            source: Some(&plugin.source),
            constraint: Some(pinned.as_ref().unwrap_or(&plugin.constraint)),
            releases_only: self.releases_only || pinned.is_some(),
            ..Query::default()
        };
        let (found, skipped) = self.tree.newest(&query, &self.examiner).await;
        let Some(found) = found else {
            let skipped = skipped.last().map(|(path, why)| format!("{}: {why}", path.display()));
            let pinned = locked.map(|locked| format!("the lock file says version {}", locked.version));
            return Standing::Missing(skipped.or(pinned).unwrap_or_default());
        };
        let digest = locked.and_then(|locked| locked.binaries.get(self.tree.platform()));
        if let Some(digest) = digest.filter(|digest| **digest != found.digest) {
            let why = format!("checksum {}, the lock file says {digest}", found.digest);
            return Standing::Missing(format!("{}: {why}", found.path.display()));
        }
        Standing::Installed(Box::new(found))
    }

    /// The components for a template: built-in ones, and those of plugins that it names.
    pub async fn catalog(
        &self,
        used: &UsedComponents,
        required: &[(RequiredPlugin, Standing)],
    ) -> (Arc<dyn Catalog>, Diagnostics) {
        let (mut catalog, mut findings) = (Joined::default(), Diagnostics::new());
        let mut wanted = Vec::new();
        for (category, name) in self.with_more(used, required) {
            match self.choose(category, &name, required).await {
                Chosen::BuiltIn(own) if *own != *name => {
                    catalog.aliases.insert((category, name.to_string()), own);
                }
                Chosen::BuiltIn(_) | Chosen::Nobody => {}
                Chosen::Far(far) => wanted.push((category, name, far)),
            }
        }
        // A plugin that is asked for the first time must be started, which takes a moment.
        let specs = join_all(wanted.iter().map(|(category, _, far)| self.spec(far, *category))).await;
        for ((category, name, far), spec) in wanted.iter().zip(specs) {
            let added = spec.and_then(|spec| catalog.far.add(*category, name, &self.launch(far), far, &spec));
            if let Err(error) = added {
                let title = format!("Plugin {} cannot be used", far.binary.display());
                let detail = format!("Its {} \"{name}\" was asked for: {error}", category.noun());
                let finding = Diagnostic::error(title).detail(detail);
                findings.push(match error.hints() {
                    [] => finding,
                    hints => finding.hint(hints.join(" ")),
                });
            }
        }
        (Arc::new(catalog), findings)
    }

    /// The names that are used, and those that dynamic blocks could bring in.
    fn with_more(
        &self,
        used: &UsedComponents,
        required: &[(RequiredPlugin, Standing)],
    ) -> Vec<(Category, Arc<str>)> {
        let mut names = used.names.clone();
        for (plugin, standing) in required.iter().filter(|_| used.may_be_more) {
            for category in [Category::Provisioner, Category::PostProcessor] {
                let all = match standing {
                    Standing::Installed(found) => found.description.used_names(category, &plugin.accessor),
                    Standing::BuiltIn => {
                        self.built_in.names_as(category, plugin.source.name(), &plugin.accessor)
                    }
                    Standing::Missing(_) => Vec::new(),
                };
                names.extend(all.into_iter().map(|name| (category, name.into())));
            }
        }
        names.into_iter().collect()
    }

    async fn choose(
        &self,
        category: Category,
        name: &str,
        required: &[(RequiredPlugin, Standing)],
    ) -> Chosen {
        if self.built_in.is_core(category, name) {
            return Chosen::BuiltIn(name.to_owned());
        }
        for (plugin, standing) in required.iter().filter(|(plugin, _)| belongs(name, &plugin.accessor)) {
            match standing {
                Standing::BuiltIn => {
                    let rest = name.strip_prefix(&*plugin.accessor).unwrap_or_default();
                    let own = format!("{}{rest}", plugin.source.name());
                    if self.built_in.has(category, &own) {
                        return Chosen::BuiltIn(own);
                    }
                }
                // Of a plugin that is not preferred only what is not built in is used.
                Standing::Installed(found) => {
                    let theirs = plugin.source.parts().take(2).eq(["github.com", "hashicorp"]);
                    let is_built_in =
                        self.built_in.has(category, name) && *plugin.accessor == *plugin.source.name();
                    let gives_way = theirs && is_built_in && !self.prefer.has(plugin.source.name());
                    if !gives_way && let Some(far) = Far::of(found, category, &plugin.accessor, name) {
                        return Chosen::Far(far);
                    }
                }
                Standing::Missing(_) => {}
            }
        }
        let is_built_in = self.built_in.has(category, name);
        for plugin in self.discovered() {
            if !belongs(name, &plugin) || (is_built_in && !self.prefer.has(&plugin)) {
                continue;
            }
            if let Some(found) = self.newest_of(&plugin).await
                && let Some(far) = Far::of(&found, category, &plugin, name)
            {
                return Chosen::Far(far);
            }
        }
        if is_built_in { Chosen::BuiltIn(name.to_owned()) } else { Chosen::Nobody }
    }

    /// Installed plugins that nobody asked for by their source. As in Packer, a process that a plugin started sees none: what it runs
    /// is part of a build that has found its plugins.
    fn discovered(&self) -> Vec<String> {
        if tintype_plugin::inside_a_plugin(self.cx.world()) { Vec::new() } else { self.tree.plugin_names() }
    }

    /// The newest installed plugin of a name, wherever it came from.
    pub async fn newest_of(&self, plugin: &str) -> Option<Installation> {
        let mut known = self.newest.lock().await;
        if let Some(found) = known.get(plugin) {
            return found.clone();
        }
        let query = Query { name: Some(plugin), releases_only: self.releases_only, ..Query::default() };
        let (found, _) = self.tree.newest(&query, &self.examiner).await;
        known.insert(plugin.to_owned(), found.clone());
        found
    }

    /// All components with this name that are to be described, where one of them is a plugin's: of one category or of all.
    pub async fn described(
        &self,
        (wanted, name): (Option<Category>, &str),
    ) -> Result<Option<Arc<dyn Catalog>>> {
        let (mut catalog, mut found_one) = (Joined::default(), false);
        for category in Category::ALL.into_iter().filter(|known| wanted.is_none_or(|wanted| wanted == *known))
        {
            if let Chosen::Far(far) = self.choose(category, name, &[]).await {
                let spec = self.spec(&far, category).await?;
                catalog.far.add(category, name, &self.launch(&far), &far, &spec)?;
                found_one = true;
            }
        }
        if found_one { Ok(Some(Arc::new(catalog))) } else { Ok(None) }
    }

    /// The newest binary of each installed plugin, with the names that templates have for its components.
    pub async fn installed_names(&self) -> Vec<(PathBuf, Vec<(Category, Vec<String>)>)> {
        let mut all = Vec::new();
        for plugin in self.discovered() {
            let Some(found) = self.newest_of(&plugin).await else { continue };
            let names = |category| (category, found.description.used_names(category, &plugin));
            let names = Category::ALL.into_iter().map(names).filter(|(_, names)| !names.is_empty()).collect();
            all.push((found.path, names));
        }
        all
    }

    fn launch(&self, far: &Far) -> Launch {
        let force_gob = self.cx.world().env("PACKER_FORCE_GOB");
        let force_gob = force_gob.is_some_and(|value| !value.is_empty() && value != "0");
        Launch {
            binary: far.binary.clone(),
            wire: if far.protobuf && !force_gob { Wire::Protobuf } else { Wire::Gob },
            world: self.cx.world_arc(),
            events: self.events.clone(),
            guard: std::env::current_exe().ok().map(|program| vec![program.into(), GUARD.into()]),
        }
    }

    /// The options of a component, as the plugin said earlier or says now.
    async fn spec(&self, far: &Far, category: Category) -> Result<SpecBytes> {
        let launch = self.launch(far);
        let key = format!("{:?} spec of {} {}", launch.wire, category.noun(), far.component);
        let kept = self.examiner.kept(&far.binary, &key);
        if let Some(spec) = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()) {
            return Ok(spec);
        }
        let spec = tintype_plugin::ask_spec(&launch, category, &far.component).await?;
        if let Ok(bytes) = serde_json::to_vec(&spec) {
            self.examiner.keep(&far.binary, &key, &bytes);
        }
        Ok(spec)
    }
}

enum Chosen {
    /// The built-in component of this name.
    BuiltIn(String),
    Far(Far),
    Nobody,
}

/// A component of a plugin.
struct Far {
    binary: PathBuf,
    protobuf: bool,
    /// As the plugin itself calls it.
    component: String,
}

impl Far {
    fn of(found: &Installation, category: Category, accessor: &str, used: &str) -> Option<Self> {
        let component = found.description.component(category, accessor, used)?.to_owned();
        Some(Self { binary: found.path.clone(), protobuf: found.description.protobuf, component })
    }
}

/// Components of plugins by the names that the template has for them.
#[derive(Default)]
struct FarKinds {
    builders: HashMap<String, Arc<dyn BuilderKind>>,
    provisioners: HashMap<String, Arc<dyn ProvisionerKind>>,
    post_processors: HashMap<String, Arc<dyn PostProcessorKind>>,
    data_sources: HashMap<String, Arc<dyn DataSourceKind>>,
}

impl FarKinds {
    fn add(
        &mut self,
        category: Category,
        name: &str,
        launch: &Launch,
        far: &Far,
        spec: &SpecBytes,
    ) -> Result<()> {
        let (component, name) = (far.component.as_str(), name.to_owned());
        match category {
            Category::Builder => {
                self.builders.insert(name, tintype_plugin::builder(launch, component, spec)?);
            }
            Category::Provisioner => {
                self.provisioners.insert(name, tintype_plugin::provisioner(launch, component, spec)?);
            }
            Category::PostProcessor => {
                self.post_processors.insert(name, tintype_plugin::post_processor(launch, component, spec)?);
            }
            Category::DataSource => {
                self.data_sources.insert(name, tintype_plugin::data_source(launch, component, spec)?);
            }
        }
        Ok(())
    }
}

/// Built-in components, and those of plugins before them.
struct Joined {
    far: FarKinds,
    /// Built-in components under other names.
    aliases: HashMap<(Category, String), String>,
    near: Registry,
}

impl Default for Joined {
    fn default() -> Self {
        Self { far: FarKinds::default(), aliases: HashMap::new(), near: crate::builtin::registry() }
    }
}

impl Joined {
    fn own<'a>(&'a self, category: Category, name: &'a str) -> &'a str {
        self.aliases.get(&(category, name.to_owned())).map_or(name, String::as_str)
    }
}

impl Catalog for Joined {
    fn builder(&self, name: &str) -> Option<Arc<dyn BuilderKind>> {
        let far = self.far.builders.get(name).cloned();
        far.or_else(|| self.near.builder(self.own(Category::Builder, name)))
    }

    fn provisioner(&self, name: &str) -> Option<Arc<dyn ProvisionerKind>> {
        let far = self.far.provisioners.get(name).cloned();
        far.or_else(|| self.near.provisioner(self.own(Category::Provisioner, name)))
    }

    fn post_processor(&self, name: &str) -> Option<Arc<dyn PostProcessorKind>> {
        let far = self.far.post_processors.get(name).cloned();
        far.or_else(|| self.near.post_processor(self.own(Category::PostProcessor, name)))
    }

    fn data_source(&self, name: &str) -> Option<Arc<dyn DataSourceKind>> {
        let far = self.far.data_sources.get(name).cloned();
        far.or_else(|| self.near.data_source(self.own(Category::DataSource, name)))
    }

    fn names(&self, category: Category) -> Vec<String> {
        let far: Vec<&String> = match category {
            Category::Builder => self.far.builders.keys().collect(),
            Category::Provisioner => self.far.provisioners.keys().collect(),
            Category::PostProcessor => self.far.post_processors.keys().collect(),
            Category::DataSource => self.far.data_sources.keys().collect(),
        };
        let mut names = self.near.names(category);
        names.extend(far.into_iter().cloned());
        names.sort();
        names.dedup();
        names
    }
}
