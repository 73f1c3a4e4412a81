//! Installs a binary that is on this machine already: what somebody built.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use tintype_sdk::{Context, Cx, Error, PluginSource, Result, while_none_starts};

use crate::guard::Guard;
use crate::tree::Tree;
use crate::{Api, BinaryName, Digest, describe, install, os};

/// Copies the binary into the tree as the plugin of this source, under the version that it says it has. Returns where it is now.
///
/// # Errors
/// It does not describe itself, it has a version that must not be installed, or it cannot be copied.
pub async fn install_local(tree: &Tree, binary: &Path, source: &PluginSource, cx: &Cx) -> Result<PathBuf> {
    let described = describe::ask(binary, cx).await.context(|| binary.display().to_string())?;
    let before_release = described.version.prerelease();
    if !before_release.is_empty() && before_release != "dev" {
        return Err(Error::user(format!(
            "{}: its version is {}; of versions before a release only \"-dev\" can be installed",
            binary.display(),
            described.version
        )));
    }
    let api: Api = described.api_version.parse().map_err(|()| {
        Error::user(format!(
            "{}: \"{}\" is no version of the interface",
            binary.display(),
            described.api_version
        ))
    })?;
    let mut version = described.version.core().to_string();
    if !before_release.is_empty() {
        version = format!("{version}-{before_release}");
    }
    let version = version.parse().map_err(|error| Error::bug(format!("{version}: {error}")))?;
    let name =
        BinaryName { plugin: source.name().to_owned(), version, api, platform: tree.platform().clone() };
    let from = binary.to_path_buf();
    let digest = tokio::task::spawn_blocking(move || Digest::of_file(&from)).await;
    let digest = digest.map_err(|error| Error::bug(error.to_string()))?.context(|| binary.display())?;
    let guard = Guard::take(tree.dir(), digest, &name.to_string(), cx).await?;
    let (mut file, new) = guard.new_file(tree.platform().extension())?.into_parts();
    let from = binary.to_path_buf();
    let copied = tokio::task::spawn_blocking(move || {
        while_none_starts(|| {
            io::copy(&mut File::open(&from)?, &mut file)?;
            os::make_executable(&file)
        })
    });
    copied.await.map_err(|error| Error::bug(error.to_string()))?.context(|| binary.display())?;
    let target = tree.folder(source).join(name.to_string());
    install::put(new, digest, &target)?;
    Ok(target)
}
