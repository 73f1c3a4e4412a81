//! Brings a plugin from a place into the tree: the highest version that will do, checked before it is there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use go_version::{Constraint, Version};
use tintype_sdk::{Context, Cx, Error, PluginSource, Result};

use crate::download::download;
use crate::examine::{read_sum, sum_file};
use crate::guard::Guard;
use crate::http::Http;
use crate::remote::{Archive, Remote};
use crate::tree::Tree;
use crate::{BinaryName, Digest, Locked, Platform, archive, describe};

/// Installs plugins.
pub struct Installer {
    /// Where to.
    pub tree: Tree,
    /// Where from, in the order in which they are asked.
    pub remotes: Vec<Arc<dyn Remote>>,
    /// How.
    pub http: Arc<Http>,
    /// In which context.
    pub cx: Cx,
}

/// What to install.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Which plugin.
    pub source: &'a PluginSource,
    /// Which versions will do.
    pub constraint: &'a Constraint,
    /// Whether to install again what is there.
    pub force: bool,
    /// What the lock file says about this version.
    pub locked: Option<&'a Locked>,
}

impl Order<'_> {
    /// Whether an archive is the one that was locked; where nothing was, every one is.
    pub(crate) fn check_lock(&self, archive: &Archive) -> Result<()> {
        match self.locked.and_then(|locked| locked.archives.get(&archive.platform)) {
            Some(locked) if *locked != archive.digest => Err(Error::environment(format!(
                "the checksum of {} is {}, the lock file says {locked}",
                archive.file, archive.digest
            ))),
            _ => Ok(()),
        }
    }

    /// What the binary of this version in an archive is called when it is installed.
    pub(crate) fn binary(&self, version: &Version, archive: &Archive) -> BinaryName {
        BinaryName {
            plugin: self.source.name().to_owned(),
            version: version.clone(),
            api: archive.api,
            platform: archive.platform.clone(),
        }
    }
}

/// What was installed.
#[derive(Clone, Debug)]
pub struct Installed {
    /// Where it is.
    pub path: PathBuf,
    /// Its version.
    pub version: Version,
    /// Its digest.
    pub binary: Digest,
    /// The digests of this version's archives for all platforms.
    pub archives: BTreeMap<Platform, Digest>,
    /// Whether it was there already.
    pub was_there: bool,
}

/// How a try with one version ended.
enum Tried {
    Done(Installed),
    /// It will not do: the reason. A lower one may.
    Not(String),
}

impl Installer {
    /// Installs the highest version that will do.
    ///
    /// # Errors
    /// No place has one, or what it has is not what it should be. Has the reasons of all places in lines.
    pub async fn install(&self, order: Order<'_>) -> Result<Installed> {
        let mut reasons = Vec::new();
        let mut hints = Vec::new();
        for remote in &self.remotes {
            let listed = self.cx.wait(remote.versions(order.source)).await?;
            let mut versions = match listed {
                Ok(versions) => versions,
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => {
                    hints.extend(error.hints().to_vec());
                    reasons.push(error.to_string());
                    if remote.is_optional() {
                        continue;
                    }
                    break;
                }
            };
            versions.retain(|version| order.constraint.allows(version));
            versions.sort_by(|a, b| b.cmp(a));
            versions.dedup();
            if versions.is_empty() {
                reasons.push(format!("{}: no version meets \"{}\"", remote.title(), order.constraint));
            }
            for version in versions {
                match self.try_version(&**remote, &version, order).await {
                    Ok(Tried::Done(installed)) => return Ok(installed),
                    Ok(Tried::Not(why)) => reasons.push(format!("v{version}: {why}")),
                    Err(error) => return Err(error.context(format!("v{version}"))),
                }
            }
            // A place that knows the plugin is the one to ask; another one is asked only in its stead.
            break;
        }
        let error = Error::environment(reasons.join("\n"));
        Err(hints.into_iter().fold(error, |error, hint| error.hint(hint)))
    }

    /// The digests of a version's archives for all platforms, if a place tells them now.
    pub async fn archives(&self, source: &PluginSource, version: &Version) -> BTreeMap<Platform, Digest> {
        for remote in &self.remotes {
            let archives = self.cx.wait(remote.archives(source, version)).await;
            let archives = archives.and_then(|archives| archives).unwrap_or_default();
            if !archives.is_empty() {
                return archives.into_iter().map(|archive| (archive.platform, archive.digest)).collect();
            }
        }
        BTreeMap::new()
    }

