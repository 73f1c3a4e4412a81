//! Fixers for the Amazon builders.

use super::Fixer;
use super::template::{Template, rename};
use super::value::Value;

pub(super) const SHUTDOWN_BEHAVIOR: Fixer = Fixer {
    name: "amazon-shutdown_behavior",
    about: "shutdown_behaviour becomes shutdown_behavior",
    apply: shutdown_behavior,
};

pub(super) const ENHANCED_NETWORKING: Fixer = Fixer {
    name: "amazon-enhanced-networking",
    about: "enhanced_networking becomes ena_support",
    apply: enhanced_networking,
};

pub(super) const PRIVATE_IP: Fixer =
    Fixer { name: "amazon-private-ip", about: "ssh_private_ip becomes ssh_interface", apply: private_ip };

pub(super) const SOURCE_CIDR: Fixer = Fixer {
    name: "amazon-temp-sec-cidrs",
    about: "temporary_security_group_source_cidr becomes a list",
    apply: source_cidr,
};

pub(super) const SPOT_PRODUCT: Fixer = Fixer {
    name: "spot-price-auto-product",
    about: "spot_price_auto_product is dropped",
    apply: spot_product,
};

const ALL: &[&str] = &["amazon-*"];

fn shutdown_behavior(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(ALL) {
        rename(builder, "shutdown_behaviour", "shutdown_behavior");
    }
    Ok(())
}

fn enhanced_networking(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(ALL) {
        if let Some(Value::Bool(_)) = builder.get("enhanced_networking") {
            rename(builder, "enhanced_networking", "ena_support");
        }
    }
    Ok(())
}

fn private_ip(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(ALL) {
        if builder.contains_key("ssh_interface") {
            continue;
        }
        let private = match builder.get("ssh_private_ip") {
            None => continue,
            Some(Value::Bool(private)) => *private,
            Some(Value::Text(text)) => match text.as_str() {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
                "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
                other => return Err(format!("ssh_private_ip must be true or false, and is {other:?}.")),
            },
            Some(other) => {
                return Err(format!("ssh_private_ip must be true or false, and is {}.", other.kind()));
            }
        };
        builder.remove("ssh_private_ip");
        let interface = if private { "private_ip" } else { "public_ip" };
        builder.insert("ssh_interface".to_owned(), interface.into());
    }
    Ok(())
}

fn source_cidr(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(ALL) {
        let key = "temporary_security_group_source_cidr";
        if let Some(Value::Text(_)) = builder.get(key)
            && let Some(cidr) = builder.remove(key)
        {
            builder.insert("temporary_security_group_source_cidrs".to_owned(), Value::List(vec![cidr]));
        }
    }
    Ok(())
}

fn spot_product(template: &mut Template) -> Result<(), String> {
    let types = &["amazon-ebs", "amazon-ebssurrogate", "amazon-ebsvolume", "amazon-instance"];
    for builder in template.builders_of(types) {
        builder.remove("spot_price_auto_product");
    }
    Ok(())
}
