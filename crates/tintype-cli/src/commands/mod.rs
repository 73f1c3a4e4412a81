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
pub mod inspect;
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

/// All subcommands, in the order of the list.
pub const ALL: [Subcommand; 10] = [
    build::SUBCOMMAND,
    console::SUBCOMMAND,
    describe::SUBCOMMAND,
    dev::SUBCOMMAND,
    fix::SUBCOMMAND,
    fmt::SUBCOMMAND,
    hcl2_upgrade::SUBCOMMAND,
    inspect::SUBCOMMAND,
    validate::SUBCOMMAND,
    version::SUBCOMMAND,
];

/// The flags as a struct. Nothing only if the struct and the grammar made from it disagreed.
fn read<A: FromArgMatches>(matches: &ArgMatches) -> Option<A> {
    A::from_arg_matches(matches).ok()
}
