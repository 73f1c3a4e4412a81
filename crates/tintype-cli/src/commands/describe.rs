//! `describe`: the options of a component, from the struct that reads them; a function of the language, from its table.

use clap::{ArgAction, ArgMatches, Args, Command};
use tintype_schema::{Schema, describe_option, to_json_schema, to_markdown};
use tintype_sdk::{Catalog, Category, Registry};
use tintype_template::{FunctionHelp, function_help};
use tintype_ui::HumanStyle;

use super::{Call, Exit, Subcommand, read};
use crate::builtin;
use crate::flags::BOOL;
use crate::screen::{Form, Screen};

pub const SUBCOMMAND: Subcommand = Subcommand {
    name: "describe",
    synopsis: "shows the options of a component, or a function",
    hidden: false,
    grammar: || DescribeArgs::augment_args(Command::new("describe")),
    run,
};

/// Shows the options of a component with their types and defaults, or one option: `describe docker`, `describe docker.volumes`,
/// `describe provisioner.file.source`. Or a function of the HCL2 language: `describe upper`. Without a word: what there is.
#[derive(Args, Clone, Debug)]
struct DescribeArgs {
    /// Show a JSON schema, for editors
    #[arg(long, value_name = BOOL, action = ArgAction::Set, default_value = "false")]
    json: bool,

    /// [CATEGORY.]COMPONENT[.OPTION] or [function.]FUNCTION
    #[arg(value_name = "NAME")]
    what: Option<String>,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<DescribeArgs>(matches) else { return 1 };
    let form = if call.machine { Form::Machine } else { Form::Human(HumanStyle::default()) };
    let screen = Screen::new(form, false, &call.world);
    let registry = builtin::registry();
    let functions = function_help(&call.world);
    match describe(&registry, &functions, args.what.as_deref(), args.json) {
        Ok(text) => {
            screen.say(text.trim_end().to_string());
            0
        }
        Err(text) => {
            screen.fail(text);
            1
        }
    }
}

fn describe(
    registry: &Registry,
    functions: &[FunctionHelp],
    what: Option<&str>,
    json: bool,
) -> Result<String, String> {
    let Some(what) = what else { return Ok(overview(registry, functions)) };
    let function = functions.iter().find(|help| help.name == what.strip_prefix("function.").unwrap_or(what));
    let function = function.filter(|_| !json).map(|help| help.to_markdown(1));
    match components(registry, what, json) {
        Ok(text) => Ok(function.map_or(text.clone(), |function| format!("{text}\n\n{function}"))),
        Err(Missing::Option(text)) => Err(text),
        Err(Missing::Component(name)) => function.ok_or_else(|| {
            let names: Vec<String> =
                Category::ALL.into_iter().flat_map(|category| registry.names(category)).collect();
            let known = names.iter().map(String::as_str).chain(functions.iter().map(|help| help.name));
            let hint = match diag::did_you_mean(&name, known) {
                Some(near) => format!("Did you mean \"{near}\"?"),
                None => "Call `describe` without a word to see all.".to_owned(),
            };
            format!("There is no component and no function \"{name}\". {hint}")
        }),
    }
}

/// What is not there.
enum Missing {
    /// The component of this name.
    Component(String),
    /// An option of a component: what to say.
    Option(String),
}

fn components(registry: &Registry, what: &str, json: bool) -> Result<String, Missing> {
    let (category, rest) = match what.split_once('.') {
        Some((word, rest)) => {
            match Category::ALL.into_iter().find(|category| category.noun().replace(' ', "-") == word) {
                Some(category) => (Some(category), rest),
                None => (None, what),
            }
        }
        None => (None, what),
    };
    let (name, option) = rest.split_once('.').map_or((rest, None), |(name, option)| (name, Some(option)));
    let mut texts = Vec::new();
    for category in Category::ALL.into_iter().filter(|known| category.is_none_or(|wanted| wanted == *known)) {
        if let Some(text) = with_schema(registry, category, name, |schema| match option {
            None if json => Ok(to_json_schema(schema).to_string()),
            None => Ok(to_markdown(schema)),
            Some(option) => {
                describe_option(schema, option).ok_or_else(|| no_option(schema, category, name, option))
            }
        }) {
            texts.push((category, text));
        }
    }
    if texts.is_empty() {
        return Err(Missing::Component(name.to_owned()));
    }
    // An option may exist in the provisioner and not in the builder of the same name.
    let found: Vec<&str> = texts.iter().filter_map(|(_, text)| text.as_deref().ok()).collect();
    if found.is_empty() {
        return texts
            .into_iter()
            .next()
            .map_or(Err(String::new()), |(_, text)| text)
            .map_err(Missing::Option);
    }
    Ok(found.join("\n\n"))
}

fn no_option(schema: &Schema, category: Category, name: &str, option: &str) -> String {
    let near = diag::did_you_mean(option, schema.fields.iter().map(|field| &*field.name));
    let hint = near.map(|near| format!(" Did you mean \"{near}\"?")).unwrap_or_default();
    format!("The {} \"{name}\" has no option \"{option}\".{hint}", category.noun())
}

/// Calls `view` with the schema of a component, if there is one.
pub fn with_schema<T>(
    registry: &Registry,
    category: Category,
    name: &str,
    view: impl FnOnce(&Schema) -> T,
) -> Option<T> {
    match category {
        Category::Builder => registry.builder(name).map(|kind| view(kind.schema())),
        Category::Provisioner => registry.provisioner(name).map(|kind| view(kind.schema())),
        Category::PostProcessor => registry.post_processor(name).map(|kind| view(kind.schema())),
        Category::DataSource => registry.data_source(name).map(|kind| view(kind.schema())),
    }
}

/// What a component does, in one sentence.
pub fn first_sentence(schema: &Schema) -> String {
    let paragraph = schema.doc.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    match paragraph.split_once(". ") {
        Some((sentence, _)) => format!("{sentence}."),
        None => paragraph,
    }
}

fn overview(registry: &Registry, functions: &[FunctionHelp]) -> String {
    let mut text = String::from("Built-in components:\n");
    for category in Category::ALL {
        text.push_str(&format!("\n  {}s:\n", category.noun()));
        for name in registry.names(category) {
            let line = with_schema(registry, category, &name, first_sentence);
            text.push_str(&format!("    {name:16} {}\n", line.unwrap_or_default()));
        }
    }
    text.push_str("\nFunctions:\n");
    let names: Vec<&str> = functions.iter().map(|help| help.name).collect();
    for line in names.chunks(8) {
        text.push_str(&format!("    {}\n", line.join(" ")));
    }
    text
}
