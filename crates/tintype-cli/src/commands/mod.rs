//! The subcommands: one file each, one row each in [`ALL`].

use clap::{ArgMatches, Command, FromArgMatches};
use tintype_sdk::World;

use crate::identity::Identity;

pub mod build;
pub mod console;
pub mod describe;
pub mod dev;
pub mod fix;
pub mod fmt;
pub mod hcl2_upgrade;
pub mod init;
pub mod inspect;
pub mod plugins;
mod session;
pub mod validate;
pub mod version;

/// How the program was called.
pub struct Call {
    /// The surroundings.
    pub world: World,
    /// Its name.
    pub identity: Identity,
    /// Whether `-machine-readable` was given.
    pub machine: bool,
}

/// The variable that stands for `-mirror` where it is not given.
pub const MIRROR_VARIABLE: &str = "TINTYPE_MIRROR";

/// The process's exit code.
pub type Exit = u8;

/// One subcommand.
pub struct Subcommand {
    /// Its name.
    pub name: &'static str,
    /// One line for the list.
    pub synopsis: &'static str,
    /// Not in the list.
    pub hidden: bool,
    /// Its flags and words.
    pub grammar: fn() -> Command,
    /// What it does.
    pub run: fn(&ArgMatches, Call) -> Exit,
}

/// All subcommands, in the order of the list. One whose name has two words is called by both.
pub const ALL: [Subcommand; 17] = [
    build::SUBCOMMAND,
    console::SUBCOMMAND,
    describe::SUBCOMMAND,
    dev::SUBCOMMAND,
    fix::SUBCOMMAND,
    fmt::SUBCOMMAND,
    hcl2_upgrade::SUBCOMMAND,
    init::SUBCOMMAND,
    inspect::SUBCOMMAND,
    plugins::SUBCOMMAND,
    plugins::install::SUBCOMMAND,
    plugins::installed::SUBCOMMAND,
    plugins::remove::SUBCOMMAND,
    plugins::required::SUBCOMMAND,
    plugins::vendor::SUBCOMMAND,
    validate::SUBCOMMAND,
    version::SUBCOMMAND,
];

/// Other names of subcommands, which nothing shows.
const ALIASES: [(&str, &str); 1] = [("plugin", "plugins")];

/// The subcommand that a command line calls, and the words for it.
pub fn find(words: &[String]) -> Option<(&'static Subcommand, &[String])> {
    let (first, rest) = words.split_first()?;
    let alias = ALIASES.iter().find(|(alias, _)| alias == first);
    let first = alias.map_or(first.as_str(), |(_, name)| name);
    if let Some((second, rest)) = rest.split_first() {
        let both = ALL.iter().find(|command| command.name.split_once(' ') == Some((first, second.as_str())));
        if let Some(command) = both {
            return Some((command, rest));
        }
    }
    ALL.iter().find(|command| command.name == first).map(|command| (command, rest))
}

/// The second words that may follow a first one, each with its subcommand.
pub fn below(first: &str) -> impl Iterator<Item = (&'static str, &'static Subcommand)> {
    ALL.iter().filter_map(move |command| {
        let (own, second) = command.name.split_once(' ')?;
        (own == first).then_some((second, command))
    })
}

/// The flags as a struct. Nothing only if the struct and the grammar made from it disagreed.
fn read<A: FromArgMatches>(matches: &ArgMatches) -> Option<A> {
    A::from_arg_matches(matches).ok()
}
