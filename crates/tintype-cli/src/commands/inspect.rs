//! `inspect`: shows what a template holds.

use clap::{ArgMatches, Args, Command};
use tintype_event::EventKind;
use tintype_sdk::Policy;
use tintype_template::{AnyTemplate, DataMode, Row};
use tintype_ui::HumanStyle;

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::TemplateArgs;

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

    /// File or directory with the template. With none, or with several, an empty legacy template is shown
    #[arg(value_name = "TEMPLATE")]
    paths: Vec<String>,
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
    let path = match &args.paths[..] {
        [path] => path,
        _ => "",
    };
    let mut template = session.load(path, &args.template, false)?;
    if let AnyTemplate::Hcl(_) = template {
        // What cannot be evaluated is shown as unknown: a template is inspected to find out.
        let catalog = session.look_up(&template, &args.template).await;
        session.initialise(&mut template, catalog, DataMode::Execute, false).await?;
    }
    match &template {
        AnyTemplate::Hcl(template) => {
            for message in template.inspect() {
                session.screen.say(message);
            }
        }
        // A legacy template is shown as it is written.
        AnyTemplate::Json(template) => {
            for row in template.inspect() {
                match row {
                    Row::Say(text) => session.screen.say(text),
                    Row::Machine(category, data) => {
                        let category = category.to_owned();
                        session.screen.events.send(None, EventKind::Machine { category, data });
                    }
                }
            }
        }
    }
    Ok(())
}
