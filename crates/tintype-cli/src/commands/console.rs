//! `console`: evaluates expressions with a template's variables, locals and functions; of a legacy template, texts with calls.

use std::io::{IsTerminal, Read};

use clap::{ArgMatches, Args, Command};
use diag::Diagnostic;
use tintype_sdk::Policy;
use tintype_template::{AnyTemplate, DataMode, JsonTemplate, Template};
use tintype_ui::{HumanStyle, Prompt};

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::args::TemplateArgs;

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "console",
    synopsis: "creates a console for testing variable interpolation",
    hidden: false,
    grammar: || ConsoleArgs::augment_args(Command::new("console")),
    run,
};

/// Evaluates expressions, with the variables, locals and functions of a template if one is given: at a prompt, or from a pipe, a line
/// each, of which the last one's result is printed.
#[derive(Args, Clone, Debug)]
struct ConsoleArgs {
    #[command(flatten)]
    template: TemplateArgs,

    /// File or directory with the template
    #[arg(value_name = "TEMPLATE", default_value = "", hide_default_value = true)]
    path: String,
}

const HELP: &str = "Write an expression to see its value: upper(var.name), local.tags, 1 + 1.
Words: variables (all input variables and locals), help, exit (so do Ctrl-C and Ctrl-D).";

const JSON_HELP: &str =
    "Write a text with calls to see what becomes of it: {{user `name`}}, {{isotime | upper}}.
Words: variables (all user variables), help, exit (so do Ctrl-C and Ctrl-D).";

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<ConsoleArgs>(matches) else { return 1 };
    let form = Session::form(&call, args.template.json, HumanStyle::default());
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| console(session, args).await.unwrap_or_else(|exit| exit))
}

async fn console(session: &Session, args: ConsoleArgs) -> Result<Exit, Exit> {
    let mut template = session.load(&args.path, &args.template, false)?;
    // What cannot be evaluated is unknown here: the console is for finding out.
    let catalog = session.look_up(&template, &args.template).await;
    session.initialise(&mut template, catalog, DataMode::Execute, false).await?;
    if std::io::stdin().is_terminal() { prompt(session, &template) } else { pipe(session, &template) }
}

/// Every line is evaluated, findings are told at once, the last line's result at the end.
fn pipe(session: &Session, template: &AnyTemplate) -> Result<Exit, Exit> {
    let mut bytes = Vec::new();
    if let Err(error) = std::io::stdin().read_to_end(&mut bytes) {
        session.screen.fail(format!("Standard input cannot be read: {error}"));
        return Err(1);
    }
    let text = String::from_utf8_lossy(&bytes);
    let (mut exit, mut last) = (0, String::new());
    for line in text.lines() {
        last = match answer(session, template, line) {
            Ok(Said::Value(value)) => value,
            Ok(Said::Exit) => String::new(),
            Err(()) => {
                exit = 1;
                String::new()
            }
        };
    }
    session.screen.say(last);
    // A legacy template's lines may be wrong: nobody is told by the exit code.
    Ok(if let AnyTemplate::Json(_) = template { 0 } else { exit })
}

fn prompt(session: &Session, template: &AnyTemplate) -> Result<Exit, Exit> {
    let mut prompt = Prompt::new(words(template)).map_err(|error| {
        session.screen.fail(error);
        1
    })?;
    while let Some(line) = prompt.next_line() {
        match answer(session, template, &line) {
            Ok(Said::Value(value)) if value.is_empty() => {}
            Ok(Said::Value(value)) => session.screen.say(value),
            Ok(Said::Exit) => break,
            Err(()) => {}
        }
    }
    Ok(0)
}

enum Said {
    Value(String),
    Exit,
}

fn answer(session: &Session, template: &AnyTemplate, line: &str) -> Result<Said, ()> {
    let value = match (line.trim(), template) {
        ("exit", _) => return Ok(Said::Exit),
        ("", _) => Ok(String::new()),
        ("help", AnyTemplate::Hcl(_)) => Ok(HELP.into()),
        ("help", AnyTemplate::Json(_)) => Ok(JSON_HELP.into()),
        ("variables", AnyTemplate::Hcl(template)) => Ok(template.variables_text()),
        ("variables", AnyTemplate::Json(template)) => Ok(template.variables_text()),
        (text, AnyTemplate::Hcl(template)) => evaluate(session, template, text),
        (text, AnyTemplate::Json(template)) => render(session, template, text),
    };
    value.map(Said::Value)
}

/// The value of an expression.
fn evaluate(session: &Session, template: &Template, text: &str) -> Result<String, ()> {
    let file = session.sources.add("<console-input>", text);
    let (expr, mut findings) = hcl::parse_expr(text, file, 0);
    let value = if findings.has_errors() {
        None
    } else {
        let (value, more) = expr.evaluate(&template.console_scope());
        findings.extend(more);
        Some(value)
    };
    session.screen.report(&findings, &session.sources);
    match value {
        Some(value) if !findings.has_errors() => Ok(cty::print(&value)),
        _ => Err(()),
    }
}

/// A text with its calls resolved.
fn render(session: &Session, template: &JsonTemplate, text: &str) -> Result<String, ()> {
    template.evaluate(text).map_err(|error| {
        let finding = Diagnostic::error("Interpolation error").detail(error);
        session.screen.report(&finding.into(), &session.sources);
    })
}

/// What can be completed: our own words, functions, and the names of variables and locals.
fn words(template: &AnyTemplate) -> Vec<String> {
    let mut words: Vec<String> = ["exit", "help", "variables"].map(String::from).into();
    let scope = match template {
        AnyTemplate::Hcl(template) => template.console_scope(),
        AnyTemplate::Json(template) => {
            words.extend(template.variable_names().iter().map(|name| format!("{{{{user `{name}`}}}}")));
            return words;
        }
    };
    words.extend(
        scope
            .functions()
            .into_iter()
            .flat_map(|table| table.iter())
            .map(|function| format!("{}(", function.name())),
    );
    for root in scope.variable_names() {
        words.push(root.to_string());
        let members = scope.variable(root).and_then(|value| value.entries());
        words.extend(members.into_iter().flatten().map(|(name, _)| format!("{root}.{name}")));
    }
    words.sort();
    words
}
