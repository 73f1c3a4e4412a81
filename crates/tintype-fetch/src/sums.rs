//! Files with checksums of archives: `HEX  NAME` in lines. Names come from strangers: they are taken apart and put together again.

use go_version::Version;

use crate::name::PREFIX;
use crate::remote::Archive;
use crate::{Api, Digest, Platform};

/// More lines than any such file has.
const MOST_LINES: usize = 10_000;

/// The archives of a plugin, from a file whose archives have the interface in their names: `P_v1.1.5_x5.0_linux_amd64.zip`. Lines about
/// something else are passed over.
pub(crate) fn with_api(text: &str, plugin: &str) -> Vec<Archive> {
    read(text, plugin, |parts| {
        let [version, api, os, arch] = parts else { return None };
        let version = version.strip_prefix('v')?;
        parsed(version, api.parse().ok()?, os, arch)
    })
    .map(|(digest, (version, api, platform))| Archive {
        file: format!("{PREFIX}{plugin}_v{version}_{api}_{platform}.zip"),
        version,
        api,
        platform,
        digest,
    })
    .collect()
}

/// The same from the release index, where names have no interface: `P_1.1.5_linux_amd64.zip`.
pub(crate) fn without_api(text: &str, plugin: &str, api: Api) -> Vec<Archive> {
    read(text, plugin, |parts| {
        let [version, os, arch] = parts else { return None };
        parsed(version, api, os, arch)
    })
    .map(|(digest, (version, api, platform))| Archive {
        file: format!("{PREFIX}{plugin}_{version}_{platform}.zip"),
        version,
        api,
        platform,
        digest,
    })
    .collect()
}

/// A line for an archive.
pub(crate) fn line(archive: &Archive) -> String {
    format!("{}  {}\n", archive.digest, archive.file)
}

type Parts = (Version, Api, Platform);

fn read<'a>(
    text: &'a str,
    plugin: &'a str,
    parts: impl Fn(&[&str]) -> Option<Parts> + 'a,
) -> impl Iterator<Item = (Digest, Parts)> + 'a {
    text.lines().take(MOST_LINES).filter_map(move |line| {
        let mut fields = line.split_whitespace();
        let (digest, name, None) = (fields.next()?, fields.next()?, fields.next()) else { return None };
        // Some tools mark binary files with a star.
        let name = name.strip_prefix('*').unwrap_or(name);
        let inner =
            name.strip_prefix(PREFIX)?.strip_prefix(plugin)?.strip_prefix('_')?.strip_suffix(".zip")?;
        let fields: Vec<&str> = inner.split('_').collect();
        Some((digest.parse().ok()?, parts(&fields)?))
    })
}

fn parsed(version: &str, api: Api, os: &str, arch: &str) -> Option<Parts> {
    let parsed: Version = version.parse().ok()?;
    let platform: Platform = format!("{os}_{arch}").parse().ok()?;
    // Anything else could not be found under its name again.
    (parsed.to_string() == version).then_some((parsed, api, platform))
}
