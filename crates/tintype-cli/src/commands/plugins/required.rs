//! `plugins required`: which plugins a template asks for, and which installed ones will do.

use clap::{ArgMatches, Args, Command};
use tintype_fetch::{Examiner, Query, Tree};
use tintype_sdk::Policy;
use tintype_template::AnyTemplate;
use tintype_ui::HumanStyle;

use crate::args::{TemplateArgs, TemplatePath};
use crate::commands::session::Session;
use crate::commands::{Call, Exit, Subcommand, read};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "plugins required",
    synopsis: "List the plugins that a template asks for",
    hidden: true,
    grammar: || RequiredArgs::augment_args(Command::new("plugins required")),
    run,
};

/// Shows for each plugin that a template asks for its name there, its source, the versions that will do, and the paths of those that are
/// installed, the one that is used last.
#[derive(Args, Clone, Debug)]
struct RequiredArgs {
    #[command(flatten)]
    template: TemplateArgs,

    #[command(flatten)]
    at: TemplatePath,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<RequiredArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| required(session, args).await.unwrap_or_else(|exit| exit))
}

async fn required(session: &Session, args: RequiredArgs) -> Result<Exit, Exit> {
    let template = session.load(&args.at.path, &args.template, false)?;
    if let AnyTemplate::Json(_) = template {
        session.screen.fail("Only HCL2 templates say which plugins they need.");
        return Err(1);
    }
    let (tree, examiner) = (Tree::of(&session.world), Examiner::new(&session.cx()));
    for plugin in template.required_plugins() {
        let query = Query {
            source: Some(&plugin.source),
            constraint: Some(&plugin.constraint),
            releases_only: args.template.ignore_prerelease_plugins,
            ..Query::default()
        };
        let constraint = plugin.constraint.to_string();
        let mut line = format!("{} {} {constraint:?}", plugin.accessor, plugin.source);
        for found in tree.list(&query, &examiner).await.found {
            line.push_str(&format!(" {}", found.path.display()));
        }
        session.screen.say(line);
    }
    Ok(0)
}
