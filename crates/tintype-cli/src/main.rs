//! The program: which subcommand was meant, in which surroundings, with which exit code. What a subcommand does is in `commands`.

mod args;
mod builtin;
mod commands;
mod complete;
mod flags;
mod help;
mod identity;
mod os;
mod prefer;
mod resolve;
mod roles;
mod screen;
mod signal;
mod surroundings;

use std::process::ExitCode;

use tintype_ui::Out;

use crate::commands::{Call, Exit, Subcommand};
use crate::identity::Identity;

/// Exit code of a call that names no subcommand.
const NO_SUBCOMMAND: Exit = 127;

fn main() -> ExitCode {
    let mut words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let program = words.next().unwrap_or_default();
    let words: Vec<String> = words.collect();
    // Roles that need a process with one thread (the guard of plugins) are told apart here, before a runtime starts.
    ExitCode::from(roles::play(&program, &words).unwrap_or_else(|| dispatch(Identity::of(&program), words)))
}

fn dispatch(identity: Identity, mut words: Vec<String>) -> Exit {
    os::allow_many_files();
    let world = match surroundings::gather() {
        Ok(world) => world,
        Err(text) => {
            Out::stderr().write(format!("{text}\n").as_bytes());
            return 1;
        }
    };
    if let Some(line) = world.env("COMP_LINE") {
        complete::answer(line, identity);
        return 0;
    }
    let machine = match words.iter().position(|word| word == "-machine-readable") {
        Some(at) => {
            words.remove(at);
            true
        }
        None => false,
    };
    let Some(first) = words.first().cloned() else {
        help::overview(identity);
        return NO_SUBCOMMAND;
    };
    match first.as_str() {
        "-v" | "-version" | "--version" => words[0] = "version".into(),
        "-h" | "-help" | "--help" => {
            help::overview(identity);
            return 0;
        }
        "-autocomplete-install" | "--autocomplete-install" => {
            return autocomplete(&world, identity, &words, true);
        }
        "-autocomplete-uninstall" | "--autocomplete-uninstall" => {
            return autocomplete(&world, identity, &words, false);
        }
        flag if flag.starts_with('-') => {
            Out::stdout().write(
                b"Invalid flags before the subcommand. If these flags are for the subcommand, please put them after the subcommand.\n\n",
            );
            help::overview(identity);
            return 1;
        }
        _ => {}
    }
    let Some((command, rest)) = commands::find(&words) else {
        help::overview(identity);
        return NO_SUBCOMMAND;
    };
    if words.iter().any(|word| matches!(word.as_str(), "-h" | "-help" | "--help")) {
        help::of(identity, command);
        return 0;
    }
    run(command, rest, Call { world, identity, machine })
}

fn run(command: &Subcommand, words: &[String], call: Call) -> Exit {
    let grammar = help::grammar(call.identity, command);
    let words = flags::normalise(&grammar, words);
    match grammar.try_get_matches_from(words) {
        Ok(matches) => (command.run)(&matches, call),
        Err(error) => {
            help::of(call.identity, command);
            Out::stdout().write(help::complaint(&error).as_bytes());
            1
        }
    }
}

fn autocomplete(world: &tintype_sdk::World, identity: Identity, words: &[String], add: bool) -> Exit {
    let asks = |what: &str| words.iter().any(|word| word.trim_start_matches('-') == what);
    if asks("autocomplete-install") && asks("autocomplete-uninstall") {
        Out::stderr()
            .write(b"Either the autocomplete install or uninstall flag may be specified, but not both.\n");
        return 1;
    }
    match complete::install(world, identity, add) {
        Ok(()) => 0,
        Err(text) => {
            Out::stderr().write(format!("Completion could not be changed: {text}\n").as_bytes());
            1
        }
    }
}

#[cfg(test)]
mod tests;
