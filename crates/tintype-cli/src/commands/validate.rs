//! `validate`: checks a template without running anything.

use std::mem::ManuallyDrop;

use clap::{ArgAction, ArgMatches, Args, Command};
use tintype_sdk::Policy;
use tintype_template::DataMode;
use tintype_ui::HumanStyle;

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::{TemplateArgs, TemplatePath};
use crate::flags::BOOL;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "validate",
    synopsis: "check that a template is valid",
    hidden: false,
    grammar: || ValidateArgs::augment_args(Command::new("validate")),
    run,
};

/// Checks a template: its syntax, its variables, and the options of every component. Nothing is run.
#[derive(Args, Clone, Debug)]
struct ValidateArgs {
    /// Check the syntax only
    #[arg(long = "syntax-only", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    syntax_only: bool,

    /// Do not warn about values for variables that the template does not declare
    #[arg(long = "no-warn-undeclared-var", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    no_warn_undeclared_var: bool,

    /// Run data sources; without it their answers count as unknown
    #[arg(long = "evaluate-datasources", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    evaluate_datasources: bool,

    #[command(flatten)]
    template: TemplateArgs,

    #[command(flatten)]
    at: TemplatePath,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<ValidateArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| match validate(session, args).await {
        Ok(()) => 0,
        Err(exit) => exit,
    })
}

async fn validate(session: &Session, args: ValidateArgs) -> Result<(), Exit> {
    let template = session.load(&args.at.path, &args.template, !args.no_warn_undeclared_var)?;
    // The process ends behind this: a large template need not be taken apart first.
    let mut template = ManuallyDrop::new(template);
    if args.syntax_only {
        session.screen.say("Syntax-only check passed. Everything looks okay.");
        return Ok(());
    }
    let data = if args.evaluate_datasources { DataMode::Execute } else { DataMode::Unknown };
    let (_, some_wrong) = session.ready(&mut template, &args.at, &args.template, data).await?;
    if some_wrong {
        return Err(1);
    }
    session.screen.say("The configuration is valid.");
    Ok(())
}
