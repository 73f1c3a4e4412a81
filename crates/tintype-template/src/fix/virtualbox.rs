//! Fixers for VirtualBox.

use super::Fixer;
use super::template::{Template, rename, rename_unless_present, set_type};
use super::value::Value;

pub(super) const GUEST_ADDITIONS: Fixer = Fixer {
    name: "virtualbox-gaattach",
    about: "guest_additions_attach becomes guest_additions_mode",
    apply: guest_additions,
};

pub(super) const RENAME: Fixer = Fixer {
    name: "virtualbox-rename",
    about: "the builder virtualbox becomes virtualbox-iso, in overrides too",
    apply: new_type,
};

pub(super) const PORTS: Fixer = Fixer {
    name: "comm-config",
    about: "ssh_host_port_min, ssh_host_port_max and ssh_skip_nat_mapping lose their ssh_",
    apply: ports,
};

fn guest_additions(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["virtualbox"]) {
        if let Some(Value::Bool(attach)) = builder.get("guest_additions_attach") {
            let mode = if *attach { "attach" } else { "upload" };
            builder.remove("guest_additions_attach");
            builder.insert("guest_additions_mode".to_owned(), mode.into());
        }
    }
    Ok(())
}

fn new_type(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["virtualbox"]) {
        set_type(builder, "virtualbox-iso");
    }
    for provisioner in template.provisioners() {
        if let Some(Value::Object(overrides)) = provisioner.get_mut("override") {
            rename(overrides, "virtualbox", "virtualbox-iso");
        }
    }
    Ok(())
}

fn ports(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["virtualbox*"]) {
        rename_unless_present(builder, "ssh_host_port_min", "host_port_min");
        rename_unless_present(builder, "ssh_host_port_max", "host_port_max");
        let is_switch = matches!(builder.get("ssh_skip_nat_mapping"), Some(Value::Bool(_)));
        if is_switch || builder.contains_key("skip_nat_mapping") {
            rename_unless_present(builder, "ssh_skip_nat_mapping", "skip_nat_mapping");
        }
    }
    Ok(())
}
