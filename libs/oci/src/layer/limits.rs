//! Limits for what a layer may grow to.

use crate::{Error, Result};

/// How large a layer may become when it is unpacked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// So many bytes are always allowed.
    pub free: u64,
    /// So many bytes are allowed for each byte of the compressed layer, above what is always allowed. gzip cannot reach 1,032.
    pub ratio: u64,
    /// No layer may have more bytes than this.
    pub bytes: u64,
    /// No layer may have more entries than this.
    pub entries: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { free: 1 << 30, ratio: 1100, bytes: 1 << 42, entries: 20_000_000 }
    }
}

impl Limits {
    /// For what comes from ourselves.
    pub const NONE: Self = Self { free: u64::MAX, ratio: u64::MAX, bytes: u64::MAX, entries: u64::MAX };

    /// Whether a layer of this compressed size may have so many bytes.
    ///
    /// # Errors
    /// It may not.
    pub fn check(&self, compressed: u64, bytes: u64, entries: u64) -> Result<()> {
        if bytes > self.bytes {
            return Err(Error::Bomb { why: format!("more than {} bytes", self.bytes) });
        }
        if entries > self.entries {
            return Err(Error::Bomb { why: format!("more than {} entries", self.entries) });
        }
        if bytes > self.free.saturating_add(compressed.saturating_mul(self.ratio)) {
            return Err(Error::Bomb {
                why: format!(
                    "{compressed} bytes have become more than {bytes}, which is over {} for each",
                    self.ratio
                ),
            });
        }
        Ok(())
    }
}
