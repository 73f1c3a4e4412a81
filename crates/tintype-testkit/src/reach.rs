//! The same tests of components near and far: called directly, or served and used through a pipe as if they were in a plugin.

use std::sync::Arc;

use tintype_plugin::{Wire, loopback};
use tintype_sdk::{Catalog, Registry, World};

/// How the tests of this process reach components.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// Directly.
    Near,
    /// Through a pipe, in this form.
    Far(Wire),
}

impl Reach {
    /// As the variable `TINTYPE_TEST_REACH` says: `far` (or `protobuf`), `gob`, anything else near. Every test of components goes the same
    /// way, so that all of them can be run each way.
    pub fn of_this_run() -> Self {
        #[expect(clippy::disallowed_methods, reason = "it is about the tests, not about what they test")]
        match std::env::var("TINTYPE_TEST_REACH").as_deref() {
            Ok("far" | "protobuf") => Reach::Far(Wire::Protobuf),
            Ok("gob") => Reach::Far(Wire::Gob),
            _ => Reach::Near,
        }
    }

    /// Whether components are called directly. Tests of what does not go through a pipe (steps, hints, which event a line came in) end
    /// at once when they are not.
    pub fn is_near(self) -> bool {
        self == Reach::Near
    }

    /// These components, reached so.
    pub fn catalog(self, registry: Registry, world: &Arc<World>) -> Arc<dyn Catalog> {
        match self {
            Reach::Near => Arc::new(registry),
            Reach::Far(wire) => loopback(Arc::new(registry), world.clone(), wire),
        }
    }
}
