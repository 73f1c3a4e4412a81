//! Files to work on: made the same way each time, from what every machine has.

use crate::files;
use std::io::{BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// Bytes that do not compress, from a small generator: reading them costs what reading any file costs.
pub(super) fn noise(path: &Path, bytes: u64) -> Result<(), String> {
    let failed = |error| files::at(path, error);
    let mut file = BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for _ in 0..bytes / 8 {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        file.write_all(&state.to_le_bytes()).map_err(failed)?;
    }
    file.flush().map_err(failed)
}

/// Bytes as an image holds them: the system's own programs and libraries, one after the other.
pub(super) fn system(path: &Path, bytes: u64) -> Result<(), String> {
    let failed = |error| files::at(path, error);
    let mut file = BufWriter::new(std::fs::File::create(path).map_err(failed)?);
    let mut left = bytes;
    for folder in ["/usr/bin", "/usr/lib", "/usr/share"].map(PathBuf::from) {
        for name in files::below(&folder)? {
            if left == 0 {
                return file.flush().map_err(failed);
            }
            // What this user may not read is left out.
            if let Ok(source) = std::fs::File::open(folder.join(name)) {
                left -= std::io::copy(&mut source.take(left), &mut file).unwrap_or(0);
            }
        }
    }
    Err(format!("the system has less than {bytes} bytes of programs and libraries"))
}
