//! Blobs in a directory, each under its digest. Several programs may use one directory at the same time, and be killed at any time:
//! what stands under a digest is whole.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

use crate::digest::{Algorithm, Hasher};
use crate::{Descriptor, Digest, Error, Result};

/// Manifests, indexes and configurations larger than this are not read into memory.
pub const LARGEST_DOCUMENT: u64 = 4 << 20;

const BUFFER: usize = 128 << 10;

/// Where parts of blobs wait for the rest.
const PARTIAL: &str = "partial";

/// How names of files begin that are being written.
const NEW: &str = ".new-";

/// A directory of blobs: `sha256/…`, as in an OCI layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blobs {
    root: PathBuf,
}

impl Blobs {
    /// The blobs in a directory, which need not exist yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where the blob is, or would be.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.root.join(digest.algorithm().name()).join(digest.hex())
    }

    /// Whether the blob is here, whole.
    pub fn has(&self, blob: &Descriptor) -> bool {
        fs::metadata(self.path(&blob.digest)).is_ok_and(|found| found.is_file() && found.len() == blob.size)
    }

    /// Opens a blob. Its bytes have been checked when they came; whoever wants to be sure hashes them again.
    ///
    /// # Errors
    /// It is not here, or cannot be opened.
    pub fn open(&self, digest: &Digest) -> Result<File> {
        let path = self.path(digest);
        File::open(&path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Error::NotFound { what: format!("the blob {digest}") },
            _ => Error::Io { path, source: error },
        })
    }

    /// Reads a document: a manifest, an index or a configuration. Its digest is checked.
    ///
    /// # Errors
    /// It is not here, is larger than [`LARGEST_DOCUMENT`], or is not what its descriptor promises.
    pub fn document(&self, blob: &Descriptor) -> Result<Vec<u8>> {
        let what = format!("the blob {}", blob.digest);
        let mut bytes = Vec::new();
        let file = self.open(&blob.digest)?;
        file.take(LARGEST_DOCUMENT + 1)
            .read_to_end(&mut bytes)
            .map_err(Error::io(self.path(&blob.digest)))?;
        check(&bytes, blob, &what)?;
        Ok(bytes)
    }

    /// Keeps some bytes.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn put(&self, media_type: &str, bytes: &[u8]) -> Result<Descriptor> {
        let blob = Descriptor::of(media_type, bytes);
        // A disk that lost power may hold something else under the name, and a document is quickly read.
        let sound = self.has(&blob) && (blob.size > LARGEST_DOCUMENT || self.document(&blob).is_ok());
        if !sound {
            self.remove(&blob.digest)?;
            let mut writer = self.writer()?;
            writer.write_all(bytes).map_err(Error::io(&self.root))?;
            writer.keep(media_type)?;
        }
        Ok(blob)
    }

    /// Keeps what a reader gives, which must be what the descriptor promises.
    ///
    /// # Errors
    /// It is something else, or cannot be read or written.
    pub fn put_from(&self, blob: &Descriptor, from: &mut dyn Read) -> Result<()> {
        let what = format!("the blob {}", blob.digest);
        let mut writer = BlobWriter::new(&self.root, blob.digest.algorithm())?;
        let mut buffer = vec![0; BUFFER];
        loop {
            let count = from.read(&mut buffer).map_err(Error::stream(&what))?;
            if count == 0 {
                break;
            }
            if writer.size + count as u64 > blob.size {
                return Err(Error::Length { what, expected: blob.size, found: writer.size + count as u64 });
            }
            writer.write_all(buffer.get(..count).unwrap_or_default()).map_err(Error::io(&self.root))?;
        }
        if writer.size != blob.size {
            return Err(Error::Length { what, expected: blob.size, found: writer.size });
        }
        let (file, digest, _) = writer.finish();
        if digest != blob.digest {
            return Err(Error::Mismatch { what, expected: blob.digest.clone(), found: digest });
        }
        self.keep(file, &digest)
    }

    /// Removes a blob: one that turned out to be damaged, or that nobody wants any more.
    ///
    /// # Errors
    /// It is there, and cannot be removed.
    pub fn remove(&self, digest: &Digest) -> Result<()> {
        let path = self.path(digest);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::Io { path, source: error }),
            _ => Ok(()),
        }
    }

    /// Removes what programs that were killed have left: parts of blobs, if nobody is fetching them, and files that were being written;
    /// both only when they have not changed for this long. Gives the number of bytes.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn sweep(&self, unchanged: Duration) -> Result<u64> {
        let mut freed = 0;
        let partial = self.root.join(PARTIAL);
        for folder in [&self.root, &partial] {
            let items = match fs::read_dir(folder) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                other => other.map_err(Error::io(folder))?,
            };
            for item in items.flatten() {
                let (path, is_new) = (item.path(), item.file_name().to_string_lossy().starts_with(NEW));
                let Ok(meta) = item.metadata() else { continue };
                let age = meta.modified().ok().and_then(|time| time.elapsed().ok());
                if !meta.is_file()
                    || age.is_none_or(|age| age < unchanged)
                    || (*folder == self.root && !is_new)
                {
                    continue;
                }
                // Whoever fetches a part holds its lock.
                let Ok(file) = File::options().write(true).open(&path) else { continue };
                if file.try_lock().is_ok() && fs::remove_file(&path).is_ok() {
                    freed += meta.len();
                }
            }
        }
        Ok(freed)
    }

    /// Reads a whole blob, to see whether it is what its descriptor promises. Changes nothing.
    ///
    /// # Errors
    /// It is not, or cannot be read.
    pub fn verify(&self, blob: &Descriptor) -> Result<()> {
        let (mut file, mut hasher, mut size) =
            (self.open(&blob.digest)?, Hasher::new(blob.digest.algorithm()), 0);
        let mut buffer = vec![0; BUFFER];
        loop {
            let count = file.read(&mut buffer).map_err(Error::io(self.path(&blob.digest)))?;
            if count == 0 {
                break;
            }
            hasher.update(buffer.get(..count).unwrap_or_default());
            size += count as u64;
        }
        let (what, found) = (format!("the blob {}", blob.digest), hasher.finish());
        if size != blob.size {
            return Err(Error::Length { what, expected: blob.size, found: size });
        }
        if found != blob.digest {
            return Err(Error::Mismatch { what, expected: blob.digest.clone(), found });
        }
        Ok(())
    }

    /// Takes a blob over from another directory: as a second name of the same file where that can be, else as a copy.
    ///
    /// # Errors
    /// It is not there, or cannot be written.
    pub fn adopt(&self, from: &Self, blob: &Descriptor) -> Result<()> {
        let (source, target) = (from.path(&blob.digest), self.path(&blob.digest));
        if source == target || self.has(blob) {
            return Ok(());
        }
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        match fs::hard_link(&source, &target) {
            Ok(()) => Ok(()),
            // What stands there is damaged, or another program was faster; or the two are on different disks.
            Err(_) => self.put_from(blob, &mut from.open(&blob.digest)?),
        }
    }

    /// Starts a blob whose digest is not known yet.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn writer(&self) -> Result<BlobWriter> {
        BlobWriter::new(&self.root, Algorithm::Sha256)
    }

    fn keep(&self, file: NamedTempFile, digest: &Digest) -> Result<()> {
        let path = self.path(digest);
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        readable(file.as_file()).map_err(Error::io(&path))?;
        file.persist(&path).map(drop).map_err(|error| Error::Io { path, source: error.error })
    }

    /// The file into which a blob is fetched, and which outlives whoever fetched a part of it. Waits while another program fetches
    /// the same. Blocks.
    pub(crate) fn partial(&self, digest: &Digest) -> Result<Partial> {
        let folder = self.root.join(PARTIAL);
        let path = folder.join(format!("{}-{}", digest.algorithm().name(), digest.hex()));
        loop {
            fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
            let opened = File::options().read(true).write(true).create(true).truncate(false).open(&path);
            let file = opened.map_err(Error::io(&path))?;
            file.lock().map_err(Error::io(&path))?;
            // Whoever held the lock has moved the file away, or removed it: then this lock guards nothing.
            if same_file(&file, &path) {
                return Ok(Partial { file, path });
            }
        }
    }

    /// Keeps a partial file that has become whole.
    pub(crate) fn complete(&self, partial: Partial, digest: &Digest) -> Result<()> {
        let target = self.path(digest);
        let folder = target.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(Error::io(folder))?;
        fs::rename(&partial.path, &target).map_err(Error::io(&target))
    }
}

