//! The version of the interface between program and plugin, as file names and `describe` write it: `x5.0`.

use std::fmt;
use std::str::FromStr;

/// A version of the interface.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Api {
    major: u32,
    minor: u32,
}

impl Api {
    /// The one that this program speaks.
    pub const OURS: Api = Api { major: 5, minor: 0 };

    /// Whether a plugin with this interface can be used: the same major number, and no newer minor one.
    pub fn is_usable(self) -> bool {
        self.major == Self::OURS.major && (0..=Self::OURS.minor).contains(&self.minor)
    }

    /// From `5.0`, as release manifests have it.
    pub fn from_numbers(text: &str) -> Option<Self> {
        let number = |part: &str| {
            let plain = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
            if plain { part.parse().ok() } else { None }
        };
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl FromStr for Api {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.strip_prefix('x').and_then(Self::from_numbers).ok_or(())
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "x{}.{}", self.major, self.minor)
    }
}
