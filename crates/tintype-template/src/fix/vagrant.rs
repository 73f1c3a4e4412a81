//! The fixer for the vagrant post-processor.

use super::Fixer;
use super::template::Template;
use super::value::{Object, Value};

pub(super) const OVERRIDE: Fixer = Fixer {
    name: "pp-vagrant-override",
    about: "settings of vagrant for single providers move into override",
    apply: into_override,
};

fn into_override(template: &mut Template) -> Result<(), String> {
    for post in template.post_processors_of("vagrant") {
        let overrides: Object = ["aws", "digitalocean", "virtualbox", "vmware"]
            .into_iter()
            .filter_map(|provider| Some((provider.to_owned(), post.remove(provider)?)))
            .collect();
        if !overrides.is_empty() {
            // Packer lets an override that is there go; templates that had both were never right.
            post.insert("override".to_owned(), Value::Object(overrides));
        }
    }
    Ok(())
}
