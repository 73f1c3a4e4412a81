//! `hcl2_upgrade`: a legacy JSON template as an HCL2 template that builds the same. Everything here works on texts: nothing is rendered,
//! and nothing is looked up but the names of things.

mod body;
mod build;
mod calls;
mod names;
mod notes;
mod sources;
mod text;
mod variables;

use diag::{Diagnostics, FileId, SourceMap};
use tintype_sdk::World;

use crate::fix::value::{Object, Value};
use crate::json::document::Document;
use crate::json::{check, file, variables as given};
use body::Texts;
use calls::{Calls, Failure, Needs, Place};
use names::Names;

/// Plugins that everybody knows, by the first word of their components' types.
const PLUGINS: [&str; 10] = [
    "amazon",
    "ansible",
    "azure",
    "docker",
    "googlecompute",
    "qemu",
    "vagrant",
    "virtualbox",
    "vmware",
    "vsphere",
];

/// What to upgrade, and how.
#[derive(Clone, Copy)]
pub struct UpgradeRequest<'a> {
    /// The template's path as the user typed it.
    pub path: &'a str,
    /// Values of variables, which count only for what is reported as [`Upgraded::ignored`].
    pub vars: &'a [(String, String)],
    /// Files with values of variables, likewise.
    pub var_files: &'a [String],
    /// Whether comments say what each kind of block is.
    pub annotations: bool,
    /// Whether there is a builder of this type here.
    pub has_builder: &'a dyn Fn(&str) -> bool,
}

/// A template in its new form.
#[derive(Debug)]
pub struct Upgraded {
    /// The text of the HCL2 template.
    pub text: String,
    /// What keeps the JSON template from being built as it is: values that are missing, versions.
    pub ignored: Diagnostics,
    /// Types of builders that are not known, in no plugin that everybody knows either.
    pub unknown: Vec<String>,
}

/// Upgrades the template at a path.
///
/// # Errors
/// It cannot be read, or not be understood.
pub fn upgrade(
    request: &UpgradeRequest<'_>,
    world: &World,
    sources: &SourceMap,
) -> Result<Upgraded, Diagnostics> {
    let root = file::template(request.path, world, sources)?;
    let document = Document::read(&root)?;
    let given = given::given(&document, request.var_files, request.vars, world, sources)?;
    let ignored = check::check(&document, &given, &world.core_version);
    let mut unknown: Vec<String> = document
        .builders
        .iter()
        .map(|builder| builder.ty.to_string())
        .filter(|ty| plugin_of(ty).is_none() && !(request.has_builder)(ty))
        .collect();
    unknown.sort();
    unknown.dedup();
    Ok(Upgraded { text: write(&document, request.annotations)?, ignored, unknown })
}

/// The plugin that a type of component comes from.
fn plugin_of(ty: &str) -> Option<&'static str> {
    PLUGINS
        .into_iter()
        .find(|plugin| ty.strip_prefix(plugin).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
}

/// The whole new file.
fn write(document: &Document, annotations: bool) -> Result<String, Diagnostics> {
    let mut builders = sources::sorted(document)?;
    let declared = variables::sort(document);
    let names = declared.iter().map(|variable| (variable.name, variable.is_local));
    let mut names = Names::new(names, builders.iter().map(|builder| (&*builder.ty, &*builder.name)));
    let mut work = Work { calls: Calls { names: &mut names, needs: Needs::default(), kept: Vec::new() } };

    // What is written first depends on what comes last: a call anywhere may need a variable, a local or a data source.
    let defaults = variables::defaults(&declared, &mut work);
    let locals = variables::locals(&declared, &mut work);
    let images = sources::images(&mut builders, &mut work);
    let bodies = sources::bodies(&builders, &mut work);
    let build = build::write(document, &mut work)?;
    let needs = work.calls.needs;

    let mut file = File { text: String::new(), annotations };
    if annotations {
        file.text.push_str(notes::HEADER);
    }
    file.packer(document);
    let extra = variables::undeclared(document, &needs);
    file.section(notes::VARIABLES, variables::merged(defaults, extra));
    file.section(notes::SECRETS, sources::secrets(&needs.secrets));
    file.section(notes::IMAGES, images);
    if needs.timestamp {
        let name = names.timestamp();
        let local = format!("locals {{ {name} = regex_replace(timestamp(), \"[- TZ:]\", \"\") }}\n");
        file.section(notes::TIMESTAMP, vec![local]);
    }
    if needs.legacy_isotime {
        file.text.push_str(notes::LEGACY_ISOTIME);
    }
    if needs.legacy_strftime {
        file.text.push_str(notes::LEGACY_STRFTIME);
    }
    file.section(notes::LOCALS, locals);
    file.section(notes::SOURCES, bodies);
    file.section(notes::BUILD, vec![build]);
    // A template that is nested too deeply to be laid out is one that HCL cannot read either; its text says so to whoever uses it.
    Ok(hcl::fmt::format(&file.text, FileId(0)).unwrap_or(file.text))
}

