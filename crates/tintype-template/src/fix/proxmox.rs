//! The fixer for Proxmox.

use super::Fixer;
use super::template::{Template, set_type};

pub(super) const TYPE: Fixer =
    Fixer { name: "proxmox-type", about: "the builder proxmox becomes proxmox-iso", apply: new_type };

fn new_type(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["proxmox"]) {
        set_type(builder, "proxmox-iso");
    }
    Ok(())
}
