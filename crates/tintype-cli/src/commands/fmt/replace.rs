//! A file's contents replaced at once: whoever reads it, or stops us, finds the old text or the new one. Platforms differ in whether
//! there is an owner to keep.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Replaces what is in a file that exists, and keeps who may do what with it. A link stays a link.
///
/// # Errors
/// The file may not be written, or there is no room for it; the old text is still there.
pub(super) fn replace(path: &Path, contents: &[u8]) -> io::Result<()> {
    // A file in a directory of ours could be replaced although it is write-protected: that would be a surprise.
    let about = OpenOptions::new().write(true).open(path)?.metadata()?;
    let target = path.canonicalize()?;
    match beside(&target, &about, contents) {
        // The directory may be closed to us, and a file that is a mount of its own cannot be renamed over.
        Err(error) if matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ResourceBusy) => {
            std::fs::write(&target, contents)
        }
        done => done,
    }
}

/// Writes a file beside the target, then puts it in its place.
fn beside(target: &Path, about: &Metadata, contents: &[u8]) -> io::Result<()> {
    let directory = target.parent().unwrap_or(target);
    // Hidden, so that a formatter of a whole directory passes over it.
    let mut part = tempfile::Builder::new().prefix(".tintype-fmt-").tempfile_in(directory)?;
    part.write_all(contents)?;
    keep_owner(part.as_file(), about)?;
    part.as_file().set_permissions(about.permissions())?;
    part.persist(target).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn keep_owner(part: &File, about: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let ours = part.metadata()?;
    if (ours.uid(), ours.gid()) == (about.uid(), about.gid()) {
        return Ok(());
    }
    fchown(part, Some(about.uid()), Some(about.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}
