//! What a plugin says of itself: names of components can be used in templates, and those names lead back to the components.

use tintype_fetch::untrusted::description;
use tintype_sdk::Category;

pub fn check(bytes: &[u8]) {
    let Ok(described) = description(bytes) else { return };
    for category in Category::ALL {
        for name in described.used_names(category, "accessor") {
            assert!(!name.chars().any(|sign| sign.is_control() || sign.is_whitespace()), "{name:?}");
            assert!(described.component(category, "accessor", &name).is_some(), "{name:?} leads nowhere");
        }
    }
}
