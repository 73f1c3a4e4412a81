//! Directories whose content is no part of an image: what is put there stays in the container, as Docker has it with volumes. Nothing is
//! mounted for that: they are the container's own, and left out where its changes become a layer. That links lead to one is not seen.

use oci::layer::paths::{join, parts};
use oci::tarball::{Entry, Kind as Tar, TarWriter};
use serde::{Deserialize, Serialize};

use super::Container;
use crate::Result;

/// The volumes of a container, by their names without a slash at the beginning.
#[derive(Clone, Default, Debug, Serialize, Deserialize)]
pub(super) struct Volumes {
    /// Directories of the image: nothing of them is taken.
    there: Vec<Vec<u8>>,
    /// Those that were made when the container was: they are taken without what is in them.
    made: Vec<Vec<u8>>,
}

impl Volumes {
    /// Whether something is left out, by its name, at the end of which that of a directory may have a slash.
    pub(super) fn hide(&self, path: &[u8]) -> bool {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let below = |volume: &Vec<u8>| {
            path.strip_prefix(volume.as_slice()).is_some_and(|rest| rest.starts_with(b"/"))
        };
        self.there.iter().any(|volume| path == volume.as_slice())
            || self.there.iter().chain(&self.made).any(below)
    }
}

impl Container {
    /// Makes the volumes that are not there.
    pub(super) async fn make_volumes(&mut self) -> Result<()> {
        for volume in &self.wish.volumes {
            let name = parts(volume.as_bytes()).collect::<Vec<_>>().join(&b'/');
            if name.is_empty() || parts(&name).any(|part| part == b"..") {
                continue;
            }
            let mut tar = TarWriter::new(Vec::new());
            let (mut folder, mut missing) = (Vec::new(), false);
            for part in parts(&name) {
                folder = join(&folder, part);
                let path = format!("/{}", String::from_utf8_lossy(&folder));
                if missing || self.kind_of(&path).await?.is_none() {
                    missing = true;
                    tar.append(&Entry::new(folder.clone(), Tar::Directory, 0o755), &mut std::io::empty())?;
                }
            }
            if missing {
                self.put("/", tar.finish()?.as_slice()).await?;
                self.volumes.made.push(name);
            } else {
                self.volumes.there.push(name);
            }
        }
        Ok(())
    }
}
