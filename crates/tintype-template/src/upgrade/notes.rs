//! Comments in the new file: what could not be taken over, and, if wanted, what each kind of block is.

use std::collections::BTreeSet;

use super::calls::{Failure, instead_of};

/// What is at the top of a file with notes.
pub(super) const HEADER: &str = "\
# This file was made from a JSON template by hcl2_upgrade. Read it once before you rely on it; after that it is yours, and the JSON
# template is not needed any more. Its blocks may stand in several files: a directory is read as one template, all files in it whose
# names end in .pkr.hcl. `inspect DIRECTORY` shows what is in it.

# Calls in double braces, {{ upper `text` }}, are rendered by plugins, after everything in ${ } has been computed. Better not mix the
# two in one text.
";

pub(super) const PACKER: &str =
    "# Which version of the program and which plugins the template needs; `init` installs them.\n";
pub(super) const VARIABLES: &str = "\
# Variables of a JSON template are texts, so these are strings. Other types are possible, and so are descriptions and rules for values.
";
pub(super) const SECRETS: &str = "# Secrets of AWS Secrets Manager, one data source for each name and key.\n";
pub(super) const IMAGES: &str = "# Images found by a filter, from source_ami_filter of the builders.\n";
pub(super) const TIMESTAMP: &str = "# The time for names, in place of {{timestamp}}.\n";
pub(super) const LOCALS: &str = "# Variables whose values were computed; nobody can set them from outside.\n";
pub(super) const SOURCES: &str =
    "# One source for each builder. A build uses it by its name, and so may other builds.\n";
pub(super) const BUILD: &str =
    "# The build: its provisioners and post-processors work on each of the sources, in this order.\n";

pub(super) const LEGACY_ISOTIME: &str = "# legacy_isotime takes Go's layouts, as {{isotime}} did. formatdate is the function for new templates.\n";
pub(super) const LEGACY_STRFTIME: &str =
    "# legacy_strftime takes the letters of {{strftime}}. formatdate is the function for new templates.\n";

/// The comment on calls that stay in a block, each function once. Nothing for none.
pub(super) fn kept(calls: &[String]) -> String {
    let names: BTreeSet<&str> = calls.iter().map(String::as_str).collect();
    let mut text = match names.len() {
        0 => return String::new(),
        1 => "# 1 error occurred upgrading the following block:\n".to_owned(),
        count => format!("# {count} errors occurred upgrading the following block:\n"),
    };
    for name in names {
        text.push_str(&format!(
            "# unhandled \"{name}\" call: it cannot be upgraded automatically. It stays, and the plugin renders it as before.\n\
             # To have it computed by HCL2, write {}.\n",
            instead_of(name)
        ));
    }
    text
}

/// The comment on a block that was left as it was.
pub(super) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Unreadable(why) => {
            format!("# could not parse template for following block: {}\n", go_template::quote(why))
        }
        Failure::Control(word) => format!(
            "# 1 error occurred upgrading the following block:\n\
             # unhandled node type \"{word}\": only calls can be upgraded, so the whole block was left as it was.\n"
        ),
    }
}
