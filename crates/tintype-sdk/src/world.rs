//! The surroundings of a run, gathered once by the program: components read nothing of them by themselves, so a test needs no
//! environment variables and no home directory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The surroundings of a run.
#[derive(Clone, Debug)]
pub struct World {
    /// The environment, as far as it is UTF-8.
    pub env: BTreeMap<String, String>,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// The user's home directory, when there is one.
    pub home: Option<PathBuf>,
    /// Where temporary files go.
    pub tmp: PathBuf,
    /// What may be thrown away and made again: downloads.
    pub cache_dir: PathBuf,
    /// The user's settings and installed plugins (Packer's directory, used as it is).
    pub config_dir: PathBuf,
    /// What must be kept between runs: the ledger, the install key.
    pub state_dir: PathBuf,
    /// Random, new for each run; `PACKER_RUN_UUID` for children.
    pub run_uuid: String,
    /// The Packer version whose behaviour is kept, `1.16.0`.
    pub core_version: String,
}

impl World {
    /// A variable of the environment.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.env.get(name).map(String::as_str)
    }

    /// A path as a user typed it: `~` at the beginning is the home directory, relative paths begin at the working directory.
    pub fn path(&self, typed: &str) -> PathBuf {
        self.cwd.join(self.expand_home(typed))
    }

    /// `~` and `~/…` replaced; anything else as it is.
    pub fn expand_home(&self, typed: &str) -> PathBuf {
        match (&self.home, typed.strip_prefix('~')) {
            (Some(home), Some("")) => home.clone(),
            (Some(home), Some(rest)) if rest.starts_with(['/', std::path::MAIN_SEPARATOR]) => {
                home.join(&rest[1..])
            }
            _ => Path::new(typed).to_path_buf(),
        }
    }
}
