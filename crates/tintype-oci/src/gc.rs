//! Removes from the store what nobody needs: images without a name or use, their layers, trees and blobs, and what programs that were
//! killed have left. What a lease, a container or a person's name needs stays.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use oci::Digest;

use crate::base::Made;
use crate::forms::Formed;
use crate::lock::{Lock, Mode};
use crate::names::{By, file_of};
use crate::store::{Part, STORE_LOCK, blocking};
use crate::together::images_of;
use crate::trees::PARTIAL;
use crate::{Error, Result, Store, Unpacker, runs};

/// What is kept though nothing needs it at the moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keep {
    /// Images that no person has named, and that can be pulled or made again, stay until they have not been used for this long.
    pub unused: Duration,
    /// For how long to wait until nobody adds anything to the store.
    pub patience: Duration,
}

impl Default for Keep {
    fn default() -> Self {
        Self { unused: Duration::from_secs(30 * 24 * 3600), patience: Duration::from_secs(10) }
    }
}

/// What was removed.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Freed {
    /// The images.
    pub images: Vec<Digest>,
    /// How many unpacked layers.
    pub trees: usize,
    /// How many blobs.
    pub blobs: usize,
    /// Directories of containers whose programs were killed.
    pub runs: Vec<String>,
    /// How many bytes the blobs had; what trees and directories had is not counted.
    pub bytes: u64,
}

/// The file whose time says when the store was cleaned.
const CLEANED: &str = "cleaned";

/// How often runs clean the store.
const EACH: Duration = Duration::from_secs(24 * 3600);

/// What has to stay.
#[derive(Default)]
struct Needed {
    blobs: HashSet<Digest>,
    diff_ids: HashSet<Digest>,
}

