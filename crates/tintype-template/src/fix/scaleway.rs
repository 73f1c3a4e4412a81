//! The fixer for Scaleway.

use super::Fixer;
use super::template::{Template, rename_unless_present};
use super::value::Value;

pub(super) const ACCESS_KEY: Fixer =
    Fixer { name: "scaleway-access-key", about: "access_key becomes organization_id", apply: access_key };

fn access_key(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["scaleway"]) {
        if let Some(Value::Text(_)) = builder.get("access_key") {
            rename_unless_present(builder, "access_key", "organization_id");
        }
    }
    Ok(())
}
