//! Systems and processors under the names that Go has for them: plugins' file names have these.

use std::fmt;
use std::str::FromStr;

/// A system and a processor: `linux_amd64`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Platform {
    /// The system: `linux`, `darwin`, `windows`.
    pub os: String,
    /// The processor: `amd64`, `arm64`, `386`, `arm`.
    pub arch: String,
}

impl Platform {
    /// The one that this program was made for.
    pub fn current() -> Self {
        let os = match std::env::consts::OS {
            "macos" => "darwin",
            other => other,
        };
        let arch = match std::env::consts::ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            "x86" => "386",
            "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
            "powerpc64" => "ppc64",
            "loongarch64" => "loong64",
            other => other,
        };
        Self { os: os.to_owned(), arch: arch.to_owned() }
    }

    /// What programs end with there: `.exe` on Windows, else nothing.
    pub fn extension(&self) -> &'static str {
        if self.os == "windows" { ".exe" } else { "" }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.os, self.arch)
    }
}

impl FromStr for Platform {
    /// The reason, a sentence.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match text.split_once('_') {
            Some((os, arch)) if plain(os) && plain(arch) => {
                Ok(Self { os: os.to_owned(), arch: arch.to_owned() })
            }
            _ => Err(format!("\"{text}\" is no system and processor such as linux_amd64.")),
        }
    }
}
