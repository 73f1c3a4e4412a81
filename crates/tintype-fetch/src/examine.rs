//! Looks at one binary: whether it is what its sum file says, and what it says of itself. Both are remembered (see `cache`).

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tintype_event::EventKind;
use tintype_sdk::{Cx, Error, Result, os_text};

use crate::cache::{Cache, Record, State};
use crate::name::SUM;
use crate::{Description, Digest, describe};

/// Looks at binaries.
#[derive(Clone)]
pub struct Examiner {
    cx: Cx,
    cache: Cache,
}

/// What a look at a binary has shown.
#[derive(Clone, Debug)]
pub struct Examined {
    /// Its digest, which the file beside it has, too.
    pub digest: Digest,
    /// What it says of itself.
    pub description: Description,
}

impl Examiner {
    /// One that keeps what it finds in the cache directory of the context's world.
    pub fn new(cx: &Cx) -> Self {
        Self { cx: cx.clone(), cache: Cache::new(cx.world()) }
    }

    /// Compares the binary with its sum file and asks it to describe itself; only a binary with the right sum is started.
    ///
    /// # Errors
    /// The sum file is missing or says something else, or the binary does not describe itself.
    pub async fn examine(&self, binary: &Path) -> Result<Examined> {
        let wanted = read_sum(binary).map_err(Error::environment)?;
        let (state, known) = self.known(binary).await?;
        if known.digest != wanted {
            return Err(Error::environment(format!(
                "its checksum is {}, the file {SUM} beside it says {wanted}",
                known.digest
            )));
        }
        if let Some(description) = known.description {
            return Ok(Examined { digest: known.digest, description });
        }
        let description = describe::ask(binary, &self.cx).await?;
        let record = Record { description: Some(description.clone()), ..known };
        self.cache.put(binary, &state, &record);
        Ok(Examined { digest: record.digest, description })
    }

    /// What somebody kept about this state of the binary under a name; nothing when the binary has changed.
    pub fn kept(&self, binary: &Path, name: &str) -> Option<Vec<u8>> {
        let state = State::of(binary).ok()?;
        let text = self.cache.get(binary, &state)?.extra.get(name)?.as_str()?.to_owned();
        STANDARD.decode(text).ok()
    }

    /// Keeps something about this state of the binary.
    pub fn keep(&self, binary: &Path, name: &str, bytes: &[u8]) {
        let Ok(state) = State::of(binary) else { return };
        if let Some(mut record) = self.cache.get(binary, &state) {
            record.extra.insert(name.to_owned(), Value::String(STANDARD.encode(bytes)));
            self.cache.put(binary, &state, &record);
        }
    }

    /// Writes to the log why a file that looks like a plugin is none. Nobody else is told: a directory may hold plugins for others.
    pub(crate) fn passed_over(&self, path: &Path, why: &str) {
        let line = format!("{}: {why}", path.display());
        self.cx.send(EventKind::Log { source: "plugin passed over".into(), line });
    }

    /// The state of the binary with what is known of it, its digest at least.
    async fn known(&self, binary: &Path) -> Result<(State, Record)> {
        let state = State::of(binary)?;
        if let Some(record) = self.cache.get(binary, &state) {
            return Ok((state, record));
        }
        let path = binary.to_path_buf();
        let digest = tokio::task::spawn_blocking(move || Digest::of_file(&path));
        let digest = digest.await.map_err(|error| Error::bug(error.to_string()))??;
        if !State::of(binary)?.is(&state) {
            return Err(Error::environment("it was changed while it was read"));
        }
        let record = Record { digest, description: None, extra: serde_json::Map::new() };
        self.cache.put(binary, &state, &record);
        Ok((state, record))
    }
}

/// The path of the file with a binary's digest.
pub(crate) fn sum_file(binary: &Path) -> PathBuf {
    let mut path = binary.as_os_str().to_owned();
    path.push(SUM);
    path.into()
}

/// The digest that the file beside a binary has.
pub(crate) fn read_sum(binary: &Path) -> Result<Digest, String> {
    let text = std::fs::read(sum_file(binary)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => format!("the file {SUM} with its checksum is missing"),
        _ => format!("its checksum cannot be read: {}", os_text(&error)),
    })?;
    Digest::from_start(&text).ok_or_else(|| format!("the file {SUM} beside it has no SHA-256 checksum"))
}
