//! The store's directory: what lies where in it, and how files in it are written so that whoever reads them finds all or nothing.
//!
//! ```text
//! blobs/sha256/…      layers, configurations, manifests, by digest (oci::Blobs)
//! images/ID.json      an image: which manifest it has. Its time is when the image was last used
//! names/HASH.json     a name and the image it stands for
//! bases/HASH.json     what an image was made from, other than a registry's
//! forms/DIFF.json     under which other digests a layer is known: compressed for a registry
//! trees/KIND/DIFF/    a layer, unpacked for overlayfs
//! runs/ID/            the directories of a container
//! locks/…             who makes or uses one of them; `store`: who is adding something, or removing
//! new/                what is being written
//! ```

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::lock::{Lock, Mode};
use crate::{Error, Result};

/// Images in a directory, which many programs may use at the same time, and which stands whatever kills them. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    blobs: oci::Blobs,
}

/// What a directory of the store holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    Images,
    Names,
    Bases,
    Forms,
    Trees,
    Runs,
    Locks,
    New,
}

impl Part {
    const ALL: [Self; 8] = [
        Self::Images,
        Self::Names,
        Self::Bases,
        Self::Forms,
        Self::Trees,
        Self::Runs,
        Self::Locks,
        Self::New,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Images => "images",
            Self::Names => "names",
            Self::Bases => "bases",
            Self::Forms => "forms",
            Self::Trees => "trees",
            Self::Runs => "runs",
            Self::Locks => "locks",
            Self::New => "new",
        }
    }
}

impl Store {
    /// Opens a store, and makes it where there is none. The directory is for its owner only.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(dir: &Path) -> Result<Self> {
        make_private(dir).map_err(Error::io(dir))?;
        // A path that does not depend on where we stand: machines get it too.
        let dir = dir.canonicalize().map_err(Error::io(dir))?;
        let store = Self { inner: Arc::new(Inner { blobs: oci::Blobs::at(dir.join("blobs")), dir }) };
        for part in Part::ALL {
            let path = store.part(part);
            if !path.is_dir() {
                fs::create_dir_all(&path).map_err(Error::io(&path))?;
            }
        }
        Ok(store)
    }

    /// Its directory.
    pub fn dir(&self) -> &Path {
        &self.inner.dir
    }

    /// Its blobs.
    pub fn blobs(&self) -> &oci::Blobs {
        &self.inner.blobs
    }

    pub(crate) fn part(&self, part: Part) -> PathBuf {
        self.inner.dir.join(part.name())
    }

    /// The file of a document of the store.
    pub(crate) fn file(&self, part: Part, name: &str) -> PathBuf {
        self.part(part).join(format!("{name}.json"))
    }

    /// The names of all documents of a kind.
    pub(crate) fn list(&self, part: Part) -> Result<Vec<String>> {
        let dir = self.part(part);
        let mut names = Vec::new();
        for item in fs::read_dir(&dir).map_err(Error::io(&dir))? {
            let name = item.map_err(Error::io(&dir))?.file_name();
            if let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".json"))
                && !name.starts_with('.')
            {
                names.push(name.to_owned());
            }
        }
        names.sort();
        Ok(names)
    }

    /// Reads a document. Nothing when there is none.
    pub(crate) fn read<T: DeserializeOwned>(&self, part: Part, name: &str) -> Result<Option<T>> {
        let path = self.file(part, name);
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(Error::io(&path))?,
        };
        let mut bytes = Vec::new();
        file.take(oci::LARGEST_DOCUMENT).read_to_end(&mut bytes).map_err(Error::io(&path))?;
        match serde_json::from_slice(&bytes) {
            Ok(document) => Ok(Some(document)),
            Err(error) => Err(Error::Damaged { path, why: error.to_string() }),
        }
    }

    /// Writes a document beside its place and moves it there.
    pub(crate) fn write(&self, part: Part, name: &str, document: &impl Serialize) -> Result<()> {
        let path = self.file(part, name);
        let bytes = serde_json::to_vec(document)
            .map_err(|error| Error::Damaged { path: path.clone(), why: error.to_string() })?;
        let mut file = tempfile::Builder::new()
            .prefix(".new-")
            .tempfile_in(self.part(part))
            .map_err(Error::io(&path))?;
        file.write_all(&bytes).map_err(Error::io(&path))?;
        file.persist(&path).map(drop).map_err(|error| Error::io(&path)(error.error))
    }

    /// Removes a document. Whether there was one.
    pub(crate) fn unlink(&self, part: Part, name: &str) -> Result<bool> {
        let path = self.file(part, name);
        match fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::io(&path)(error)),
        }
    }

    /// Remembers that a document was used now.
    pub(crate) fn touch(&self, part: Part, name: &str) {
        // Only what has to go first depends on it.
        let _ = File::options()
            .write(true)
            .open(self.file(part, name))
            .and_then(|file| file.set_modified(SystemTime::now()));
    }

    /// For how long a document has not been used.
    pub(crate) fn unused(&self, part: Part, name: &str) -> Duration {
        let time = fs::metadata(self.file(part, name)).and_then(|meta| meta.modified());
        time.ok().and_then(|time| time.elapsed().ok()).unwrap_or_default()
    }

    pub(crate) fn lock_path(&self, name: &str) -> PathBuf {
        self.part(Part::Locks).join(name)
    }

    /// Held while something is being added: until an image refers to it, nobody may take it for rubbish.
    pub(crate) async fn adding(&self) -> Result<Lock> {
        Lock::wait(&self.lock_path(STORE_LOCK), Mode::Shared).await
    }

    /// As [`Store::adding`], for those who cannot wait elsewhere.
    pub(crate) fn adding_now(&self) -> Result<Lock> {
        Lock::block(&self.lock_path(STORE_LOCK), Mode::Shared)
    }

    /// A directory for something that is being made. What somebody who was killed left there is removed when nobody works in the store.
    pub(crate) fn new_dir(&self) -> Result<tempfile::TempDir> {
        let dir = self.part(Part::New);
        tempfile::tempdir_in(&dir).map_err(Error::io(&dir))
    }
}

/// The lock of the store as a whole.
pub(crate) const STORE_LOCK: &str = "store";

/// Does something that keeps a thread busy.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(tintype_sdk::Error::bug(error.to_string()).into()),
    }
}

/// Makes a directory that becomes the root of a machine: everybody in there must be able to enter it, whatever we were told to take
/// from new files.
#[cfg(unix)]
pub(crate) fn make_root(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::create_dir(dir)?;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
pub(crate) fn make_root(dir: &Path) -> io::Result<()> {
    fs::create_dir(dir)
}

#[cfg(unix)]
fn make_private(dir: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Elsewhere a user's cache is the user's already.
#[cfg(not(unix))]
fn make_private(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)
}
