//! `init`: installs the plugins that a template asks for.

use std::collections::BTreeMap;

use clap::{ArgAction, ArgMatches, Args, Command};
use diag::Diagnostic;
use futures::future::join_all;
use go_version::Constraint;
use tintype_fetch::{Digest, Installation, Installed, LockFile, Locked, Order, Platform, Query};
use tintype_sdk::{Error, Policy, Result};
use tintype_template::{AnyTemplate, RequiredPlugin};
use tintype_ui::HumanStyle;

use super::plugins::{MirrorArgs, failed, installer};
use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::{TemplateArgs, TemplatePath};
use crate::flags::BOOL;
use crate::resolve::Resolver;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "init",
    synopsis: "Install missing plugins or upgrade plugins",
    hidden: false,
    grammar: || InitArgs::augment_args(Command::new("init")),
    run,
};

/// Installs the plugins that a template asks for and that are neither installed nor built in. A lock file beside the template decides
/// which versions these are.
#[derive(Args, Clone, Debug)]
struct InitArgs {
    /// Install the newest version that will do, also where an older one is installed or locked
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    upgrade: bool,

    /// Install again what is installed
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    force: bool,

    /// Write a lock file, .tintype.lock.hcl, beside the template; one that is there is kept up to date without this
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    lock: bool,

    #[command(flatten)]
    mirror: MirrorArgs,

    #[command(flatten)]
    template: TemplateArgs,

    #[command(flatten)]
    at: TemplatePath,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<InitArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, true, Policy::default());
    session.block_on(async |session| init(session, args).await.unwrap_or_else(|exit| exit))
}

/// How a requirement was met.
enum Met {
    BuiltIn,
    /// By what was there.
    Already(Box<Installation>, BTreeMap<Platform, Digest>),
    Installed(Installed),
}

async fn init(session: &Session, args: InitArgs) -> Result<Exit, Exit> {
    let template = session.load(&args.at.path, &args.template, false)?;
    if let AnyTemplate::Json(_) = template {
        let finding = Diagnostic::error("Legacy templates ask for no plugins").detail(
            "Only HCL2 templates say which plugins they need. Install plugins with the command \"plugins install\", or \
             write the template anew with \"hcl2_upgrade\".",
        );
        session.screen.report(&finding.into(), &session.sources);
        return Err(1);
    }
    let required = template.required_plugins();
    if required.is_empty() {
        session.screen.say(NOTHING_REQUIRED);
        return Ok(0);
    }
    let mut lock = session.lock_file(&args.at.path)?;
    if args.lock && lock.is_none() {
        lock = Some(LockFile::new(&session.directory(&args.at.path)));
    }
    let resolver = session.resolver(&args.template, None);
    let used = template.used_components();
    let installer = installer(session, &resolver, &args.mirror)?;
    let meet = async |plugin: &RequiredPlugin| -> Result<Met> {
        if resolver.is_built_in(plugin, &used) {
            return Ok(Met::BuiltIn);
        }
        let locked = lock.as_ref().and_then(|lock| lock.get(&plugin.source)).filter(|_| !args.upgrade);
        let there = installed(&resolver, plugin, locked).await?;
        let order =
            Order { source: &plugin.source, constraint: &plugin.constraint, force: args.force, locked };
        let pinned = pin(plugin, locked, there.as_ref().filter(|_| args.force && !args.upgrade))?;
        let order = Order { constraint: pinned.as_ref().unwrap_or(order.constraint), ..order };
        match there {
            Some(there) if !args.upgrade && !args.force => {
                let version = &there.name.version;
                let unknown = match lock.as_ref().map(|lock| lock.get(&plugin.source)) {
                    Some(Some(locked)) => locked.version != *version || locked.archives.is_empty(),
                    Some(None) => true,
                    None => false,
                };
                let archives = match unknown {
                    true => installer.archives(&plugin.source, version).await,
                    false => BTreeMap::new(),
                };
                Ok(Met::Already(Box::new(there), archives))
            }
            _ => installer.install(order).await.map(Met::Installed),
        }
    };
    let results = join_all(required.iter().map(meet)).await;
    let mut exit = 0;
    for (plugin, result) in required.iter().zip(results) {
        match result {
            Ok(met) => told(session, plugin, &met, lock.as_mut(), resolver.tree().platform()),
            Err(error) => {
                failed(session, &plugin.source, error);
                exit = 1;
            }
        }
    }
    if let Some(lock) = lock.as_mut().filter(|_| exit == 0) {
        match lock.write() {
            Ok(true) => session.screen.say(format!("Wrote the lock file {}", lock.path().display())),
            Ok(false) => {}
            Err(error) => {
                session.screen.fail(format!("The lock file cannot be written: {error}"));
                return Err(1);
            }
        }
    }
    Ok(exit)
}