impl Store {
    /// Removes what programs that were killed have left, and once a day what nobody needs any more ([`Keep::default`]). For every run
    /// to call, beside its work: mostly there is nothing to do. Gives the ids of containers that were removed.
    ///
    /// # Errors
    /// The store cannot be read. What cannot be removed now stays for the next time.
    pub async fn sweep(&self, unpacker: &dyn Unpacker) -> Result<Vec<String>> {
        if !self.is_due()? {
            return self.sweep_runs(unpacker).await;
        }
        match self.gc(Keep { patience: Duration::ZERO, ..Keep::default() }, unpacker).await {
            Ok(freed) => Ok(freed.runs),
            // Another day will do.
            Err(Error::Busy { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Whether it is time to clean, which it is for one alone.
    fn is_due(&self) -> Result<bool> {
        let path = self.lock_path(CLEANED);
        let age =
            fs::metadata(&path).and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
        if age.is_some_and(|age| age < EACH) {
            return Ok(false);
        }
        fs::write(&path, "").map_err(Error::io(&path))?;
        // A new store has nothing to be cleaned of.
        Ok(age.is_some())
    }

    /// Removes what nobody needs.
    ///
    /// # Errors
    /// [`Error::Busy`] when somebody adds something all the time, or the store cannot be read.
    pub async fn gc(&self, keep: Keep, unpacker: &dyn Unpacker) -> Result<Freed> {
        let runs = self.sweep_runs(unpacker).await?;
        let lock = self.alone(keep.patience).await?;
        let store = self.clone();
        let (lock, mut freed, needed) = blocking(move || {
            let mut freed = Freed { runs, ..Freed::default() };
            let needed = store.gc_images(keep.unused, &mut freed)?;
            store.gc_blobs(&needed.blobs, &mut freed)?;
            store.gc_new();
            Ok((lock, freed, needed))
        })
        .await?;
        // Trees have locks of their own; to remove them takes long.
        drop(lock);
        self.gc_trees(&needed.diff_ids, unpacker, &mut freed).await?;
        Ok(freed)
    }

    async fn alone(&self, patience: Duration) -> Result<Lock> {
        let (path, began) = (self.lock_path(STORE_LOCK), Instant::now());
        loop {
            if let Some(lock) = Lock::now(&path, Mode::Alone)? {
                return Ok(lock);
            }
            if began.elapsed() >= patience {
                return Err(Error::Busy { path: self.dir().to_owned() });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Removes images, and tells what the others need.
    fn gc_images(&self, unused: Duration, freed: &mut Freed) -> Result<Needed> {
        let (mut needed, mut stay) = (Needed::default(), HashSet::new());
        let names = self.all_names()?;
        let mut named = HashSet::new();
        for name in names.iter().filter(|name| name.by == By::User) {
            named.insert(name.image.clone());
            let others = name.index.as_ref().filter(|_| name.together);
            named.extend(others.map(|index| images_of(self.blobs(), index)).unwrap_or_default());
        }
        for file in self.list(Part::Images)? {
            let Ok(id) = format!("sha256:{file}").parse::<Digest>() else { continue };
            let by_user = named.contains(&id);
            let image = match self.with_names(&id, &names) {
                Err(Error::Damaged { .. }) => None,
                other => other?,
            };
            let lock = self.image_lock(&id);
            let free = Lock::now(&lock, Mode::Alone)?;
            let is_young = self.unused(Part::Images, &file) < unused;
            match (image, free) {
                // It has lost its blobs, or was spoilt.
                (None, Some(lock)) => {
                    self.unlink(Part::Images, &file)?;
                    lock.discard();
                }
                (None, None) => {}
                (Some(image), Some(lock)) if !by_user && !is_young => {
                    self.unlink(Part::Images, &file)?;
                    lock.discard();
                    freed.images.push(image.id);
                }
                (Some(image), free) => {
                    if let Some(lock) = free {
                        lock.discard();
                    }
                    let manifest = &image.image.manifest;
                    needed.blobs.extend([image.manifest.digest, manifest.config.digest.clone()]);
                    needed.blobs.extend(manifest.layers.iter().map(|layer| layer.digest.clone()));
                    needed.diff_ids.extend(image.image.config.rootfs.diff_ids);
                    stay.insert(image.id);
                }
            }
        }
        let mut kept = HashSet::new();
        for name in names.into_iter().filter(|name| stay.contains(&name.image)) {
            kept.insert(file_of(&name.name));
            needed.blobs.extend(name.index);
        }
        for file in self.list(Part::Names)? {
            if !kept.contains(&file) {
                self.unlink(Part::Names, &file)?;
            }
        }
        for file in self.list(Part::Bases)? {
            let base: Option<Made> = self.read(Part::Bases, &file).unwrap_or_default();
            if !base.is_some_and(|base| stay.contains(&base.image)) {
                self.unlink(Part::Bases, &file)?;
            }
        }
        for file in self.list(Part::Forms)? {
            // Layers in other forms can be made again, but only of layers that are here.
            let known: Vec<Formed> = self.read(Part::Forms, &file).unwrap_or_default().unwrap_or_default();
            let is_needed = format!("sha256:{file}").parse().is_ok_and(|id| needed.diff_ids.contains(&id));
            if is_needed && self.unused(Part::Forms, &file) < unused {
                needed.blobs.extend(known.into_iter().map(|formed| formed.blob.digest));
            } else {
                self.unlink(Part::Forms, &file)?;
            }
        }
        Ok(needed)
    }

    fn gc_blobs(&self, needed: &HashSet<Digest>, freed: &mut Freed) -> Result<()> {
        for algorithm in ["sha256", "sha512"] {
            let Ok(items) = fs::read_dir(self.blobs().root().join(algorithm)) else { continue };
            for item in items.flatten() {
                let name = item.file_name().to_string_lossy().into_owned();
                let Ok(digest) = format!("{algorithm}:{name}").parse::<Digest>() else { continue };
                if needed.contains(&digest) {
                    continue;
                }
                // A layer of a build that has not made its image yet.
                let Some(lock) = Lock::now(&self.layer_lock(&digest), Mode::Alone)? else { continue };
                lock.discard();
                let size = item.metadata().map_or(0, |meta| meta.len());
                self.blobs().remove(&digest)?;
                freed.blobs += 1;
                freed.bytes += size;
            }
        }
        // A part of a blob that was fetched may be continued for some time.
        freed.bytes += self.blobs().sweep(Duration::from_secs(24 * 3600))?;
        Ok(())
    }

    /// What programs that were killed have left half made. Nobody works in the store now.
    fn gc_new(&self) {
        for part in [Part::New, Part::Images, Part::Names, Part::Bases, Part::Forms] {
            for item in fs::read_dir(self.part(part)).into_iter().flatten().flatten() {
                if part == Part::New {
                    let _ = fs::remove_dir_all(item.path());
                } else if item.file_name().to_string_lossy().starts_with(".new-") {
                    let _ = fs::remove_file(item.path());
                }
            }
        }
    }

    async fn gc_trees(
        &self,
        needed: &HashSet<Digest>,
        unpacker: &dyn Unpacker,
        freed: &mut Freed,
    ) -> Result<()> {
        let dir = self.part(Part::Trees);
        for kind in fs::read_dir(&dir).map_err(Error::io(&dir))?.flatten() {
            let Ok(kind_name) = kind.file_name().into_string() else { continue };
            for tree in fs::read_dir(kind.path()).into_iter().flatten().flatten() {
                let name = tree.file_name().to_string_lossy().into_owned();
                let plain = name.strip_prefix(PARTIAL).unwrap_or(&name);
                let Ok(diff_id) = format!("sha256:{plain}").parse::<Digest>() else { continue };
                if plain == name && needed.contains(&diff_id) {
                    continue;
                }
                let Some(lock) = Lock::now(&self.tree_lock(&kind_name, &diff_id), Mode::Alone)? else {
                    continue;
                };
                // An image may have come meanwhile. Its trees are made again when they are needed: nobody holds this one.
                if gone(&tree.path(), unpacker).await {
                    freed.trees += 1;
                }
                lock.discard();
            }
        }
        self.gc_locks();
        Ok(())
    }

    /// Locks of trees and images that are no more.
    fn gc_locks(&self) {
        for item in fs::read_dir(self.part(Part::Locks)).into_iter().flatten().flatten() {
            if item.file_name() != STORE_LOCK
                && item.file_name() != CLEANED
                && let Ok(Some(lock)) = Lock::now(&item.path(), Mode::Alone)
            {
                lock.discard();
            }
        }
    }
}

/// Removes a tree in one step for everybody who looks for it. Whether that could be done.
async fn gone(tree: &Path, unpacker: &dyn Unpacker) -> bool {
    let name = tree.file_name().unwrap_or_default().to_string_lossy();
    let aside = tree.with_file_name(format!("{PARTIAL}{}", name.strip_prefix(PARTIAL).unwrap_or(&name)));
    (tree == aside || fs::rename(tree, &aside).is_ok()) && runs::remove(&aside, unpacker).await.is_ok()
}
