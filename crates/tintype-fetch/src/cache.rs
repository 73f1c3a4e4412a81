//! What is known of binaries from earlier runs, so that none is read and asked twice: a plugin has 40 to 100 MB, and a directory many
//! plugins.
//!
//! A record holds for one state of one file: path, device, inode, size, times of modification and of change. Who writes to the file
//! changes the last of these, which no call sets back (on Windows: size and times alone, and a program can set those). A file that was
//! changed so shortly before it was read that a second change could bear the same time is not remembered: the margin is a tenth of a
//! second where times have fractions, else two seconds. The digest in a record is compared with the digest beside the binary in every
//! run. Who can write in this cache can write in the plugin directory as well, both belong to the user.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value, json};
use tintype_sdk::World;

use crate::{Description, Digest, os};

/// The form of a record; another number is another form.
const FORM: u64 = 1;

/// Larger than any record.
const LARGEST: u64 = 64 << 20;

/// Records, a file each.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    dir: PathBuf,
}

/// What is known of a binary.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub digest: Digest,
    pub description: Option<Description>,
    /// What others keep beside it, by name.
    pub extra: Map<String, Value>,
}

/// The state of a file at some moment.
#[derive(Clone, Debug)]
pub(crate) struct State {
    numbers: Vec<i128>,
    /// Whether a later change is sure to have other numbers.
    settled: bool,
}

impl State {
    /// The state of the file now.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let (numbers, changed) = os::state_of(&std::fs::metadata(path)?);
        let margin = if changed % 1_000_000_000 == 0 { 2_000_000_000 } else { 100_000_000 };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let settled = i128::try_from(now).is_ok_and(|now| changed + margin < now);
        Ok(Self { numbers, settled })
    }

    /// Whether it is the same state.
    pub(crate) fn is(&self, other: &State) -> bool {
        self.numbers == other.numbers
    }

    fn text(&self) -> String {
        let numbers: Vec<String> = self.numbers.iter().map(i128::to_string).collect();
        numbers.join(" ")
    }
}

impl Cache {
    pub(crate) fn new(world: &World) -> Self {
        Self { dir: world.cache_dir.join("tintype").join("plugins") }
    }

    fn file(&self, binary: &Path) -> PathBuf {
        let mut name = Digest::of(binary.as_os_str().as_encoded_bytes()).to_string();
        name.truncate(32);
        self.dir.join(name + ".json")
    }

    /// What is known of the binary in this state.
    pub(crate) fn get(&self, binary: &Path, state: &State) -> Option<Record> {
        let file = self.file(binary);
        if std::fs::metadata(&file).ok()?.len() > LARGEST {
            return None;
        }
        let value: Value = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        if value.get("form").and_then(Value::as_u64) != Some(FORM)
            || text("path") != Some(&*binary.to_string_lossy())
            || text("state") != Some(&*state.text())
        {
            return None;
        }
        let description = value.get("description").filter(|value| !value.is_null());
        Some(Record {
            digest: text("sha256")?.parse().ok()?,
            description: description.and_then(|value| Description::from_json(value).ok()),
            extra: value.get("extra").and_then(Value::as_object).cloned().unwrap_or_default(),
        })
    }

    /// Remembers. A cache that cannot be written is one that stays empty.
    pub(crate) fn put(&self, binary: &Path, state: &State, record: &Record) {
        if !state.settled {
            return;
        }
        let value = json!({
            "form": FORM,
            "path": binary.to_string_lossy(),
            "state": state.text(),
            "sha256": record.digest.to_string(),
            "description": record.description.as_ref().map(Description::to_json),
            "extra": record.extra,
        });
        let written = std::fs::create_dir_all(&self.dir).and_then(|()| {
            // Beside it and then in its place: another run may be reading.
            let mut new = tempfile::NamedTempFile::new_in(&self.dir)?;
            std::io::Write::write_all(&mut new, value.to_string().as_bytes())?;
            new.persist(self.file(binary)).map_err(|error| error.error)
        });
        drop(written);
    }
}