    async fn try_version(&self, remote: &dyn Remote, version: &Version, order: Order<'_>) -> Result<Tried> {
        let passes_over = remote.passes_over();
        let archives = match self.cx.wait(remote.archives(order.source, version)).await? {
            Ok(archives) => archives,
            Err(error) if passes_over && !error.is_cancelled() => return Ok(Tried::Not(error.to_string())),
            Err(error) => return Err(error),
        };
        let platform = self.tree.platform();
        let fits = |archive: &&Archive| archive.version == *version && archive.platform == *platform;
        let Some(packed) = archives.iter().filter(fits).find(|archive| archive.api.is_usable()) else {
            return Ok(Tried::Not(match archives.iter().find(fits) {
                Some(other) => format!("it speaks the interface {}, which we do not", other.api),
                None => format!("there is none for {platform}"),
            }));
        };
        if !version.prerelease().is_empty() {
            return Err(Error::user("a version before a release is not installed from elsewhere"));
        }
        order.check_lock(packed)?;
        let name = order.binary(version, packed);
        let target = self.tree.folder(order.source).join(name.to_string());
        let all = archives.iter().filter(|archive| archive.version == *version);
        let all: BTreeMap<Platform, Digest> =
            all.map(|archive| (archive.platform.clone(), archive.digest)).collect();
        let done = |binary: Digest, was_there: bool| {
            let path = target.clone();
            Tried::Done(Installed {
                path,
                version: version.clone(),
                binary,
                archives: all.clone(),
                was_there,
            })
        };
        let guard = Guard::take(self.tree.dir(), packed.digest, &name.to_string(), &self.cx).await?;
        if !order.force
            && let Some(binary) = intact(&target).await?
            && order.locked.is_none_or(|locked| locked.binaries.get(platform) == Some(&binary))
        {
            return Ok(done(binary, true));
        }
        let location = remote.locate(order.source, packed).await?;
        let part = guard.part();
        let label = format!("{} v{version}", order.source);
        if let Err(error) = download(&location, packed.digest, &part, &label, &self.http, &self.cx).await {
            return if passes_over && !error.is_cancelled() {
                Ok(Tried::Not(error.to_string()))
            } else {
                Err(error)
            };
        }
        let unpacked = self.unpack(&guard, &part, name.to_string()).await;
        let removed = tokio::fs::remove_file(&part).await.context(|| part.display().to_string());
        let Some(new) = unpacked? else {
            removed?;
            return Ok(Tried::Not(format!("the archive has no file {name}")));
        };
        removed?;
        let described = match describe::ask(&new, &self.cx).await {
            Ok(described) => described,
            Err(error) if error.is_cancelled() => return Err(error),
            Err(error) => return Ok(Tried::Not(error.to_string())),
        };
        if described.version.core() != version.core() {
            return Ok(Tried::Not(format!("the plugin says it is version {}", described.version)));
        }
        if !described.version.prerelease().is_empty() {
            return Err(Error::user(format!(
                "the plugin says it is version {}: versions before a release are not installed from elsewhere",
                described.version
            )));
        }
        if described.api_version != packed.api.to_string() {
            return Ok(Tried::Not(format!(
                "the plugin says it speaks the interface {}",
                described.api_version
            )));
        }
        let binary = digest_of(&new).await?;
        if let Some(wanted) = order.locked.and_then(|locked| locked.binaries.get(platform))
            && *wanted != binary
        {
            return Err(Error::environment(format!(
                "the checksum of {name} is {binary}, the lock file says {wanted}"
            )));
        }
        put(new, binary, &target)?;
        Ok(done(binary, false))
    }

    async fn unpack(&self, guard: &Guard, part: &Path, entry: String) -> Result<Option<tempfile::TempPath>> {
        let (part, to) = (part.to_path_buf(), guard.new_file(self.tree.platform().extension())?);
        let work = tokio::task::spawn_blocking(move || archive::extract(&part, &entry, to));
        work.await.map_err(|error| Error::bug(error.to_string()))?
    }
}

/// The digest of a binary that is what its sum file says.
async fn intact(binary: &Path) -> Result<Option<Digest>> {
    let Ok(wanted) = read_sum(binary) else { return Ok(None) };
    if !binary.is_file() {
        return Ok(None);
    }
    Ok(Some(digest_of(binary).await?).filter(|digest| *digest == wanted))
}

async fn digest_of(path: &Path) -> Result<Digest> {
    let owned = path.to_path_buf();
    let digest = tokio::task::spawn_blocking(move || Digest::of_file(&owned)).await;
    digest.map_err(|error| Error::bug(error.to_string()))?.context(|| path.display().to_string())
}

/// Puts a binary and its sum file into their place. Between the two the binary is not valid, so nobody uses half of it.
pub(crate) fn put(new: tempfile::TempPath, digest: Digest, target: &Path) -> Result<()> {
    let place = || target.display().to_string();
    let (folder, sum) = (target.parent().unwrap_or(target), sum_file(target));
    std::fs::create_dir_all(folder).context(place)?;
    let removed = std::fs::remove_file(&sum);
    if let Err(error) = removed
        && error.kind() != std::io::ErrorKind::NotFound
    {
        return Err(Error::from(error).context(place()));
    }
    new.persist(target).map_err(|error| Error::from(error.error).context(place()))?;
    std::fs::write(&sum, digest.to_string()).context(place)
}
