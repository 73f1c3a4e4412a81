//! Data sources.

pub(crate) mod http;
pub(crate) mod null;
