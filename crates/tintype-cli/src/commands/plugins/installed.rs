//! `plugins installed`: the paths of all valid plugins.

use clap::{ArgMatches, Args, Command};
use tintype_fetch::{Examiner, Query, Tree};
use tintype_sdk::Policy;
use tintype_ui::HumanStyle;

use crate::commands::session::Session;
use crate::commands::{Call, Exit, Subcommand};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "plugins installed",
    synopsis: "List the installed plugins",
    hidden: true,
    grammar: || InstalledArgs::augment_args(Command::new("plugins installed")),
    run,
};

/// Shows the path of every installed plugin that can be used.
#[derive(Args, Clone, Debug)]
struct InstalledArgs {
    /// Words are accepted, as Packer accepts them, and mean nothing
    #[arg(value_name = "WORD", hide = true)]
    _words: Vec<String>,
}

fn run(_: &ArgMatches, call: Call) -> Exit {
    let form = Session::form(&call, false, HumanStyle::default());
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| {
        let listing = Tree::of(&session.world).list(&Query::default(), &Examiner::new(&session.cx())).await;
        for found in listing.found {
            session.screen.say(found.path.display().to_string());
        }
        0
    })
}
