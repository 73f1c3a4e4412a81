//! The directories of a container: its own changes, what overlayfs works in, where it is mounted. They end with the container; those of
//! a program that was killed are found by their lock, which nobody holds any more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::lock::{Lock, Mode};
use crate::store::{Part, make_root};
use crate::{Error, Result, Store, Unpacker};

/// The directories of one container. Dropped, they are removed as far as we may; what belongs to mapped ids needs [`RunDir::remove`].
#[derive(Debug)]
pub struct RunDir {
    /// What the container changes.
    pub upper: PathBuf,
    /// What overlayfs works in; on the same disk, and empty.
    pub work: PathBuf,
    /// An empty directory for the whole tree.
    pub mount: PathBuf,
    dir: PathBuf,
    lock: Option<Lock>,
}

impl RunDir {
    /// All of them, for whatever else a container needs to keep.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Removes them.
    ///
    /// # Errors
    /// They cannot be removed: something is still mounted in them. A later sweep tries again.
    pub async fn remove(mut self, unpacker: &dyn Unpacker) -> Result<()> {
        let removed = remove(&self.dir, unpacker).await;
        if let Some(lock) = self.lock.take()
            && removed.is_ok()
        {
            lock.discard();
        }
        removed
    }
}

impl Drop for RunDir {
    fn drop(&mut self) {
        let Some(lock) = self.lock.take() else { return };
        // What we cannot remove ourselves stays for the sweep.
        if fs::remove_dir_all(&self.dir).is_ok() || !self.dir.exists() {
            lock.discard();
        }
    }
}

impl Store {
    /// Makes the directories of a container. `id` is a file's name that no other container has.
    ///
    /// # Errors
    /// It is no such name, there is one already, or nothing can be written.
    pub fn run_dir(&self, id: &str) -> Result<RunDir> {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if id.is_empty() || id.len() > 128 || id.starts_with('.') || !id.bytes().all(good) {
            return Err(Error::Name { name: id.to_owned(), why: "it is no id of a container" });
        }
        let taken = || Error::Name { name: id.to_owned(), why: "there is a container of that id" };
        // The lock is there before the directory, or a sweep would take it for somebody's who was killed.
        let lock = Lock::now(&self.lock_path(&lock_of(id)), Mode::Alone)?.ok_or_else(taken)?;
        let dir = self.part(Part::Runs).join(id);
        if dir.exists() {
            return Err(taken());
        }
        let run = RunDir {
            upper: dir.join("upper"),
            work: dir.join("work"),
            mount: dir.join("mount"),
            dir,
            lock: Some(lock),
        };
        fs::create_dir(&run.dir).map_err(Error::io(&run.dir))?;
        for path in [&run.upper, &run.work, &run.mount] {
            make_root(path).map_err(Error::io(path))?;
        }
        Ok(run)
    }

    /// Removes the directories of containers whose programs were killed. Gives their ids.
    pub(crate) async fn sweep_runs(&self, unpacker: &dyn Unpacker) -> Result<Vec<String>> {
        let dir = self.part(Part::Runs);
        let mut gone = Vec::new();
        for item in fs::read_dir(&dir).map_err(Error::io(&dir))?.flatten() {
            let Some(id) = item.file_name().to_str().map(str::to_owned) else { continue };
            let Some(lock) = Lock::now(&self.lock_path(&lock_of(&id)), Mode::Alone)? else { continue };
            if remove(&item.path(), unpacker).await.is_ok() {
                lock.discard();
                gone.push(id);
            }
        }
        Ok(gone)
    }
}

fn lock_of(id: &str) -> String {
    format!("run-{id}")
}

/// Removes a directory: ourselves where we may, else through whoever made it.
pub(crate) async fn remove(dir: &Path, unpacker: &dyn Unpacker) -> Result<()> {
    let own = dir.to_owned();
    let tried = crate::store::blocking(move || Ok(fs::remove_dir_all(&own))).await?;
    match tried {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !dir.exists() => Ok(()),
        Err(_) => unpacker.remove(dir).await,
    }
}
