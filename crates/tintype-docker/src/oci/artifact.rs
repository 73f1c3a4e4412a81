//! What the oci builder makes: an image in the store of this program, and the files and names that it was written to.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use cty::{Type, Value};
use tintype_sdk::{Artifact, ArtifactRecord, BuildVars, Cx, Error, Result};

use crate::artifact::{DATA, ENGINE, IMPORT_ID, TAGS, engine_state, object, recorded};
use crate::driver::Driver;

/// Something on this host's disk that an image was written to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Written {
    /// An archive.
    File(PathBuf),
    /// An archive that holds images of other builds, too.
    Shared(PathBuf),
    /// A layout.
    Layout {
        /// Its directory.
        dir: PathBuf,
        /// Whether the directory was made for it.
        made: bool,
    },
}

/// An image, and where it was written to. Its builder id is that of Docker's images: what works with those works with it.
pub(crate) struct OciArtifact {
    /// The image's id.
    pub id: String,
    /// Its names.
    pub names: Vec<String>,
    /// What it was written to, absolute.
    pub written: Vec<Written>,
    /// The working directory, from which files are named.
    pub cwd: PathBuf,
    /// What it tells later components about the build.
    pub data: BuildVars,
    /// Where the image is.
    pub driver: Arc<dyn Driver>,
}

impl OciArtifact {
    fn shown<'a>(&self, path: &'a Path) -> &'a Path {
        path.strip_prefix(&self.cwd).unwrap_or(path)
    }
}

/// All files in a directory.
fn files_in(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![dir.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => waiting.push(entry.path()),
                Ok(_) => found.push(entry.path()),
                Err(_) => {}
            }
        }
    }
    found.sort();
    found
}

#[async_trait]
impl Artifact for OciArtifact {
    fn builder_id(&self) -> &str {
        IMPORT_ID
    }

    fn id(&self) -> String {
        self.id.clone()
    }

    fn files(&self) -> Vec<PathBuf> {
        let all = self.written.iter().flat_map(|written| match written {
            Written::File(file) | Written::Shared(file) => vec![file.clone()],
            Written::Layout { dir, .. } => files_in(dir),
        });
        all.map(|file| self.shown(&file).to_owned()).collect()
    }

    fn describe(&self) -> String {
        let mut text = format!("Container image: {}", self.id);
        if !self.names.is_empty() {
            text.push_str(" with names ");
            text.push_str(&self.names.join(" "));
        }
        let places = self.written.iter().map(|written| match written {
            Written::File(path) | Written::Shared(path) | Written::Layout { dir: path, .. } => {
                self.shown(path).display().to_string()
            }
        });
        let places: Vec<String> = places.collect();
        if !places.is_empty() {
            text.push_str(" in ");
            text.push_str(&places.join(" "));
        }
        text
    }

    fn state(&self, name: &str) -> Option<Value> {
        match name {
            DATA => Some(object(&self.data)),
            ENGINE => engine_state(&*self.driver),
            TAGS if !self.names.is_empty() => {
                Some(Value::list(Type::String, self.names.iter().map(Value::string).collect()))
            }
            _ => None,
        }
    }

    async fn destroy(&self, _: &Cx) -> Result<()> {
        for written in &self.written {
            let (path, removed) = match written {
                Written::File(file) => (file, std::fs::remove_file(file)),
                Written::Layout { dir, made: true } => (dir, std::fs::remove_dir_all(dir)),
                // Other images are in it; which of its files they need is not ours to guess.
                Written::Layout { made: false, .. } | Written::Shared(_) => continue,
            };
            if let Err(error) = removed
                && error.kind() != std::io::ErrorKind::NotFound
            {
                return Err(Error::from(error).context(path.display()));
            }
        }
        self.driver.remove_image(&self.id).await
    }

    fn record(&self) -> ArtifactRecord {
        recorded(self, &[DATA, TAGS, ENGINE])
    }
}
