//! Words about components that a template names and nobody has.

use diag::{Diagnostic, did_you_mean};
use tintype_sdk::{Catalog, Category};

/// The finding for a type that the catalog does not have, with the way out.
pub(crate) fn unknown(title: String, category: Category, name: &str, catalog: &dyn Catalog) -> Diagnostic {
    let noun = category.noun();
    let known = catalog.names(category);
    let finding = Diagnostic::error(title);
    if let Some(near) = did_you_mean(name, known.iter().map(String::as_str)) {
        return finding
            .detail(format!("There is no {noun} named \"{name}\"."))
            .hint(format!("Did you mean \"{near}\"?"));
    }
    finding
        .detail(format!(
            "There is no {noun} named \"{name}\", neither built in nor in an installed plugin. Known are: {}.",
            if known.is_empty() { "none".to_owned() } else { known.join(", ") }
        ))
        .hint("A plugin that has it must be listed in required_plugins and be installed with the command \"init\".")
}
