//! How much the other side may ask of us.

/// The longest message, in bytes. Options and texts travel in messages; files have streams of their own.
pub const MAX_VALUE: usize = 64 << 20;

/// How deep values may nest. Every walk over one is recursive.
pub const MAX_DEPTH: usize = 100;

/// Streams that one connection may have open at a time.
pub(crate) const MAX_STREAMS: usize = 1024;

/// Calls that one stream may have under way at a time; further ones wait.
pub(crate) const MAX_CALLS: usize = 256;

/// Values in one value.
pub(crate) const MAX_ITEMS: usize = 1 << 20;
