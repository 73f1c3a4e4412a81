//! The plugin directory as Packer lays it out: which binaries are there, which of them are valid, which one is used.

use std::cmp::Ordering;
use std::path::{Path, PathBuf};

use futures::stream::{self, StreamExt};
use go_version::{Constraint, Version};
use tintype_sdk::{Error, PluginSource, Result, World};

use crate::examine::{Examiner, sum_file};
use crate::name::{PREFIX, SUM};
use crate::{Api, BinaryName, Description, Digest, Platform};

/// Files further below the plugin directory are not looked at.
const DEEPEST: usize = 16;

/// How many binaries are looked at together.
const TOGETHER: usize = 4;

/// Where installed plugins are.
pub fn plugin_dir(world: &World) -> PathBuf {
    match world.env("PACKER_PLUGIN_PATH").filter(|path| !path.is_empty()) {
        Some(path) => world.cwd.join(path),
        None => world.config_dir.join("plugins"),
    }
}

/// A plugin directory, and the platform whose binaries count.
#[derive(Clone, Debug)]
pub struct Tree {
    dir: PathBuf,
    platform: Platform,
}

/// Which binaries are asked for. The default: all of them.
#[derive(Clone, Copy, Default, Debug)]
pub struct Query<'a> {
    /// Of this source alone.
    pub source: Option<&'a PluginSource>,
    /// Of the plugin with this name alone, wherever it came from.
    pub name: Option<&'a str>,
    /// With a version that this accepts (its numbers; what follows a `-` does not count).
    pub constraint: Option<&'a Constraint>,
    /// Without versions before a release.
    pub releases_only: bool,
}

/// A valid binary.
#[derive(Clone, Debug)]
pub struct Installation {
    /// Where it is.
    pub path: PathBuf,
    /// Its name's parts.
    pub name: BinaryName,
    /// Its digest.
    pub digest: Digest,
    /// What it says of itself.
    pub description: Description,
}

/// Valid binaries in ascending order, the last one of a plugin is the one to use; and what looked like one and is none.
#[derive(Clone, Default, Debug)]
pub struct Listing {
    /// Valid binaries.
    pub found: Vec<Installation>,
    /// Others, each with the reason, a clause.
    pub skipped: Vec<PassedOver>,
}

/// A file that looks like a plugin and is none, and the reason, a clause.
pub type PassedOver = (PathBuf, String);

/// A binary by its name alone.
type Candidate = (PathBuf, BinaryName);

impl Tree {
    /// The plugin directory of these surroundings.
    pub fn of(world: &World) -> Self {
        Self::new(plugin_dir(world), Platform::current())
    }

    /// This directory, with binaries for this platform.
    pub fn new(dir: PathBuf, platform: Platform) -> Self {
        Self { dir, platform }
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The platform.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The folder of a source's binaries.
    pub fn folder(&self, source: &PluginSource) -> PathBuf {
        source.parts().fold(self.dir.clone(), |path, part| path.join(part))
    }

    /// Whether a path is that of a binary in here, by its name alone.
    pub fn holds(&self, path: &Path) -> bool {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let plain = path.components().all(|part| !matches!(part, std::path::Component::ParentDir));
        plain
            && path.starts_with(&self.dir)
            && path.is_file()
            && name.starts_with(PREFIX)
            && !name.ends_with(SUM)
    }

    /// The names of all plugins, by file names alone: nothing is read or started.
    pub fn plugin_names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            self.candidates(&Query::default()).0.into_iter().map(|(_, name)| name.plugin).collect();
        names.dedup();
        names
    }

    /// All binaries that the query asks for.
    pub async fn list(&self, query: &Query<'_>, examiner: &Examiner) -> Listing {
        let (candidates, mut skipped) = self.candidates(query);
        let looks = candidates.into_iter().map(|candidate| look(candidate, examiner));
        let looks: Vec<_> = stream::iter(looks).buffered(TOGETHER).collect().await;
        let mut found = Vec::new();
        for look in looks {
            match look {
                Ok(installation) => found.push(installation),
                Err(why) => skipped.push(why),
            }
        }
        skipped.iter().for_each(|(path, why)| examiner.passed_over(path, why));
        Listing { found, skipped }
    }

