//! `fix`: an old JSON template brought up to date, on standard output.

use clap::{ArgAction, ArgMatches, Args, Command};
use diag::SourceMap;
use tintype_template::{FIXERS, Kind, NotATemplate};
use tintype_ui::HumanStyle;

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::{TemplateArgs, TemplatePath};
use crate::flags::BOOL;
use crate::screen::Screen;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "fix",
    synopsis: "fixes templates from old versions of packer",
    hidden: false,
    grammar: || FixArgs::augment_args(Command::new("fix")).after_help(fixers()),
    run,
};

/// Writes an old JSON template to standard output as a current one would be written. The file is not changed.
#[derive(Args, Clone, Debug)]
struct FixArgs {
    /// Check the result as well
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "true")]
    validate: bool,

    #[command(flatten)]
    template: TemplateArgs,

    #[command(flatten)]
    at: TemplatePath,
}

fn fixers() -> String {
    let width = FIXERS.iter().map(|fixer| fixer.name.len()).max().unwrap_or_default();
    let rows = FIXERS.iter().map(|fixer| format!("\n  {:width$}  {}", fixer.name, fixer.about));
    format!("Fixes that are made, in this order:\n{}", rows.collect::<String>())
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<FixArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let screen = Screen::new(form, false, &call.world);
    match fix(&args, &call, &screen) {
        Ok(()) => 0,
        Err(exit) => exit,
    }
}

fn fix(args: &FixArgs, call: &Call, screen: &Screen) -> Result<(), Exit> {
    let path = &args.at.path;
    match tintype_template::kind_of(path, &args.template.config_type, &call.world) {
        Ok(Kind::Json) => {}
        Ok(Kind::Hcl) => {
            screen.fail("packer fix only works with JSON files for now.");
            return Err(1);
        }
        Err(missing) => {
            screen.fail(missing.to_string());
            return Err(1);
        }
    }
    let sources = SourceMap::new();
    let fixed = tintype_template::fix(path, &call.world, &sources).map_err(|findings| {
        screen.report(&findings, &sources);
        1
    })?;
    screen.say(format!("{fixed}\n"));
    if !args.validate {
        return Ok(());
    }
    let (what, findings) = match tintype_template::check_form(&fixed, &call.world, &sources) {
        Ok(()) => return Ok(()),
        Err(NotATemplate::Parse(findings)) => ("fails to parse", findings),
        Err(NotATemplate::Validate(findings)) => ("failed to validate", findings),
    };
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    let count = if errors == 1 { "1 error occurred".to_owned() } else { format!("{errors} errors occurred") };
    screen.fail(format!("Error! Fixed template {what}: {count}, most likely one of the input template"));
    screen.report(&findings, &sources);
    Err(1)
}
