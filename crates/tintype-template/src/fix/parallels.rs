//! Fixers for Parallels.

use super::Fixer;
use super::template::{Template, rename};

pub(super) const HEADLESS: Fixer =
    Fixer { name: "parallels-headless", about: "headless is dropped", apply: headless };

pub(super) const DEPRECATIONS: Fixer = Fixer {
    name: "parallels-deprecations",
    about: "parallels_tools_host_path is dropped, guest_os_distribution becomes guest_os_type",
    apply: deprecations,
};

const TYPES: &[&str] = &["parallels-iso", "parallels-pvm"];

fn headless(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(TYPES) {
        builder.remove("headless");
    }
    Ok(())
}

fn deprecations(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(TYPES) {
        builder.remove("parallels_tools_host_path");
        rename(builder, "guest_os_distribution", "guest_os_type");
    }
    Ok(())
}
