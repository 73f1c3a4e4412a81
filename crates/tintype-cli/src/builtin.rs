//! Which components are built in: all there is stands on this page.

use tintype_sdk::Registry;

/// Every built-in component.
pub fn registry() -> Registry {
    let mut registry = Registry::new();
    tintype_parts::register(&mut registry);
    tintype_docker::register(&mut registry);
    registry
}
