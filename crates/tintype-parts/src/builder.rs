//! Builders that need no platform.

pub(crate) mod file;
pub(crate) mod null;
