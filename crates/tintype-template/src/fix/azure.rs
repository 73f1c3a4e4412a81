//! The fixer for the builder azure-chroot.

use super::Fixer;
use super::template::{Template, rename};
use super::value::Value;

pub(super) const EXCLUDE_FROM_LATEST: Fixer = Fixer {
    name: "azure-exclude_from_latest",
    about: "exlude_from_latest becomes exclude_from_latest",
    apply: exclude_from_latest,
};

fn exclude_from_latest(template: &mut Template) -> Result<(), String> {
    for builder in template.builders_of(&["azure-chroot*"]) {
        if let Some(Value::Object(destination)) = builder.get_mut("shared_image_destination") {
            rename(destination, "exlude_from_latest", "exclude_from_latest");
        }
    }
    Ok(())
}
