//! The variable by which a plugin knows that a host started it, and not a person.

use tintype_sdk::World;

/// Its name and its value: the same for all plugins and hosts.
pub(crate) const COOKIE: (&str, &str) =
    ("PACKER_PLUGIN_MAGIC_COOKIE", "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2");

/// Whether this process is a plugin, or was started by one.
pub fn inside_a_plugin(world: &World) -> bool {
    world.env(COOKIE.0) == Some(COOKIE.1)
}
