//! `describe`: the options of a component, from the struct that reads them or from what its plugin says; a function of the language, from
//! its table.

use clap::{ArgAction, ArgMatches, Args, Command};
use tintype_schema::{Schema, describe_option, to_json_schema, to_markdown};
use tintype_sdk::{Catalog, Category, Policy};
use tintype_template::{FunctionHelp, function_help};
use tintype_ui::HumanStyle;

use super::session::Session;
use super::{Call, Exit, Subcommand, read};
use crate::flags::BOOL;
use crate::prefer::Prefer;
use crate::resolve::Resolver;
use crate::screen::Form;

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

    /// Show the components of these plugins, where there are built-in ones of the same name; all: of every one that is installed
    #[arg(long = "prefer-plugins", value_name = "A,B|all", value_delimiter = ',')]
    prefer_plugins: Vec<String>,

    /// [CATEGORY.]COMPONENT[.OPTION] or [function.]FUNCTION
    #[arg(value_name = "NAME")]
    what: Option<String>,
}

fn run(matches: &ArgMatches, call: Call) -> Exit {
    let Some(args) = read::<DescribeArgs>(matches) else { return 1 };
    let form = if call.machine { Form::Machine } else { Form::Human(HumanStyle::default()) };
    let session = Session::new(call, form, false, Policy::default());
    session.block_on(async |session| {
        let functions = function_help(&session.world);
        let prefer = Prefer::new(&args.prefer_plugins, &session.world);
        let resolver = Resolver::new(&session.cx(), &session.screen.events, prefer, false, None);
        let told = match &args.what {
            None => Ok(overview(&resolver, &functions).await),
            Some(what) => match resolver.described(what_is_meant(what)).await {
                Ok(far) => {
                    let near: &dyn Catalog = resolver.built_in().registry();
                    describe(far.as_deref().unwrap_or(near), &functions, what, args.json)
                }
                Err(error) => Err(error.to_string()),
            },
        };
        match told {
            Ok(text) => {
                session.screen.say(text.trim_end().to_string());
                0
            }
            Err(text) => {
                session.screen.fail(text);
                1
            }
        }
    })
}

fn describe(
    registry: &dyn Catalog,
    functions: &[FunctionHelp],
    what: &str,
    json: bool,
) -> Result<String, String> {
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

/// The category and the name of a component in `[CATEGORY.]COMPONENT[.OPTION]`.
fn what_is_meant(what: &str) -> (Option<Category>, &str) {
    let (category, rest) = split_category(what);
    (category, rest.split_once('.').map_or(rest, |(name, _)| name))
}

fn split_category(what: &str) -> (Option<Category>, &str) {
    let Some((word, rest)) = what.split_once('.') else { return (None, what) };
    match Category::ALL.into_iter().find(|category| category.noun().replace(' ', "-") == word) {
        Some(category) => (Some(category), rest),
        None => (None, what),
    }
}

fn components(registry: &dyn Catalog, what: &str, json: bool) -> Result<String, Missing> {
    let (category, rest) = split_category(what);
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
    registry: &dyn Catalog,
    category: Category,
    name: &str,
    view: impl FnOnce(&Schema) -> T,
) -> Option<T> {
    // A plugin's own name for a component is another one.
    let view = |schema: &Schema| {
        if schema.name == name {
            return view(schema);
        }
        view(&Schema { name: name.to_owned().into(), ..schema.clone() })
    };
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

async fn overview(resolver: &Resolver, functions: &[FunctionHelp]) -> String {
    let registry = resolver.built_in().registry();
    let mut text = String::from("Built-in components:\n");
    for category in Category::ALL {
        text.push_str(&format!("\n  {}s:\n", category.noun()));
        for name in registry.names(category) {
            let line = with_schema(registry, category, &name, first_sentence);
            text.push_str(&format!("    {name:16} {}\n", line.unwrap_or_default()));
        }
    }
    for (path, names) in resolver.installed_names().await {
        text.push_str(&format!("\nInstalled plugin {}:\n", path.display()));
        for (category, names) in names {
            text.push_str(&format!("    {}s: {}\n", category.noun(), names.join(", ")));
        }
    }
    text.push_str("\nFunctions:\n");
    let names: Vec<&str> = functions.iter().map(|help| help.name).collect();
    for line in names.chunks(8) {
        text.push_str(&format!("    {}\n", line.join(" ")));
    }
    text
}
