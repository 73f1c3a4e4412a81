//! Names as they stand in layers: bytes, parts divided by slashes, two of them marks. What a name leads to is said by those who follow it.

/// Before the name of what a layer removes.
pub const WHITEOUT: &[u8] = b".wh.";

/// In a directory that hides what lower layers have in it.
pub const OPAQUE: &[u8] = b".wh..wh..opq";

/// The parts of a name, without empty ones and `.`.
pub fn parts(path: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    path.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".")
}

/// A name in a directory of this name.
pub fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    if directory.is_empty() { name.to_vec() } else { [directory, b"/", name].concat() }
}
