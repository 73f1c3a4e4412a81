//! `plugins remove`: takes installed plugins away.

use std::path::Path;

use clap::{ArgMatches, Args, Command};
use go_version::Constraint;
use tintype_fetch::{Examiner, Query, Tree, remove};
use tintype_sdk::Policy;
use tintype_ui::HumanStyle;

use super::source;
use crate::commands::session::Session;
use crate::commands::{Call, Exit, Subcommand, read};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "plugins remove",
    synopsis: "Remove installed plugins",
    hidden: true,
    grammar: || RemoveArgs::augment_args(Command::new("plugins remove")),
    run,
};

/// Removes the installed versions of a plugin, or the one plugin at a path, and shows their paths.
#[derive(Args, Clone, Debug)]
struct RemoveArgs {
    /// Source of a plugin, such as github.com/hashicorp/docker, or absolute path of an installed plugin
    #[arg(value_name = "SOURCE|PATH", required = true)]
    what: String,

    /// Versions to remove, such as "< 2"; without it, all
    #[arg(value_name = "CONSTRAINT")]
    constraint: Option<String>,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<RemoveArgs>(matches) else { return 1 };
    let form = Session::form(&call, false, HumanStyle::default());
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| remove_plugins(session, args).await.unwrap_or_else(|exit| exit))
}

async fn remove_plugins(session: &Session, args: RemoveArgs) -> Result<Exit, Exit> {
    let (tree, examiner) = (Tree::of(&session.world), Examiner::new(&session.cx()));
    let fail = |text: String| {
        session.screen.fail(text);
        1
    };
    let path = Path::new(&args.what);
    if path.is_absolute() {
        if args.constraint.is_some() {
            return Err(fail("A path names one plugin: no versions can be given with it.".to_owned()));
        }
        if !tree.holds(path) {
            return Err(fail(format!(
                "{} is no plugin in the plugin directory {}.",
                path.display(),
                tree.dir().display()
            )));
        }
        remove(path).map_err(|error| fail(error.to_string()))?;
        session.screen.say(path.display().to_string());
        return Ok(0);
    }
    let source = source(&args.what, session)?;
    let constraint: Option<Constraint> = match &args.constraint {
        Some(text) => Some(text.parse().map_err(|error| fail(format!("{error}")))?),
        None => None,
    };
    let query = Query { source: Some(&source), constraint: constraint.as_ref(), ..Query::default() };
    let found = tree.list(&query, &examiner).await.found;
    for installation in &found {
        remove(&installation.path).map_err(|error| fail(error.to_string()))?;
        session.screen.say(installation.path.display().to_string());
    }
    if found.is_empty() {
        let versions = args.constraint.map(|text| format!(" {text}")).unwrap_or_default();
        return Err(fail(format!(
            "No installed plugin found matching the plugin constraints {source}{versions}"
        )));
    }
    Ok(0)
}
