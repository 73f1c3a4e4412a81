//! `fix`: brings a legacy JSON template written for an old version up to date, with one [`Fixer`] for each thing that changed. What a
//! template means, and whether the result is one, is the compiler's part.

mod amazon;
mod ansible;
mod azure;
mod docker;
mod hyperv;
mod iso;
mod manifest;
mod names;
mod parallels;
mod powershell;
mod proxmox;
mod qemu;
pub(crate) mod repair;
mod scaleway;
mod ssh;
mod template;
mod vagrant;
pub(crate) mod value;
mod virtualbox;
mod vmware;
mod vsphere;

use diag::{Diagnostic, Diagnostics, SourceMap};
use hcl::json::Node;
use tintype_sdk::World;

use crate::json::document::Document;
use crate::json::{check, file, reader, variables};
use template::Template;
use value::Value;

/// One thing that changed between versions.
#[derive(Clone, Copy, Debug)]
pub struct Fixer {
    /// Its name.
    pub name: &'static str,
    /// What it changes, in a line.
    pub about: &'static str,
    apply: fn(&mut Template) -> Result<(), String>,
}

/// All fixers in the order in which they run: some go on with what an earlier one made.
pub const FIXERS: [Fixer; 34] = [
    iso::MD5,
    names::CREATE_TIME,
    virtualbox::GUEST_ADDITIONS,
    vagrant::OVERRIDE,
    virtualbox::RENAME,
    vmware::RENAME,
    parallels::HEADLESS,
    parallels::DEPRECATIONS,
    ssh::KEY_PATH,
    ssh::DISABLE_AGENT,
    scaleway::ACCESS_KEY,
    manifest::FILENAME,
    amazon::SHUTDOWN_BEHAVIOR,
    amazon::ENHANCED_NETWORKING,
    amazon::PRIVATE_IP,
    amazon::SOURCE_CIDR,
    docker::LOGIN_EMAIL,
    docker::TAGS,
    powershell::ESCAPES,
    vmware::COMPACTION,
    hyperv::DEPRECATIONS,
    hyperv::VMCX,
    hyperv::CPU_AND_RAM,
    names::CLEAN_RESOURCE_NAME,
    amazon::SPOT_PRODUCT,
    qemu::DISK_SIZE,
    ansible::GALAXY_COMMAND,
    virtualbox::PORTS,
    ssh::WAIT_TIMEOUT,
    vsphere::NETWORK_AND_DISK,
    iso::CHECKSUM,
    qemu::HOST_PORTS,
    azure::EXCLUDE_FROM_LATEST,
    proxmox::TYPE,
];

/// Why a text is no template. Names of components and their options are not looked at.
#[derive(Debug)]
pub enum NotATemplate {
    /// It is not understood.
    Parse(Diagnostics),
    /// It is not complete, or names something that is not there.
    Validate(Diagnostics),
}

/// The template at a path brought up to date: JSON with sorted keys, two blanks a level, and no line break at its end.
///
/// # Errors
/// It cannot be read, is no object, or holds something that a fixer can make nothing of.
pub fn fix(path: &str, world: &World, sources: &SourceMap) -> Result<String, Diagnostics> {
    fixed(&file::template(path, world, sources)?)
}

fn fixed(root: &Node) -> Result<String, Diagnostics> {
    let wrong = |why: String| Diagnostic::error("Error fixing").detail(why).at(root.span.at_start());
    let object = match Value::of(root)? {
        Value::Object(object) => object,
        other => return Err(wrong(format!("A template is an object, and this is {}.", other.kind())).into()),
    };
    let mut template = Template::new(object).map_err(wrong)?;
    for fixer in FIXERS {
        (fixer.apply)(&mut template).map_err(|why| wrong(format!("{}: {why}", fixer.name)))?;
    }
    Ok(template.into_value().to_string())
}

/// Whether a text is a template, as far as that can be told without its components.
///
/// # Errors
/// It is none.
pub fn check_form(text: &str, world: &World, sources: &SourceMap) -> Result<(), NotATemplate> {
    let file = sources.add("<fixed template>", text);
    let root = reader::read(text, file, sources).map_err(NotATemplate::Parse)?;
    let document = Document::read(&root).map_err(NotATemplate::Parse)?;
    // Values come later, with the build.
    let values: Vec<_> = document.variables.keys().map(|name| (name.to_string(), String::new())).collect();
    let given = variables::given(&document, &[], &values, world, sources).map_err(NotATemplate::Validate)?;
    check::check(&document, &given, &world.core_version).into_result(()).map_err(NotATemplate::Validate)
}

#[cfg(test)]
mod tests;
