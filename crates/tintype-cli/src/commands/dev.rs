//! `dev` (hidden): chores of the project that need the program itself: the reference pages made from the options' structs and the
//! functions' tables.

use std::path::{Path, PathBuf};

use clap::{ArgAction, ArgMatches, Args, Command};
use tintype_schema::to_markdown;
use tintype_sdk::{Catalog, Category, World};
use tintype_template::{FunctionHelp, function_help, language_page};
use tintype_ui::HumanStyle;

use super::describe::{first_sentence, with_schema};
use super::{Call, Exit, Subcommand, read};
use crate::builtin;
use crate::flags::BOOL;
use crate::screen::{Form, Screen};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "dev",
    synopsis: "chores of the project",
    hidden: true,
    grammar: || DevArgs::augment_args(Command::new("dev")),
    run,
};

/// Writes the reference pages below docs/reference, or with -check says which are out of date.
#[derive(Args, Clone, Debug)]
struct DevArgs {
    /// Write nothing; end with 1 when a page differs
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    check: bool,

    /// The chore: docs
    #[arg(value_name = "CHORE", value_parser = ["docs"])]
    chore: String,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<DevArgs>(matches) else { return 1 };
    let screen = Screen::new(Form::Human(HumanStyle::default()), false, &call.world);
    let dir = call.world.cwd.join("docs/reference");
    let mut stale = false;
    for (path, text) in pages(&dir, &call.world) {
        if std::fs::read_to_string(&path).is_ok_and(|old| old.replace("\r\n", "\n") == text) {
            continue;
        }
        if args.check {
            stale = true;
            screen.fail(format!("{} is out of date: run `tintype dev docs`", path.display()));
        } else if let Err(error) = std::fs::create_dir_all(&dir).and_then(|()| std::fs::write(&path, text)) {
            screen.fail(format!("{}: {error}", path.display()));
            return 1;
        }
    }
    u8::from(stale)
}

fn pages(dir: &Path, world: &World) -> Vec<(PathBuf, String)> {
    let registry = builtin::registry();
    let mut pages = Vec::new();
    let mut index = String::from(
        "# Reference\n\nMade from the code by `tintype dev docs`; `tintype describe NAME` shows the same.\n",
    );
    for category in Category::ALL {
        index.push_str(&format!("\n## {}s\n\n", category.noun()));
        for name in registry.names(category) {
            let file = format!("{}-{name}.md", category.noun().replace(' ', "-"));
            let Some((text, doc)) = with_schema(&registry, category, &name, |schema| {
                (to_markdown(schema), first_sentence(schema))
            }) else {
                continue;
            };
            index.push_str(&format!("- [`{name}`]({file}): {doc}\n"));
            pages.push((dir.join(file), text));
        }
    }
    let functions = function_help(world);
    index.push_str(&format!(
        "\n## Language\n\n[Blocks, names, types and expressions](language.md) of HCL2 templates, and their [{} functions](functions.md).\n",
        functions.len()
    ));
    pages.push((dir.join("language.md"), language_page(world, &tintype_sdk::BUILD_VALUES)));
    pages.push((dir.join("functions.md"), functions_page(&functions)));
    pages.push((dir.join("README.md"), index));
    pages.push((dir.join("../events.schema.json"), tintype_ui::JSON_SCHEMA.to_string()));
    pages
}

fn functions_page(functions: &[FunctionHelp]) -> String {
    let mut page = String::from(
        "# Functions\n\nThe functions of the HCL2 template language, with calls as `tintype console` answers them. Made from the code by\n\
         `tintype dev docs`; `tintype describe NAME` shows the same.\n\n",
    );
    let links: Vec<String> = functions.iter().map(|help| format!("[`{0}`](#{0})", help.name)).collect();
    for line in links.chunks(6) {
        page.push_str(&format!("{}\n", line.join(" ")));
    }
    for help in functions {
        page.push('\n');
        page.push_str(&help.to_markdown(2));
    }
    page
}
