//! Under which name the program was called. As `packer` (a link) it says Packer's version, so that scripts which read that line go on.

use std::path::Path;

/// The Packer version whose behaviour is kept: of templates' `required_version`, `packer.version` and of `packer version`.
pub const COMPATIBLE_WITH: &str = "1.16.0";

/// Under which name the program was called.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Identity {
    /// Its own.
    Tintype,
    /// Packer's.
    Packer,
}

impl Identity {
    /// By the first word of the command line.
    pub fn of(program: &str) -> Self {
        let stem = Path::new(program).file_stem().map(|stem| stem.to_string_lossy().to_ascii_lowercase());
        if stem.as_deref() == Some("packer") { Identity::Packer } else { Identity::Tintype }
    }

    /// The program's name on the command line.
    pub fn command(self) -> &'static str {
        match self {
            Identity::Tintype => "tintype",
            Identity::Packer => "packer",
        }
    }

    /// The version that it says.
    pub fn version(self) -> &'static str {
        match self {
            Identity::Tintype => env!("CARGO_PKG_VERSION"),
            Identity::Packer => COMPATIBLE_WITH,
        }
    }

    /// `Tintype v0.1.0`, `Packer v1.16.0`.
    pub fn title(self) -> String {
        match self {
            Identity::Tintype => format!("Tintype v{}", self.version()),
            Identity::Packer => format!("Packer v{}", self.version()),
        }
    }
}
