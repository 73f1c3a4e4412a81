//! Helpers for tests of components: a recording machine, a sandbox, event collectors.
