//! Fixers for QEMU.

use super::Fixer;
use super::template::{Template, rename};
use super::value::Value;

pub(super) const DISK_SIZE: Fixer =
    Fixer { name: "qemu-disk-size", about: "a disk_size without a unit gets one", apply: disk_size };

pub(super) const HOST_PORTS: Fixer = Fixer {
    name: "qemu-host-port",
    about: "ssh_host_port_min and ssh_host_port_max lose their ssh_",
    apply: host_ports,
};

fn disk_size(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["qemu"]) {
        if let Some(Value::Number(megabytes)) = builder.get("disk_size") {
            let size = format!("{}M", megabytes.trunc());
            builder.insert("disk_size".to_owned(), size.into());
        }
    }
    Ok(())
}

fn host_ports(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["qemu"]) {
        rename(builder, "ssh_host_port_min", "host_port_min");
        rename(builder, "ssh_host_port_max", "host_port_max");
    }
    Ok(())
}