/// The file as it grows.
struct File {
    text: String,
    annotations: bool,
}

impl File {
    /// Blocks of one kind, a blank line before each.
    fn section(&mut self, note: &str, blocks: Vec<String>) {
        for (index, block) in blocks.iter().enumerate() {
            self.text.push('\n');
            if index == 0 && self.annotations {
                self.text.push_str(note);
            }
            self.text.push_str(block);
        }
    }

    /// The `packer` block, which is the only one that has no blank line before it at the top of a file.
    fn packer(&mut self, document: &Document) {
        let version =
            document.min_version.as_ref().map(|(version, _)| version).filter(|version| !version.is_empty());
        let types = document.builders.iter().map(|builder| &builder.ty);
        let types =
            types.chain(document.provisioners.iter().chain(&document.error_cleanup).map(|step| &step.ty));
        let types = types.chain(document.chains.iter().flatten().map(|step| &step.ty));
        let mut plugins: Vec<&str> = types.filter_map(|ty| plugin_of(ty)).collect();
        plugins.sort_unstable();
        plugins.dedup();
        if version.is_none() && plugins.is_empty() {
            return;
        }
        if self.annotations {
            self.text.push('\n');
            self.text.push_str(notes::PACKER);
        }
        self.text.push_str("packer {\n");
        if let Some(version) = version {
            self.text.push_str(&format!("required_version = {}\n", text::quoted(&format!(">= {version}"))));
        }
        if !plugins.is_empty() {
            self.text.push_str("required_plugins {\n");
            for plugin in plugins {
                self.text.push_str(&format!(
                    "{plugin} = {{\nsource = \"github.com/hashicorp/{plugin}\"\nversion = \"~> 1\"\n}}\n"
                ));
            }
            self.text.push_str("}\n");
        }
        self.text.push_str("}\n");
    }
}

/// What all parts of the file are written with.
struct Work<'n> {
    calls: Calls<'n>,
}

impl Work<'_> {
    /// A block, with a comment and one more blank line before it when there is something to say. `write` writes it with what becomes of
    /// its texts. If one of them cannot be taken over, all stay as they are.
    fn block(
        &mut self,
        place: Place<'_>,
        write: impl Fn(Texts<'_>, &mut String) -> Result<(), Failure>,
    ) -> String {
        let before = self.calls.needs.clone();
        self.calls.kept.clear();
        let mut block = String::new();
        let comment = match write(
            &mut |text, builder| self.calls.rewrite(text, builder.map_or(place, Place::Override)),
            &mut block,
        ) {
            Ok(()) => notes::kept(&self.calls.kept),
            Err(failure) => {
                self.calls.needs = before;
                block.clear();
                // As they are, texts cannot fail.
                let _ = write(&mut body::untouched, &mut block);
                notes::failure(&failure)
            }
        };
        commented(&comment, block)
    }
}

fn commented(comment: &str, block: String) -> String {
    if comment.is_empty() { block } else { format!("\n{comment}{block}") }
}

/// JSON as values, or what cannot be one.
fn values(options: &[hcl::json::Property]) -> Result<Object, Diagnostics> {
    let mut object = Object::new();
    for property in options {
        object.insert(property.name.text().to_string(), Value::of(&property.value)?);
    }
    Ok(object)
}

#[cfg(test)]
mod tests;