/// Checks bytes against what a descriptor promises.
pub(crate) fn check(bytes: &[u8], blob: &Descriptor, what: &str) -> Result<()> {
    if blob.size > LARGEST_DOCUMENT {
        return Err(Error::TooLarge { what: what.to_owned(), limit: LARGEST_DOCUMENT });
    }
    if bytes.len() as u64 != blob.size {
        let (expected, found) = (blob.size, bytes.len() as u64);
        return Err(Error::Length { what: what.to_owned(), expected, found });
    }
    let mut hasher = Hasher::new(blob.digest.algorithm());
    hasher.update(bytes);
    let found = hasher.finish();
    if found != blob.digest {
        return Err(Error::Mismatch { what: what.to_owned(), expected: blob.digest.clone(), found });
    }
    Ok(())
}

/// A file that a blob is being fetched into, locked.
pub(crate) struct Partial {
    pub(crate) file: File,
    path: PathBuf,
}

impl Partial {
    /// Hashes what has been fetched before, and stands behind it.
    pub(crate) fn rehash(&mut self, digest: &Digest) -> Result<(Hasher, u64)> {
        let mut hasher = Hasher::new(digest.algorithm());
        let mut buffer = vec![0; BUFFER];
        let mut size = 0;
        self.file.seek(SeekFrom::Start(0)).map_err(Error::io(&self.path))?;
        loop {
            let count = self.file.read(&mut buffer).map_err(Error::io(&self.path))?;
            if count == 0 {
                return Ok((hasher, size));
            }
            hasher.update(buffer.get(..count).unwrap_or_default());
            size += count as u64;
        }
    }

