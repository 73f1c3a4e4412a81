//! Go's rules for flags in front of clap: `-x` and `--x` are the same, `-x=v` or `-x v`, a boolean never takes the next word, parsing
//! stops at the first word that is no flag. Clap's own table of flags drives the translation, so there is no second one.

use clap::builder::TypedValueParser;
use clap::{Arg, ArgAction, Command};

/// Value name of a flag that is a boolean; [`go_flag`] does the rest.
pub const BOOL: &str = "true|false";

/// Gives boolean flags Go's grammar: `-x`, `-x=true`, never the next word.
pub fn go_flag(arg: Arg) -> Arg {
    let is_bool = arg.get_value_names().is_some_and(|names| names.len() == 1 && names[0].as_str() == BOOL);
    if !is_bool {
        return arg;
    }
    let quiet = arg.get_default_values().iter().any(|value| value == "false");
    arg.num_args(0..=1)
        .require_equals(true)
        .default_missing_value("true")
        .value_parser(go_bool())
        .hide_default_value(quiet)
}

/// Rewrites the words after a subcommand's name so that clap reads them as Go would.
pub fn normalise(command: &Command, words: &[String]) -> Vec<String> {
    let mut out = Vec::with_capacity(words.len() + 1);
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-')).filter(|rest| !rest.is_empty());
        let Some(flag) = flag.filter(|_| word != "--") else {
            out.push("--".into());
            if word != "--" {
                out.push(word.clone());
            }
            out.extend(words.cloned());
            return out;
        };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, None),
        };
        match (value, takes_word(command, name)) {
            (Some(value), _) => out.push(format!("--{name}={value}")),
            (None, true) => match words.next() {
                Some(next) => out.push(format!("--{name}={next}")),
                // Clap says what is missing.
                None => out.push(format!("--{name}")),
            },
            (None, false) => out.push(format!("--{name}")),
        }
    }
    out
}

/// Whether the flag takes the next word as its value.
fn takes_word(command: &Command, name: &str) -> bool {
    command.get_arguments().any(|arg| {
        arg.get_long() == Some(name)
            && matches!(arg.get_action(), ArgAction::Set | ArgAction::Append)
            && !arg.is_require_equals_set()
    })
}

/// Go's spellings of a boolean.
fn go_bool() -> impl TypedValueParser<Value = bool> {
    clap::builder::StringValueParser::new().try_map(|text| match text.as_str() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("\"{text}\" is no boolean: write true or false")),
    })
}

/// `name=value`; everything behind the first `=` belongs to the value.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) => Ok((name.to_string(), value.to_string())),
        None => Err(format!("\"{text}\" has no equal sign: write -var 'name=value'")),
    }
}
