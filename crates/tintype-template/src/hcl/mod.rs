//! HCL templates. [`template`] takes one from its files to a plan; each other file knows one kind of thing in it.

mod assign;
mod build;
pub(crate) mod component;
mod data;
mod deferred;
mod evaluate;
mod file;
mod functions;
mod grammar;
mod graph;
mod inspect;
mod local;
mod lower;
mod manual;
mod meta;
mod only;
mod options;
mod order;
mod packer_block;
mod post_processor;
mod provisioner;
mod registry;
mod required_plugins;
mod scope;
mod secret;
mod source;
mod template;
mod titles;
mod validation;
mod variable;

use std::sync::Arc;

use hcl::ContentBlock;
use hcl::lexer::is_identifier;

pub use data::DataMode;
pub use functions::{FunctionHelp, function_help};
pub use manual::language_page;
pub use required_plugins::RequiredPlugin;
pub use template::{LoadRequest, Template};

/// What a name may be, for people.
const IDENTIFIER_RULE: &str =
    "A name begins with a letter or an underscore and holds letters, digits, underscores and dashes.";

/// The first label of a block whose schema has one.
fn first_label(block: &ContentBlock) -> Arc<str> {
    block.labels.first().map_or_else(|| Arc::from(""), |label| label.value.clone())
}
