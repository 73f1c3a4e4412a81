//! Names of plugin binaries: `packer-plugin-docker_v1.1.5_x5.0_linux_amd64`.

use std::fmt;

use go_version::Version;

use crate::{Api, Platform};

/// What every name begins with.
pub(crate) const PREFIX: &str = "packer-plugin-";

/// What the file with a binary's digest ends with.
pub(crate) const SUM: &str = "_SHA256SUM";

/// The parts of a name.
#[derive(Clone, Debug)]
pub struct BinaryName {
    /// Between the prefix and the first `_`: `docker`.
    pub plugin: String,
    /// The version.
    pub version: Version,
    /// The interface.
    pub api: Api,
    /// The platform.
    pub platform: Platform,
}

impl BinaryName {
    /// Takes a binary's name apart.
    ///
    /// # Errors
    /// The reason why it is none, a sentence.
    pub fn parse(name: &str, platform: &Platform) -> Result<Self, String> {
        let ending = format!("_{platform}{}", platform.extension());
        let inner = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(ending.as_str()));
        let inner = inner.ok_or_else(|| format!("Its name is not one of a plugin for {platform}."))?;
        let mut parts = inner.split('_');
        let (Some(plugin), Some(version), Some(api), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("Its name does not have the form NAME_vX.Y.Z_xA.B_OS_ARCH.".to_owned());
        };
        if plugin.is_empty() {
            return Err("Its name has no plugin's name between the prefix and the version.".to_owned());
        }
        let parsed: Version = version.parse().map_err(|error| format!("{error}."))?;
        if format!("v{parsed}") != version {
            return Err(format!("The version {version} in its name should be written v{parsed}."));
        }
        if !parsed.metadata().is_empty() {
            return Err(format!("The version {version} in its name has metadata (+), which is not allowed."));
        }
        let api =
            api.parse().map_err(|()| format!("\"{api}\" in its name is no version of the interface."))?;
        Ok(Self { plugin: plugin.to_owned(), version: parsed, api, platform: platform.clone() })
    }
}

impl fmt::Display for BinaryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { plugin, version, api, platform } = self;
        write!(f, "{PREFIX}{plugin}_v{version}_{api}_{platform}{}", platform.extension())
    }
}

#[cfg(test)]
mod tests;
