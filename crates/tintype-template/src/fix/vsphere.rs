//! The fixer for vsphere-iso, whose machines may have several disks and network cards now.

use super::Fixer;
use super::template::Template;
use super::value::{Object, Value};

pub(super) const NETWORK_AND_DISK: Fixer = Fixer {
    name: "vsphere-iso-net-disk",
    about: "settings of the one network card and disk become the first of network_adapters and storage",
    apply: network_and_disk,
};

/// Old and new keys; of two that mean the same, the later counts.
const NETWORK: &[(&str, &str)] =
    &[("network", "network"), ("networkCard", "network_card"), ("network_card", "network_card")];

const DISK: &[(&str, &str)] = &[
    ("disk_size", "disk_size"),
    ("disk_thin_provisioned", "disk_thin_provisioned"),
    ("disk_eagerly_scrub", "disk_eagerly_scrub"),
];

fn network_and_disk(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["vsphere-iso"]) {
        move_into(builder, NETWORK, "network_adapters")?;
        move_into(builder, DISK, "storage")?;
    }
    Ok(())
}

fn move_into(builder: &mut Object, keys: &[(&str, &str)], list: &str) -> Result<(), String> {
    let first: Object =
        keys.iter().filter_map(|(old, new)| Some(((*new).to_owned(), builder.remove(*old)?))).collect();
    if first.is_empty() {
        return Ok(());
    }
    match builder.entry(list.to_owned()).or_insert_with(|| Value::List(Vec::new())) {
        Value::List(items) => items.insert(0, Value::Object(first)),
        null @ Value::Null => *null = Value::List(vec![Value::Object(first)]),
        other => return Err(format!("{list} must be a list, and is {}.", other.kind())),
    }
    Ok(())
}
