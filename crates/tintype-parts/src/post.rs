//! Post-processors.

pub(crate) mod artifice;
pub(crate) mod checksum;
pub(crate) mod compress;
pub(crate) mod manifest;
