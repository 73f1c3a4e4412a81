//! `plugins install`: one plugin, from its source, a mirror or a file.

use clap::{ArgAction, ArgMatches, Args, Command};
use go_version::Constraint;
use tintype_fetch::{Order, Query, install_local};
use tintype_sdk::{PluginSource, Policy};
use tintype_ui::HumanStyle;

use super::{MirrorArgs, failed, installer, source};
use crate::args::TemplateArgs;
use crate::commands::session::Session;
use crate::commands::{Call, Exit, Subcommand, read};
use crate::flags::BOOL;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "plugins install",
    synopsis: "Install a plugin",
    hidden: true,
    grammar: || {
        let mut command = InstallArgs::augment_args(Command::new("plugins install"));
        // Accepted, as Packer accepts them, and of no meaning without a template.
        for name in IGNORED {
            command = command.mut_arg(name, |arg| arg.hide(true));
        }
        command
    },
    run,
};

/// Flags about templates.
const IGNORED: [&str; 8] = [
    "vars",
    "var_files",
    "only",
    "except",
    "config_type",
    "sequential",
    "ignore_prerelease_plugins",
    "prefer_plugins",
];

/// Installs the newest version of a plugin, or the newest that will do.
#[derive(Args, Clone, Debug)]
struct InstallArgs {
    /// Install this binary as the plugin
    #[arg(long, value_name = "FILE")]
    path: Option<String>,

    /// Install again what is installed
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    force: bool,

    #[command(flatten)]
    mirror: MirrorArgs,

    #[command(flatten)]
    template: TemplateArgs,

    /// Source of the plugin, such as github.com/hashicorp/docker
    #[arg(value_name = "SOURCE", required = true)]
    source: String,

    /// Version, or versions that will do, such as "~> 1.2"
    #[arg(value_name = "VERSION")]
    version: Option<String>,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<InstallArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, true, Policy::default());
    session.block_on(async |session| install(session, args).await.unwrap_or_else(|exit| exit))
}

async fn install(session: &Session, args: InstallArgs) -> Result<Exit, Exit> {
    let plugin = source(&args.source, session)?;
    if let Some(file) = &args.path {
        return from_file(session, file, &plugin, &args).await;
    }
    let fail = |text: String| {
        session.screen.fail(text);
        1
    };
    let text = args.version.as_deref().unwrap_or(">= 0.0.0");
    let constraint: Constraint =
        text.parse().map_err(|error| fail(format!("Invalid version constraint: {error}")))?;
    if constraint.names_prerelease() {
        return Err(fail(format!("Unsupported prerelease for constraint \"{text}\"")));
    }
    let resolver = session.resolver(&args.template, None);
    let query = Query {
        source: Some(&plugin),
        constraint: Some(&constraint),
        releases_only: true,
        ..Query::default()
    };
    // Without a version the newest one is meant, with one any that will do.
    if args.version.is_some() && !args.force && resolver.newest(&query).await.0.is_some() {
        return Ok(0);
    }
    let installer = installer(session, &resolver, &args.mirror)?;
    let order = Order { source: &plugin, constraint: &constraint, force: args.force, locked: None };
    match installer.install(order).await {
        Ok(installed) => {
            if !installed.was_there {
                let (version, path) = (&installed.version, installed.path.display());
                session.screen.say_tinted(&format!("Installed plugin {plugin} v{version} in \"{path}\""));
            }
            Ok(0)
        }
        Err(error) => {
            failed(session, &plugin, error);
            Err(1)
        }
    }
}

async fn from_file(
    session: &Session,
    file: &str,
    plugin: &PluginSource,
    args: &InstallArgs,
) -> Result<Exit, Exit> {
    if args.version.is_some() {
        session.screen.fail("A version cannot be given with -path: the file says which one it is.");
        return Err(1);
    }
    let binary = session.world.path(file);
    // Without the "./" of what was typed.
    let binary: std::path::PathBuf = binary.components().collect();
    let resolver = session.resolver(&args.template, None);
    match install_local(resolver.tree(), &binary, plugin, &session.cx()).await {
        Ok(path) => {
            session.screen.say(format!(
                "Successfully installed plugin {plugin} from {} to {}",
                binary.display(),
                path.display()
            ));
            Ok(0)
        }
        Err(error) => {
            session.screen.fail(format!("Failed to install the plugin {plugin}: {error}"));
            Err(1)
        }
    }
}
