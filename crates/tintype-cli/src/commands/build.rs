//! `build`: makes the images of a template.

use std::io::IsTerminal;

use clap::{ArgAction, ArgMatches, Args, Command};
use diag::{Diagnostic, Diagnostics};
use tintype_engine::RunOptions;
use tintype_sdk::{OnError, Policy};
use tintype_template::{AnyTemplate, DataMode};
use tintype_ui::HumanStyle;

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::{TemplateArgs, TemplatePath};
use crate::flags::BOOL;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "build",
    synopsis: "build image(s) from template",
    hidden: false,
    grammar: || BuildArgs::augment_args(Command::new("build")),
    run,
};

/// Makes the images of a template: all its builds in parallel, unless told otherwise.
#[derive(Args, Clone, Debug)]
struct BuildArgs {
    /// Colours in the output
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "true")]
    color: bool,

    /// One build after another, with a pause after each step
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    debug: bool,

    /// Replace artifacts that are in the way
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    force: bool,

    /// What happens when a step fails: cleanup, ask, abort or run-cleanup-provisioner
    #[arg(long = "on-error", value_name = "WORD", value_parser = on_error, default_value = "cleanup")]
    on_error: OnError,

    /// How many builds run at once; 0: all
    #[arg(long = "parallel-builds", value_name = "N", default_value = "0", allow_negative_numbers = true)]
    parallel_builds: i64,

    /// A time stamp in front of each message
    #[arg(long = "timestamp-ui", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    timestamp_ui: bool,

    /// Warn about values for variables that the template does not declare
    #[arg(long = "warn-on-undeclared-var", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    warn_on_undeclared_var: bool,

    /// Accepted for compatibility: blocks enforced by a registry do not exist here
    #[arg(long = "skip-enforcement", value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    skip_enforcement: bool,

    #[command(flatten)]
    template: TemplateArgs,

    #[command(flatten)]
    at: TemplatePath,
}

/// A warning when the template or the environment asks for an entry in the HCP Packer registry: who relies on it must not believe that
/// there is one.
fn unpublished(session: &Session, template: &AnyTemplate) -> Diagnostics {
    let set = |name: &str| session.world.env(name).filter(|value| !value.is_empty());
    let (block, bucket) = (template.registry(), set("HCP_PACKER_BUCKET_NAME"));
    let off =
        set("HCP_PACKER_REGISTRY").is_some_and(|value| value == "0" || value.eq_ignore_ascii_case("off"));
    let mut findings = Diagnostics::new();
    if !off && (block.is_some() || bucket.is_some()) {
        findings.push(
            Diagnostic::warning("HCP Packer registry not supported")
                .detail("The images are built as usual; nothing about them is sent to the registry.")
                .hint("Set HCP_PACKER_REGISTRY=off to build without this warning.")
                .at(block),
        );
    }
    findings
}

fn on_error(word: &str) -> Result<OnError, String> {
    OnError::parse(word).ok_or_else(|| "write cleanup, ask, abort or run-cleanup-provisioner".into())
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<BuildArgs>(matches) else { return 1 };
    let no_color = call.world.env("PACKER_NO_COLOR").is_some_and(|value| !value.is_empty());
    let style = HumanStyle {
        color: args.color && !no_color,
        findings: args.color,
        header: args.color,
        timestamps: args.timestamp_ui,
        hints: std::io::stdout().is_terminal(),
    };
    let form = Session::form(&call, args.template.json, style);
    let policy = Policy { debug: args.debug, force: args.force, on_error: args.on_error };
    Session::new(call, form, true, policy)
        .block_on(async |session| build(session, args).await.unwrap_or_else(|exit| exit))
}

async fn build(session: &Session, args: BuildArgs) -> Result<Exit, Exit> {
    let mut template = session.load(&args.at.path, &args.template, args.warn_on_undeclared_var)?;
    let (ready, some_left_out) =
        session.ready(&mut template, &args.at, &args.template, DataMode::Execute).await?;
    if ready.builds.is_empty() {
        if !some_left_out {
            session.screen.fail("No builds to run");
        }
        return Err(1);
    }
    session.screen.report(&unpublished(session, &template), &session.sources);
    if args.skip_enforcement {
        for build in &ready.builds {
            session.screen.say(format!(
                "==> {}: Skipping HCP Packer enforced provisioners (--skip-enforcement flag set)",
                build.name()
            ));
        }
    }
    let options = RunOptions {
        parallel: usize::try_from(args.parallel_builds).ok().filter(|&limit| limit > 0),
        policy: session.policy,
        world: session.world.clone(),
        events: session.screen.events.clone(),
        asker: session.screen.asker.clone(),
        cancel: session.cancel.clone(),
    };
    let summary = tintype_engine::run(ready, options).await;
    Ok(if summary.success() && !some_left_out { 0 } else { 1 })
}
