//! Usage texts, on standard output: of the program and of each subcommand. Flags are shown with one dash, as Packer's users write them.

use clap::Command;
use tintype_ui::Out;

use crate::commands::{self, Subcommand};
use crate::flags::go_flag;
use crate::identity::Identity;

/// The list of subcommands.
pub fn overview(identity: Identity) {
    let width =
        commands::ALL.iter().filter(|command| !command.hidden).map(|command| command.name.len()).max();
    let mut text = format!(
        "Usage: {} [--version] [--help] <command> [<args>]\n\nAvailable commands are:\n",
        identity.command()
    );
    for command in commands::ALL.iter().filter(|command| !command.hidden) {
        text.push_str(&format!(
            "    {:width$}    {}\n",
            command.name,
            command.synopsis,
            width = width.unwrap_or(0)
        ));
    }
    Out::stdout().write(text.as_bytes());
}

/// The flags and words of one subcommand.
pub fn of(identity: Identity, command: &Subcommand) {
    Out::stdout().write(text(identity, command).as_bytes());
}

fn text(identity: Identity, command: &Subcommand) -> String {
    let mut grammar = grammar(identity, command);
    let long = grammar.render_long_help().to_string();
    // Clap knows no long flags with one dash; the texts of the flags themselves use one everywhere.
    let mut out = String::with_capacity(long.len());
    for line in long.lines() {
        let indent = line.len() - line.trim_start().len();
        match line.trim_start().strip_prefix("--") {
            Some(rest) if rest.starts_with(|c: char| c.is_ascii_lowercase()) => {
                out.push_str(&line[..indent]);
                out.push('-');
                out.push_str(rest);
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// A subcommand as clap sees it.
pub fn grammar(identity: Identity, command: &Subcommand) -> Command {
    (command.grammar)()
        .name(command.name)
        .bin_name(format!("{} {}", identity.command(), command.name))
        .disable_help_flag(true)
        .disable_version_flag(true)
        .no_binary_name(true)
        .args_override_self(true)
        .mut_args(go_flag)
}

/// What is wrong with a call, below the help: one line, in Go's words where scripts look for them.
pub fn complaint(error: &clap::Error) -> String {
    use clap::error::{ContextKind, ContextValue, ErrorKind};
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.trim_start_matches('-').to_string()),
        _ => None,
    };
    let flag = context(ContextKind::InvalidArg)
        .map(|arg| arg.split([' ', '=']).next().unwrap_or_default().to_string());
    let line = match (error.kind(), flag) {
        // Clap names a word too many like a flag that it does not know.
        (ErrorKind::UnknownArgument, Some(word)) if !is_flag(error) => {
            format!("one template only: \"{word}\" is a word too many (flags stand before the template)")
        }
        (ErrorKind::MissingRequiredArgument, _) => "the template is missing".into(),
        (ErrorKind::UnknownArgument, Some(flag)) => {
            let mut line = format!("flag provided but not defined: -{flag}");
            if let Some(near) = context(ContextKind::SuggestedArg) {
                line.push_str(&format!("\n    did you mean -{near}?"));
            }
            line
        }
        (ErrorKind::InvalidValue, Some(flag))
            if context(ContextKind::InvalidValue).is_some_and(|v| v.is_empty()) =>
        {
            format!("flag needs an argument: -{flag}")
        }
        _ => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default();
            first.strip_prefix("error: ").unwrap_or(first).replace("'--", "'-")
        }
    };
    format!("\n{line}\n")
}

fn is_flag(error: &clap::Error) -> bool {
    use clap::error::{ContextKind, ContextValue};
    matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(text)) if text.starts_with('-'))
}
