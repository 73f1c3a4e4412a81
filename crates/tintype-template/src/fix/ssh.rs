//! Fixers for the settings of SSH, which every builder may have.

use super::Fixer;
use super::template::{Template, rename_unless_present, text};
use super::value::Value;

pub(super) const KEY_PATH: Fixer =
    Fixer { name: "sshkeypath", about: "ssh_key_path becomes ssh_private_key_file", apply: key_path };

pub(super) const DISABLE_AGENT: Fixer = Fixer {
    name: "sshdisableagent",
    about: "ssh_disable_agent becomes ssh_disable_agent_forwarding",
    apply: disable_agent,
};

pub(super) const WAIT_TIMEOUT: Fixer =
    Fixer { name: "ssh-wait-timeout", about: "ssh_wait_timeout becomes ssh_timeout", apply: wait_timeout };

fn key_path(template: &mut Template) -> Result<(), String> {
    for builder in template.builders() {
        if let Some(Value::Text(_)) = builder.get("ssh_key_path") {
            rename_unless_present(builder, "ssh_key_path", "ssh_private_key_file");
        }
    }
    Ok(())
}

fn disable_agent(template: &mut Template) -> Result<(), String> {
    for builder in template.builders() {
        if let Some(Value::Bool(_)) = builder.get("ssh_disable_agent") {
            rename_unless_present(builder, "ssh_disable_agent", "ssh_disable_agent_forwarding");
        }
    }
    Ok(())
}

fn wait_timeout(template: &mut Template) -> Result<(), String> {
    for builder in template.builders() {
        if builder.contains_key("ssh_timeout") || text(builder, "ssh_wait_timeout").is_some() {
            rename_unless_present(builder, "ssh_wait_timeout", "ssh_timeout");
        }
    }
    Ok(())
}
