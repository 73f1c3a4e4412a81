//! A root file system in a directory: what identifies it, and how it becomes a layer.

use std::fs::Metadata;
use std::path::Path;

use oci::{Algorithm, Hasher};

use crate::{Error, NewLayer, Result, Store};

/// What tells a directory from others without reading its files: everything that `stat` says of what is in it.
pub(super) fn identity(dir: &Path) -> Result<String> {
    let mut hasher = Hasher::new(Algorithm::Sha256);
    let root = dir.canonicalize().map_err(Error::io(dir))?;
    hasher.update(format!("{root:?}\n").as_bytes());
    let mut todo = vec![root];
    while let Some(dir) = todo.pop() {
        let items = std::fs::read_dir(&dir).map_err(Error::io(&dir))?;
        let mut items = items.collect::<std::io::Result<Vec<_>>>().map_err(Error::io(&dir))?;
        items.sort_by_key(std::fs::DirEntry::file_name);
        for item in items {
            let (path, meta) = (item.path(), item.metadata().map_err(Error::io(item.path()))?);
            hasher.update(format!("{path:?} {}\n", stat(&meta)).as_bytes());
            if meta.is_dir() {
                todo.push(path);
            }
        }
    }
    Ok(hasher.finish().to_string())
}

/// What the system says of a file that changes when the file does.
#[cfg(unix)]
pub(super) fn stat(meta: &Metadata) -> String {
    use std::os::unix::fs::MetadataExt as _;
    format!(
        "{}:{} {:o} {}:{} {:x} {} {}.{} {}.{}",
        meta.dev(),
        meta.ino(),
        meta.mode(),
        meta.uid(),
        meta.gid(),
        meta.rdev(),
        meta.size(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec()
    )
}

#[cfg(not(unix))]
pub(super) fn stat(meta: &Metadata) -> String {
    format!("{} {:?} {:?}", meta.len(), meta.modified().ok(), meta.file_type())
}

impl Store {
    /// A layer with everything in a directory, but for these names (behind a slash: everything in that directory) and what only stands
    /// for parts of the running system.
    /// Who is not root gives what is theirs to root: in the image there is nobody else it could belong to.
    #[cfg(target_os = "linux")]
    pub(super) async fn layer_of(&self, dir: &Path, but: &'static [&'static [u8]]) -> Result<NewLayer> {
        use oci::layer::{Taking, compare};
        let root = dir.to_owned();
        self.make_layer(None, move |writer| {
            let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
            let ours =
                |uid: u32, gid: u32| (if uid == user { 0 } else { uid }, if gid == group { 0 } else { gid });
            let owners: Option<&dyn Fn(u32, u32) -> (u32, u32)> = if user == 0 { None } else { Some(&ours) };
            let skip = |path: &[u8]| {
                but.iter().chain(LIVE).any(|name| match name.strip_suffix(b"/") {
                    Some(_) => path.starts_with(name),
                    None => path == *name,
                })
            };
            let mut taking = Taking { owners, skip: &skip, note: &mut |_| {} };
            Ok(compare(None, &root, writer, &mut taking)?)
        })
        .await
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) async fn layer_of(&self, dir: &Path, _: &'static [&'static [u8]]) -> Result<NewLayer> {
        let why = "only Linux knows owners and modes as an image has them: pack it there into a tar archive";
        Err(super::named(dir, why))
    }
}

/// Where a running system shows itself; in an image these are empty.
#[cfg(target_os = "linux")]
const LIVE: &[&[u8]] = &[b"proc/", b"sys/"];