    /// Forgets what has been fetched before.
    pub(crate) fn empty(&mut self) -> Result<()> {
        self.file.set_len(0).map_err(Error::io(&self.path))?;
        self.file.seek(SeekFrom::Start(0)).map(drop).map_err(Error::io(&self.path))
    }

    /// Removes it: the blob has come by another way.
    pub(crate) fn discard(self) {
        // What stays is found by the next sweep.
        let _ = fs::remove_file(&self.path);
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// A blob that is being written. Dropped before it is kept, it leaves nothing.
pub struct BlobWriter {
    root: PathBuf,
    file: NamedTempFile,
    hasher: Hasher,
    size: u64,
}

impl BlobWriter {
    fn new(root: &Path, algorithm: Algorithm) -> Result<Self> {
        fs::create_dir_all(root).map_err(Error::io(root))?;
        let file = tempfile::Builder::new().prefix(NEW).tempfile_in(root).map_err(Error::io(root))?;
        Ok(Self { root: root.to_owned(), file, hasher: Hasher::new(algorithm), size: 0 })
    }

    fn finish(self) -> (NamedTempFile, Digest, u64) {
        (self.file, self.hasher.finish(), self.size)
    }

    /// Puts the blob under its digest.
    ///
    /// # Errors
    /// It cannot be put there.
    pub fn keep(self, media_type: &str) -> Result<Descriptor> {
        let blobs = Blobs::at(self.root.clone());
        let (file, digest, size) = self.finish();
        let blob = Descriptor::new(media_type, digest, size);
        if !blobs.has(&blob) {
            blobs.keep(file, &blob.digest)?;
        }
        Ok(blob)
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Temporary files are for their owner only, blobs are for everybody who may look into the directory.
#[cfg(unix)]
pub(crate) fn readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(crate) fn readable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn same_file(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (file.metadata(), fs::metadata(path)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// Elsewhere an open file cannot be moved away.
#[cfg(not(unix))]
fn same_file(_: &File, path: &Path) -> bool {
    path.exists()
}
