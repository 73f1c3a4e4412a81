//! Takes the one binary out of an archive. Other entries are never looked at, so their names cannot lead anywhere.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use tintype_sdk::{Error, Result, while_none_starts};
use zip::ZipArchive;
use zip::result::ZipError;

use crate::os;

/// No plugin is larger.
const LARGEST: u64 = 2 << 30;

/// Writes the entry with this very name to the file and lets it be run. Nothing when there is no such entry.
pub(crate) fn extract(
    archive: &Path,
    entry: &str,
    to: tempfile::NamedTempFile,
) -> Result<Option<tempfile::TempPath>> {
    let bad = |error: ZipError| Error::environment(format!("the archive cannot be read: {error}"));
    let mut archive = ZipArchive::new(File::open(archive)?).map_err(bad)?;
    let mut packed = match archive.by_name(entry) {
        Ok(packed) => packed,
        Err(ZipError::FileNotFound) => return Ok(None),
        Err(error) => return Err(bad(error)),
    };
    if !packed.is_file() {
        return Ok(None);
    }
    let (mut file, path) = to.into_parts();
    // The file is going to be run: nobody may be starting programs while we have it open for writing.
    while_none_starts(|| {
        copy(&mut packed, &mut file)?;
        os::make_executable(&file)?;
        drop(file);
        Ok(Some(path))
    })
}

fn copy(from: &mut impl Read, to: &mut File) -> Result<()> {
    let mut limited = from.take(LARGEST + 1);
    let copied = io::copy(&mut limited, to)
        .map_err(|error| Error::environment(format!("the archive cannot be unpacked: {error}")))?;
    if copied > LARGEST {
        return Err(Error::environment(format!("the plugin in the archive has more than {LARGEST} bytes")));
    }
    to.flush()?;
    Ok(())
}
