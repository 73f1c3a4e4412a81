//! Platforms: for which system and processor an image is, and which of several images is the one to take. Which platform is wanted is
//! for the caller to say.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::manifest::Descriptor;
use crate::{Error, Result};

/// A system and a processor, named as Go names them.
///
/// ```
/// let platform: oci::Platform = "linux/aarch64".parse().unwrap();
/// assert_eq!(platform.to_string(), "linux/arm64");
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Platform {
    /// The processor: `amd64`.
    pub architecture: String,
    /// The system: `linux`.
    pub os: String,
    /// The system's version; only Windows has it.
    #[serde(rename = "os.version", default, skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    /// What the system must have; only Windows uses it.
    #[serde(rename = "os.features", default, skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
    /// Which of several kinds of the processor: `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

impl Platform {
    /// Linux on a processor of this name, as Go, Rust or the kernel name it.
    pub fn linux(architecture: &str) -> Self {
        let (architecture, variant) = go_name(architecture);
        Self {
            architecture: architecture.to_owned(),
            os: "linux".to_owned(),
            os_version: None,
            os_features: Vec::new(),
            variant: variant.map(str::to_owned),
        }
    }

    /// Linux on the processor this program runs on. Images for other systems must be asked for.
    pub fn host() -> Self {
        Self::linux(std::env::consts::ARCH)
    }

    /// Whether both are the same platform: a variant that everybody means need not be named.
    pub fn is_same(&self, other: &Self) -> bool {
        self.os == other.os
            && self.architecture == other.architecture
            && self.os_version == other.os_version
            && match (self.level(), other.level()) {
                (None, None) => self.variant == other.variant,
                (own, other) => own == other,
            }
    }

    /// How well an image for `self` runs where `wanted` is wanted: nothing when not at all, else the smaller the better.
    fn distance(&self, wanted: &Self) -> Option<u32> {
        let version = |wanted: &Option<String>| match (wanted, &self.os_version) {
            (Some(wanted), Some(own)) => own == wanted || own.starts_with(&format!("{wanted}.")),
            _ => true,
        };
        if self.os != wanted.os
            || self.architecture != wanted.architecture
            || !version(&wanted.os_version)
            || !wanted.os_features.iter().all(|feature| self.os_features.contains(feature))
        {
            return None;
        }
        // A processor runs what was built for its elder kin, and the nearest is the best.
        let (own, wanted) = (self.level()?, wanted.level()?);
        wanted.checked_sub(own)
    }

    /// The variant as a number. An image that names none is for the one everybody means.
    fn level(&self) -> Option<u32> {
        match (self.architecture.as_str(), self.variant.as_deref()) {
            ("arm", None) => Some(7),
            ("arm64", None) => Some(8),
            (_, None) => Some(1),
            (_, Some(variant)) => variant.strip_prefix('v').unwrap_or(variant).parse().ok(),
        }
    }

    /// Takes the image for this platform from an index. Of several that fit equally the first counts.
    ///
    /// # Errors
    /// None fits. `what` names the index in the message.
    pub fn choose<'a>(&self, images: &'a [Descriptor], what: &str) -> Result<&'a Descriptor> {
        let fitting = images.iter().filter_map(|image| {
            let platform = image.platform.as_ref()?;
            // Attestations and the like are no images; builders mark them with a system nobody has.
            (platform.os != "unknown").then(|| platform.distance(self).map(|distance| (distance, image)))?
        });
        let best = fitting.min_by_key(|(distance, _)| *distance).map(|(_, image)| image);
        // One image that does not say what it is for is taken at its word elsewhere: in its configuration.
        let only = || match images {
            [only] if only.platform.is_none() => Some(only),
            _ => None,
        };
        best.or_else(only).ok_or_else(|| Error::NoPlatform {
            what: what.to_owned(),
            wanted: self.to_string(),
            offered: images
                .iter()
                .filter_map(|image| image.platform.as_ref())
                .filter(|platform| platform.os != "unknown")
                .map(ToString::to_string)
                .collect(),
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let good = |part: &&str| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        };
        if !parts.iter().all(good) {
            return Err(Error::Platform { text: text.to_owned() });
        }
        match parts.as_slice() {
            [os, architecture] => Ok(Self { os: os.to_lowercase(), ..Self::linux(architecture) }),
            [os, architecture, variant] => {
                let named = Self::linux(architecture);
                Ok(Self { os: os.to_lowercase(), variant: Some((*variant).to_owned()), ..named })
            }
            _ => Err(Error::Platform { text: text.to_owned() }),
        }
    }
}

/// Go's name of a processor, and the variant that another name implies.
fn go_name(name: &str) -> (&str, Option<&str>) {
    match name {
        "x86_64" | "x86-64" => ("amd64", None),
        "x86" | "i386" | "i486" | "i586" | "i686" => ("386", None),
        "aarch64" => ("arm64", None),
        "armhf" | "armv7l" => ("arm", Some("v7")),
        "armel" | "armv6l" => ("arm", Some("v6")),
        "powerpc64le" => ("ppc64le", None),
        other => (other, None),
    }
}
