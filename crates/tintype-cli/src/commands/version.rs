//! `version`: which program this is, and which Packer's behaviour it keeps.

use clap::{ArgMatches, Command};
use tintype_event::EventKind;
use tintype_ui::HumanStyle;

use super::{Call, Exit, Subcommand};
use crate::identity::{COMPATIBLE_WITH, Identity};
use crate::screen::{Form, Screen};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "version",
    synopsis: "prints the version",
    hidden: false,
    grammar: || {
        Command::new("version")
            .about("Prints the version of this program, and the Packer version whose behaviour it keeps.")
    },
    run,
};

fn run(_: &ArgMatches, call: Call) -> Exit {
    let form = if call.machine { Form::Machine } else { Form::Human(HumanStyle::default()) };
    let screen = Screen::new(form, false, &call.world);
    let machine = |category: &str, datum: &str| {
        let (category, data) = (category.to_string(), vec![datum.to_string()]);
        screen.events.send(None, EventKind::Machine { category, data });
    };
    machine("version", call.identity.version());
    // The misspelling is Packer's; scripts look for it.
    machine("version-prelease", "");
    machine("version-commit", option_env!("TINTYPE_COMMIT").unwrap_or(""));
    screen.say(call.identity.title());
    if call.identity == Identity::Tintype {
        screen.say(format!("compatible with Packer v{COMPATIBLE_WITH}"));
    }
    0
}
