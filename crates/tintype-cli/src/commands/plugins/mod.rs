//! `plugins`: what is installed, and bringing plugins in and out. One file for each word that may follow; what they share is here.

use std::sync::Arc;

use clap::{ArgMatches, Args, Command};
use diag::{Diagnostic, Diagnostics};
use tintype_fetch::{Http, Installer, mirror, public};
use tintype_sdk::{Error, PluginSource, World};

use super::session::Session;
use super::{Call, Exit, MIRROR_VARIABLE, Subcommand, below};
use crate::help;
use crate::resolve::Resolver;

pub mod install;
pub mod installed;
pub mod remove;
pub mod required;
pub mod vendor;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "plugins",
    synopsis: "Interact with Packer plugins and catalog",
    hidden: false,
    grammar: || {
        let lines: Vec<String> =
            below("plugins").map(|(word, command)| format!("    {word:16}{}", command.synopsis)).collect();
        PluginsArgs::augment_args(Command::new("plugins"))
            .after_help(format!("Subcommands:\n{}", lines.join("\n")))
    },
    run: no_subcommand,
};

/// Shows, installs and removes plugins.
#[derive(Args, Clone, Debug)]
struct PluginsArgs {
    /// The subcommand and its flags and words
    #[arg(value_name = "SUBCOMMAND")]
    _words: Vec<String>,
}

fn no_subcommand(_: &ArgMatches, call: Call) -> Exit {
    help::of(call.identity, &SUBCOMMAND);
    1
}

/// The flag that says where plugins come from.
#[derive(Args, Clone, Debug)]
pub struct MirrorArgs {
    /// Where plugins come from, in place of their usual sources: https://…, a folder, or oci://registry/path
    #[arg(long, value_name = "ADDRESS")]
    mirror: Option<String>,
}

impl MirrorArgs {
    fn address<'a>(&'a self, world: &'a World) -> Option<&'a str> {
        let address = self.mirror.as_deref().or_else(|| world.env(MIRROR_VARIABLE));
        address.filter(|address| !address.is_empty())
    }
}

/// Who brings plugins in, from the mirror or from the usual sources.
pub fn installer(session: &Session, resolver: &Resolver, args: &MirrorArgs) -> Result<Installer, Exit> {
    let http = Arc::new(Http::new(&session.world));
    let remotes = match args.address(&session.world) {
        None => public(&session.world, &http),
        Some(address) => match mirror(address, &session.cx(), &http) {
            Ok(mirror) => vec![mirror],
            Err(why) => {
                session.screen.fail(why);
                return Err(1);
            }
        },
    };
    Ok(Installer { tree: resolver.tree().clone(), remotes, http, cx: session.cx() })
}

/// Tells that a plugin could not be had.
pub fn failed(session: &Session, source: &PluginSource, error: Error) {
    let lines: Vec<String> = error.to_string().lines().map(|line| format!("* {line}")).collect();
    let finding =
        Diagnostic::error(format!("Failed getting the \"{source}\" plugin:")).detail(lines.join("\n"));
    let finding = match error.hints() {
        [] => finding,
        hints => finding.hint(hints.join(" ")),
    };
    session.screen.report(&Diagnostics::from(finding), &session.sources);
}

/// A source as a word of the command line.
fn source(text: &str, session: &Session) -> Result<PluginSource, Exit> {
    text.parse().map_err(|why| {
        session.screen.fail(format!("Invalid source string {text:?}: {why}"));
        1
    })
}
