//! The functions of the language. Each family is a file: names, parameters, what they do, and examples that are help and tests at
//! once. How calls are checked before a body sees them is for `hcl` to say.

mod args;
mod charset;
mod choose;
mod csv;
mod digest;
mod encoding;
mod evaluation;
mod files;
mod fileset;
mod format;
mod graphemes;
mod help;
mod json;
mod length;
mod letter_case;
mod lists;
mod maps;
mod network;
mod numeric;
mod outside;
mod paths;
mod regex;
mod rsa;
mod sets;
mod templatefile;
mod text;
mod time;
mod trimming;
mod uuid;
mod yaml;

use std::path::Path;
use std::sync::Arc;

use hcl::FunctionTable;
use tintype_sdk::World;

use files::Places;

pub use help::{FunctionHelp, function_help};

/// All functions. Relative paths of templates' files begin at `base`.
pub(crate) fn table(base: &Path, world: &Arc<World>) -> FunctionTable {
    let places = Places::new(base, world);
    [
        charset::functions(),
        choose::functions(),
        csv::functions(),
        digest::functions(),
        encoding::functions(),
        evaluation::functions(),
        files::functions(&places),
        format::functions(),
        json::functions(),
        length::functions(),
        letter_case::functions(),
        lists::functions(),
        maps::functions(),
        network::functions(),
        numeric::functions(),
        outside::functions(world),
        paths::functions(world),
        regex::functions(),
        rsa::functions(),
        sets::functions(),
        templatefile::functions(&places),
        text::functions(),
        time::functions(),
        trimming::functions(),
        uuid::functions(),
        yaml::functions(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests;
