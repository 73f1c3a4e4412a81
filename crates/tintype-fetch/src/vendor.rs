//! Fills a folder with plugins for machines without a network: what it holds is a mirror (see `folder`), on disk or behind any web server.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use go_version::Version;
use serde_json::{Value, json};
use tintype_sdk::{Context, Error, Result};

use crate::download::download;
use crate::folder::{INDEX, below, sums_name};
use crate::guard::Guard;
use crate::remote::{Archive, Remote};
use crate::{Digest, Installer, Order, Platform, sums};

/// What was put into the folder.
#[derive(Clone, Debug)]
pub struct Vendored {
    /// The version.
    pub version: Version,
    /// Its archives in the folder, and whether each was there already.
    pub files: Vec<(PathBuf, bool)>,
}

/// Puts the highest version that will do into the folder, for each of the platforms.
///
/// # Errors
/// No place has one that is there for all the platforms, or it cannot be had or written.
pub async fn vendor(
    installer: &Installer,
    order: Order<'_>,
    platforms: &[Platform],
    dir: &Path,
) -> Result<Vendored> {
    let mut reasons = Vec::new();
    for remote in &installer.remotes {
        let mut versions = match installer.cx.wait(remote.versions(order.source)).await? {
            Ok(versions) => versions,
            Err(error) => {
                reasons.push(error.to_string());
                if remote.is_optional() {
                    continue;
                }
                break;
            }
        };
        versions.retain(|version| order.constraint.allows(version));
        versions.sort_by(|a, b| b.cmp(a));
        if versions.is_empty() {
            reasons.push(format!("{}: no version meets \"{}\"", remote.title(), order.constraint));
        }
        for version in versions {
            let archives = match installer.cx.wait(remote.archives(order.source, &version)).await? {
                Ok(archives) => archives,
                Err(error) if remote.passes_over() => {
                    reasons.push(format!("v{version}: {error}"));
                    continue;
                }
                Err(error) => return Err(error),
            };
            match wanted(&archives, &version, platforms) {
                Ok(wanted) => return take(installer, &**remote, order, version, &wanted, dir).await,
                Err(why) => reasons.push(format!("v{version}: {why}")),
            }
        }
        break;
    }
    Err(Error::environment(reasons.join("\n")))
}

/// One archive for each platform.
fn wanted<'a>(
    archives: &'a [Archive],
    version: &Version,
    platforms: &[Platform],
) -> Result<Vec<&'a Archive>, String> {
    let one = |platform: &Platform| {
        let mut fit = archives.iter().filter(|archive| archive.api.is_usable());
        let found = fit.find(|archive| archive.version == *version && archive.platform == *platform);
        found.ok_or_else(|| format!("there is none for {platform}"))
    };
    platforms.iter().map(one).collect()
}

async fn take(
    installer: &Installer,
    remote: &dyn Remote,
    order: Order<'_>,
    version: Version,
    archives: &[&Archive],
    dir: &Path,
) -> Result<Vendored> {
    let folder = below(dir, order.source);
    std::fs::create_dir_all(&folder).context(|| folder.display().to_string())?;
    let (mut files, mut lines) = (Vec::new(), Vec::new());
    for archive in archives {
        order.check_lock(archive)?;
        // The release index leaves the interface out of its names; a mirror has nowhere else to say it.
        let name = order.binary(&version, archive);
        let file = format!("{}.zip", name.to_string().trim_end_matches(".exe"));
        let target = folder.join(&file);
        let guard = Guard::take(dir, archive.digest, &file, &installer.cx).await?;
        let there = has_digest(&target, archive.digest).await?;
        if !there {
            let location = remote.locate(order.source, archive).await?;
            let (part, label) = (guard.part(), format!("{} v{version} {}", order.source, archive.platform));
            download(&location, archive.digest, &part, &label, &installer.http, &installer.cx).await?;
            std::fs::rename(&part, &target).context(|| target.display().to_string())?;
        }
        lines.push(Archive { file, ..(*archive).clone() });
        files.push((target, there));
    }
    add_sums(&folder.join(sums_name(order.source, &version)), &lines)?;
    add_version(&folder.join(INDEX), &version)?;
    Ok(Vendored { version, files })
}

async fn has_digest(path: &Path, wanted: Digest) -> Result<bool> {
    if !path.is_file() {
        return Ok(false);
    }
    let owned = path.to_path_buf();
    let digest = tokio::task::spawn_blocking(move || Digest::of_file(&owned)).await;
    let digest = digest.map_err(|error| Error::bug(error.to_string()))?;
    Ok(digest.context(|| path.display().to_string())? == wanted)
}

/// Adds lines to a checksum file that may have those of other platforms.
fn add_sums(path: &Path, archives: &[Archive]) -> Result<()> {
    let old = std::fs::read_to_string(path).unwrap_or_default();
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    for line in old.lines() {
        if let Some(name) = line.split_whitespace().nth(1) {
            lines.insert(name, format!("{line}\n"));
        }
    }
    lines.extend(archives.iter().map(|archive| (archive.file.as_str(), sums::line(archive))));
    replace(path, &lines.into_values().collect::<String>())
}

/// Adds a version to the index that may have others.
fn add_version(path: &Path, version: &Version) -> Result<()> {
    let old = std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let mut versions =
        old.as_ref().and_then(|index| index.get("versions")?.as_object().cloned()).unwrap_or_default();
    versions.entry(version.to_string()).or_insert_with(|| json!({}));
    replace(path, &format!("{:#}\n", json!({ "versions": versions })))
}

fn replace(path: &Path, text: &str) -> Result<()> {
    let place = || path.display().to_string();
    let mut part = path.as_os_str().to_owned();
    part.push(".new");
    std::fs::write(&part, text).context(place)?;
    std::fs::rename(&part, path).context(place)
}
