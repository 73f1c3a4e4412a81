//! A new Debian or Ubuntu by the program `debootstrap`, or by `mmdebstrap` where we are not root: it makes user namespaces of its own.

use std::path::{Path, PathBuf};

use oci::{Descriptor, ImageConfig, Platform};
use tintype_sdk::{Command, Context as _, Cx, Error as HostError};

use super::decoded;
use crate::{Error, Result, Store};

/// What debootstrap is to make.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Debootstrap {
    /// Which release: `bookworm`.
    pub suite: String,
    /// Where packages come from. Empty: the program's own choice.
    pub mirror: String,
    /// Which packages at least. Empty: `minbase`.
    pub variant: String,
    /// Further packages.
    pub include: Vec<String>,
    /// Sections of the archive. Empty: the program's own choice.
    pub components: Vec<String>,
}

/// What is of no use in an image, or tells of the host that made it. Behind a slash: everything in that directory.
const LEFT: &[&[u8]] = &[
    b"dev/",
    b"etc/hostname",
    b"etc/resolv.conf",
    b"var/cache/apt/archives/",
    b"var/cache/ldconfig/",
    b"var/lib/apt/lists/",
    b"var/log/alternatives.log",
    b"var/log/apt/",
    b"var/log/bootstrap.log",
    b"var/log/dpkg.log",
];

impl Debootstrap {
    pub(super) fn key(&self, platform: &Platform) -> String {
        format!("{self:?} {platform}")
    }

    fn words(&self, architecture: &str) -> Vec<String> {
        let variant = if self.variant.is_empty() { "minbase" } else { &self.variant };
        let mut words = vec![format!("--variant={variant}"), format!("--arch={architecture}")];
        if !self.include.is_empty() {
            words.push(format!("--include={}", self.include.join(",")));
        }
        if !self.components.is_empty() {
            words.push(format!("--components={}", self.components.join(",")));
        }
        words
    }

    fn mirrors(&self) -> Option<&str> {
        Some(self.mirror.as_str()).filter(|mirror| !mirror.is_empty())
    }
}

/// A program on the search path.
fn find(name: &str, cx: &Cx) -> Option<PathBuf> {
    let places = std::env::split_paths(cx.world().env("PATH").unwrap_or_default());
    places.map(|place| place.join(name)).find(|path| path.is_file())
}

/// Debian's name of a processor.
fn architecture(platform: &Platform) -> String {
    match (platform.architecture.as_str(), platform.variant.as_deref()) {
        ("386", _) => "i386",
        ("arm", Some("v5" | "v6")) => "armel",
        ("arm", _) => "armhf",
        ("ppc64le", _) => "ppc64el",
        ("mips64le", _) => "mips64el",
        (other, _) => other,
    }
    .to_owned()
}

impl Store {
    pub(super) async fn debootstrap(
        &self,
        wanted: &Debootstrap,
        platform: &Platform,
        cx: &Cx,
    ) -> Result<Descriptor> {
        let given = [&wanted.suite, &wanted.mirror, &wanted.variant];
        if wanted.suite.is_empty() || given.iter().any(|word| word.starts_with('-')) {
            let (what, why) =
                ("debootstrap".to_owned(), "the suite must be named, and no name begins with a hyphen");
            return Err(Error::Base { what, why: why.to_owned() });
        }
        let dir = self.new_dir()?;
        let words = wanted.words(&architecture(platform));
        let layer = if let Some(program) = find("debootstrap", cx).filter(|_| is_root()) {
            let tree = dir.path().join("tree");
            let command = alone(program, cx).await?;
            let command = command.args(&words).arg(&wanted.suite).arg(&tree).args(wanted.mirrors());
            run("debootstrap", command).await?;
            self.layer_of(&tree, LEFT).await?
        } else if let Some(program) = find("mmdebstrap", cx) {
            let tar = dir.path().join("rootfs.tar");
            let mode = if is_root() { "--mode=root" } else { "--mode=unshare" };
            let command = cx
                .command(program)
                .arg(mode)
                .args(&words)
                .arg(&wanted.suite)
                .arg(&tar)
                .args(wanted.mirrors());
            run("mmdebstrap", command).await.map_err(|error| match is_root() {
                true => error,
                false => error.hint("Without root it needs a range of ids in /etc/subuid and /etc/subgid."),
            })?;
            self.add_layer(decoded(open(&tar)?)?).await?
        } else {
            let error =
                HostError::environment("Neither debootstrap nor mmdebstrap is installed, or may be used");
            return Err(error
                .hint("As root install debootstrap; mmdebstrap works without root, too.")
                .into());
        };
        let mut config = ImageConfig::new(platform);
        config.config.env = vec![PATH.to_owned()];
        config.config.cmd = Some(vec!["bash".to_owned()]);
        self.rootfs(config, &layer)
    }
}

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

fn open(path: &Path) -> Result<std::fs::File> {
    std::fs::File::open(path).map_err(Error::io(path))
}

/// A program in a mount namespace of its own, where that is permitted: what it mounts into its tree is gone when it is, even if it is
/// killed.
async fn alone(program: PathBuf, cx: &Cx) -> Result<Command, HostError> {
    let Some(unshare) = find("unshare", cx) else { return Ok(cx.command(program)) };
    let (tried, ..) = cx.command(&unshare).args(["--mount", "true"]).gather().await?;
    if !tried.success() {
        return Ok(cx.command(program));
    }
    Ok(cx.command(unshare).arg("--mount").arg(program))
}

/// Runs a program and shows what it says.
async fn run(name: &str, command: Command) -> Result<(), HostError> {
    let ended = command.env("DEBIAN_FRONTEND", "noninteractive").show().await.context(|| name)?;
    if ended.success() {
        return Ok(());
    }
    Err(HostError::environment(format!("{name} ended with status {}", ended.0))
        .hint("Its own words stand above."))
}

#[cfg(unix)]
fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// There is no debootstrap elsewhere.
#[cfg(not(unix))]
fn is_root() -> bool {
    false
}
