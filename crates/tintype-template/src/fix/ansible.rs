//! The fixer for the ansible-local provisioner.

use super::Fixer;
use super::template::{Template, rename_unless_present, text};

pub(super) const GALAXY_COMMAND: Fixer =
    Fixer { name: "galaxy-command", about: "galaxycommand becomes galaxy_command", apply: galaxy_command };

fn galaxy_command(template: &mut Template) -> Result<(), String> {
    for provisioner in template.provisioners_of("ansible-local") {
        if provisioner.contains_key("galaxy_command") || text(provisioner, "galaxycommand").is_some() {
            rename_unless_present(provisioner, "galaxycommand", "galaxy_command");
        }
    }
    Ok(())
}
