//! Fixers for VMware.

use super::Fixer;
use super::template::{Template, set_type, text};
use super::value::Value;

pub(super) const RENAME: Fixer =
    Fixer { name: "vmware-rename", about: "the builder vmware becomes vmware-iso", apply: new_type };

pub(super) const COMPACTION: Fixer = Fixer {
    name: "vmware-compaction",
    about: "disks on a remote hypervisor get a type, and are compacted only if they are thin",
    apply: compaction,
};

fn new_type(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["vmware"]) {
        set_type(builder, "vmware-iso");
    }
    Ok(())
}

fn compaction(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["vmware-iso"]) {
        if text(builder, "remote_type") != Some("esx5") {
            continue;
        }
        let kind = builder.entry("disk_type_id".to_owned()).or_insert_with(|| "zeroedthick".into());
        if kind.as_text().is_some_and(|kind| kind != "thin") {
            builder.insert("skip_compaction".to_owned(), Value::Bool(true));
        }
    }
    Ok(())
}