/// What is installed and meets the requirement and the lock file.
async fn installed(
    resolver: &Resolver,
    plugin: &RequiredPlugin,
    locked: Option<&Locked>,
) -> Result<Option<Installation>> {
    let pinned = pin(plugin, locked, None)?;
    let query = Query {
        source: Some(&plugin.source),
        constraint: Some(pinned.as_ref().unwrap_or(&plugin.constraint)),
        releases_only: true,
        ..Query::default()
    };
    let (found, _) = resolver.newest(&query).await;
    let platform = resolver.tree().platform();
    Ok(found.filter(|found| match locked {
        None => true,
        // A digest that is not known yet, on this platform, comes from an archive whose digest is; without both there is nothing to compare.
        Some(locked) => match locked.binaries.get(platform) {
            Some(digest) => *digest == found.digest,
            None => !locked.archives.contains_key(platform),
        },
    }))
}

/// The one version that may be installed, where that is decided already.
fn pin(
    plugin: &RequiredPlugin,
    locked: Option<&Locked>,
    there: Option<&Installation>,
) -> Result<Option<Constraint>> {
    let version = match (locked, there) {
        (Some(locked), _) => &locked.version,
        (None, Some(there)) => &there.name.version,
        (None, None) => return Ok(None),
    };
    if !plugin.constraint.allows(&version.core()) {
        return Err(Error::user(format!(
            "the lock file says version {version}, the template asks for \"{}\"",
            plugin.constraint
        ))
        .hint("Move the lock file with `init -upgrade`."));
    }
    format!("= {}", version.core()).parse().map(Some).map_err(|error| Error::bug(format!("{error}")))
}

fn told(
    session: &Session,
    plugin: &RequiredPlugin,
    met: &Met,
    lock: Option<&mut LockFile>,
    platform: &Platform,
) {
    let source = &plugin.source;
    match met {
        Met::BuiltIn => session.screen.say(format!(
            "The plugin {source} is built in (-prefer-plugins={} installs and uses the plugin)",
            source.name()
        )),
        Met::Already(there, archives) => {
            if let Some(lock) = lock {
                let installed = Installed {
                    path: there.path.clone(),
                    version: there.name.version.clone(),
                    binary: there.digest,
                    archives: archives.clone(),
                    was_there: true,
                };
                lock.record(source, &installed, platform);
            }
        }
        Met::Installed(installed) => {
            if !installed.was_there {
                let (version, path) = (&installed.version, installed.path.display());
                session.screen.say_tinted(&format!("Installed plugin {source} v{version} in \"{path}\""));
            }
            if let Some(lock) = lock {
                lock.record(source, installed, platform);
            }
        }
    }
}

const NOTHING_REQUIRED: &str = "\
No plugins requirement found: the template has no required_plugins.
Plugins are installed for templates that say which ones they need, in
packer { required_plugins { NAME = { source = \"…\", version = \"…\" } } }.
What is built in, and what is installed already, can be used all the same.";
