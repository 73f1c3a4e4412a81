//! The command line's own rules: flags, names, completion. What commands do is tried on the program itself, in `tests/`.

use crate::commands::ALL;
use crate::complete::candidates;
use crate::flags::{assignment, normalise};
use crate::help::{complaint, grammar};
use crate::identity::Identity;

fn words(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_string).collect()
}

fn subcommand(name: &str) -> clap::Command {
    let command = ALL.iter().find(|command| command.name == name).unwrap();
    grammar(Identity::Tintype, command)
}

#[test]
fn flags_are_read_as_go_reads_them() {
    for (given, expected) in [
        ("t", "-- t"),
        ("-force t", "--force -- t"),
        ("--force=false t", "--force=false -- t"),
        ("-var a=b t", "--var=a=b -- t"),
        ("-var=a=b t", "--var=a=b -- t"),
        ("-var -dash=1 t", "--var=-dash=1 -- t"),
        ("-parallel-builds -1 t", "--parallel-builds=-1 -- t"),
        ("-force true t", "--force -- true t"),
        ("t -force", "-- t -force"),
        ("-- -t", "-- -t"),
        ("-", "-- -"),
        ("-nonsense t", "--nonsense -- t"),
        ("-var", "--var"),
    ] {
        assert_eq!(normalise(&subcommand("build"), &words(given)), words(expected), "{given}");
    }
}

#[test]
fn a_wrong_call_is_named() {
    for (given, expected) in [
        ("-frobnicate t", "flag provided but not defined: -frobnicate"),
        ("-colr t", "flag provided but not defined: -colr\n    did you mean -color?"),
        ("-var", "flag needs an argument: -var"),
        ("a b", "one template only: \"b\" is a word too many (flags stand before the template)"),
        ("", "the template is missing"),
    ] {
        let grammar = subcommand("build");
        let error = grammar.clone().try_get_matches_from(normalise(&grammar, &words(given))).unwrap_err();
        assert_eq!(complaint(&error).trim(), expected, "{given}");
    }
}

#[test]
fn only_gos_spellings_of_booleans() {
    for (word, good) in
        [("1", true), ("T", true), ("False", true), ("yes", false), ("on", false), ("", false)]
    {
        let call = vec![format!("--force={word}"), "--".into(), "t".into()];
        assert_eq!(subcommand("build").try_get_matches_from(call).is_ok(), good, "{word}");
    }
}

#[test]
fn assignments_end_the_name_at_the_first_equal_sign() {
    assert_eq!(assignment("a=b=c"), Ok(("a".into(), "b=c".into())));
    assert_eq!(assignment("a="), Ok(("a".into(), "".into())));
    assert!(assignment("a").is_err());
}

#[test]
fn completion_offers_subcommands_then_flags() {
    assert_eq!(candidates("tintype va", Identity::Tintype), ["validate"]);
    assert!(candidates("tintype ", Identity::Tintype).contains(&"build".to_string()));
    assert!(!candidates("tintype ", Identity::Tintype).contains(&"dev".to_string()));
    assert_eq!(candidates("tintype build -on", Identity::Tintype), ["-on-error", "-only"]);
    assert_eq!(candidates("tintype plugins inst", Identity::Tintype), ["install", "installed"]);
    assert_eq!(candidates("tintype plugins remove -", Identity::Tintype), Vec::<String>::new());
    assert!(candidates("tintype plugins install -", Identity::Tintype).contains(&"-mirror".to_string()));
    assert_eq!(candidates("tintype nonsense -o", Identity::Tintype), Vec::<String>::new());
}

#[test]
fn the_name_decides_who_it_is() {
    for (program, title) in [
        ("tintype", format!("Tintype v{}", env!("CARGO_PKG_VERSION"))),
        ("/usr/bin/packer", "Packer v1.16.0".into()),
        ("packer.exe", "Packer v1.16.0".into()),
    ] {
        assert_eq!(Identity::of(program).title(), title);
    }
}

#[test]
fn every_grammar_is_sound() {
    for command in &ALL {
        grammar(Identity::Tintype, command).debug_assert();
    }
}
