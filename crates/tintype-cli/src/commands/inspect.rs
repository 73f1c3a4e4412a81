//! `inspect`: shows what a template holds.

use clap::{ArgMatches, Args, Command};
use tintype_sdk::Policy;
use tintype_template::DataMode;
use tintype_ui::HumanStyle;

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::{TemplateArgs, TemplatePath};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "inspect",
    synopsis: "see components of a template",
    hidden: false,
    grammar: || InspectArgs::augment_args(Command::new("inspect")),
    run,
};

/// Shows what a template holds: variables with their values, and for each build its sources, provisioners and post-processors.
#[derive(Args, Clone, Debug)]
struct InspectArgs {
    #[command(flatten)]
    template: TemplateArgs,

    #[command(flatten)]
    at: TemplatePath,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<InspectArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| match inspect(session, args).await {
        Ok(()) => 0,
        Err(exit) => exit,
    })
}

async fn inspect(session: &Session, args: InspectArgs) -> Result<(), Exit> {
    let mut template = session.load(&args.at.path, &args.template, false)?;
    // What cannot be evaluated is shown as unknown: a template is inspected to find out.
    session.initialise(&mut template, DataMode::Execute, false).await?;
    for message in template.inspect() {
        session.screen.say(message);
    }
    Ok(())
}