    /// The binary to use of what the query asks for, the highest version; others are looked at only when that is not valid. What was
    /// skipped on the way is told, too.
    pub async fn newest(
        &self,
        query: &Query<'_>,
        examiner: &Examiner,
    ) -> (Option<Installation>, Vec<PassedOver>) {
        let (candidates, mut skipped) = self.candidates(query);
        let mut newest = None;
        for candidate in candidates.into_iter().rev() {
            match look(candidate, examiner).await {
                Ok(installation) => {
                    newest = Some(installation);
                    break;
                }
                Err(why) => skipped.push(why),
            }
        }
        skipped.iter().for_each(|(path, why)| examiner.passed_over(path, why));
        (newest, skipped)
    }

    /// Binaries by their names alone, in ascending order.
    fn candidates(&self, query: &Query<'_>) -> (Vec<Candidate>, Vec<PassedOver>) {
        let start = match query.source {
            Some(source) => self.folder(source).parent().map_or_else(|| self.dir.clone(), Path::to_path_buf),
            None => self.dir.clone(),
        };
        let beginning = match query.source.map(PluginSource::name).or(query.name) {
            Some(name) => format!("{PREFIX}{name}_"),
            None => PREFIX.to_owned(),
        };
        let depth = start.strip_prefix(&self.dir).map_or(0, |below| below.components().count());
        let mut files = Vec::new();
        walk(&start, depth, &beginning, &mut files);
        let ending = format!("_{}{}", self.platform, self.platform.extension());
        let (mut candidates, mut skipped) = (Vec::new(), Vec::new());
        for (path, name) in files {
            if name.ends_with(SUM) || !name.ends_with(&ending) {
                continue;
            }
            match BinaryName::parse(&name, &self.platform) {
                Ok(name) if !fits(&name.version, query) => {}
                Ok(name) if !name.api.is_usable() => {
                    let why = format!("it speaks the interface {}, we speak {}", name.api, Api::OURS);
                    skipped.push((path, why));
                }
                Ok(name) => candidates.push((path, name)),
                Err(why) => skipped.push((path, why.trim_end_matches('.').to_owned())),
            }
        }
        candidates.sort_by(|(path, a), (other, b)| order(a, b).then_with(|| path.cmp(other)));
        (candidates, skipped)
    }
}

/// Removes a binary and its sum file.
///
/// # Errors
/// One of them cannot be removed.
pub fn remove(binary: &Path) -> Result<()> {
    // The sum file first: without it the binary is no plugin any more.
    for path in [sum_file(binary), binary.to_path_buf()] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::from(error).context(path.display()));
            }
            _ => {}
        }
    }
    Ok(())
}

fn order(a: &BinaryName, b: &BinaryName) -> Ordering {
    a.plugin.cmp(&b.plugin).then_with(|| a.version.cmp(&b.version)).then_with(|| a.api.cmp(&b.api))
}

fn fits(version: &Version, query: &Query<'_>) -> bool {
    (!query.releases_only || version.prerelease().is_empty())
        && query.constraint.is_none_or(|constraint| constraint.allows(&version.core()))
}

/// Files below a directory whose names have the beginning. Links to directories are not followed; what cannot be read has no plugins.
fn walk(dir: &Path, depth: usize, beginning: &str, files: &mut Vec<(PathBuf, String)>) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            if depth < DEEPEST {
                walk(&entry.path(), depth + 1, beginning, files);
            }
        } else if depth > 0
            && let Ok(name) = entry.file_name().into_string()
            && name.starts_with(beginning)
        {
            files.push((entry.path(), name));
        }
    }
}

/// Whether a binary is what its name says.
async fn look((path, name): Candidate, examiner: &Examiner) -> Result<Installation, PassedOver> {
    let examined = match examiner.examine(&path).await {
        Ok(examined) => examined,
        Err(error) => return Err((path, error.to_string())),
    };
    let described = &examined.description;
    if described.version != name.version {
        let why = format!("its name says version {}, it says {}", name.version, described.version);
        return Err((path, why));
    }
    if described.api_version != name.api.to_string() {
        let why = format!("its name says interface {}, it says {}", name.api, described.api_version);
        return Err((path, why));
    }
    Ok(Installation { path, name, digest: examined.digest, description: examined.description })
}
