//! Post-processor `manifest`: a JSON file that lists what was built, run after run.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;
use tintype_schema::{At, Check, Config};
use tintype_sdk::{Artifact, Cx, Error, Keep, PostProcessWith, PostProcessed, PrepareCx, Result, os_text};

use crate::os;
use crate::replacement::{Replacement, cannot_write};

/// Adds an entry for each artifact to a JSON file: the build's name, its files with their sizes, the artifact's id.
#[derive(Config)]
#[config(name = "manifest")]
pub(crate) struct ManifestConfig {
    /// Path of the file. Entries of earlier runs stay in it; with `-force` they are dropped.
    #[config(default = "packer-manifest.json")]
    output: PathBuf,
    /// Names files without their directories.
    strip_path: bool,
    /// Leaves the time out, so that the same build gives the same entry.
    strip_time: bool,
    /// Texts of your own that are written into the entry.
    custom_data: Option<BTreeMap<String, String>>,
}

impl Check for ManifestConfig {
    fn complete(&mut self) {
        if self.output.as_os_str().is_empty() {
            self.output = "packer-manifest.json".into();
        }
    }
}

/// A prepared `manifest`.
pub(crate) struct Manifest {
    config: ManifestConfig,
    cx: PrepareCx,
}

/// One artifact. The order of the fields is that of the file.
#[derive(Serialize)]
struct Entry {
    name: String,
    builder_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_time: Option<u64>,
    files: Option<Vec<EntryFile>>,
    artifact_id: String,
    packer_run_uuid: String,
    custom_data: Option<BTreeMap<String, String>>,
}

#[derive(Serialize)]
struct EntryFile {
    name: String,
    size: u64,
}

/// The whole file. Entries of earlier runs are kept as they are, fields we do not know included.
#[derive(Serialize)]
struct Whole {
    builds: Vec<Value>,
    last_run_uuid: String,
}

/// One build of this process at a time; the lock file is for other processes.
static WRITING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

impl PostProcessWith for Manifest {
    type Config = ManifestConfig;

    fn prepare(config: ManifestConfig, cx: &PrepareCx, _: &mut At<'_>) -> Self {
        Self { config, cx: cx.clone() }
    }

    async fn post_process(&self, from: Arc<dyn Artifact>, cx: &Cx) -> Result<PostProcessed> {
        let entry =
            serde_json::to_value(self.entry(&*from, cx)).map_err(|error| Error::bug(error.to_string()))?;
        let path = cx.world().cwd.join(&self.config.output);
        let shown = self.config.output.display().to_string();
        let _alone = cx.wait(WRITING.lock()).await?;
        let _lock = Lock::take(&path, cx).await?;
        let mut whole = read(&path, &shown)?;
        let run = &cx.world().run_uuid;
        if self.cx.policy.force && whole.last_run_uuid != *run {
            whole.builds.clear();
        }
        whole.builds.push(entry);
        whole.last_run_uuid.clone_from(run);
        write(&path, &shown, &whole)?;
        Ok(PostProcessed { artifact: Some(from), keep: Keep::Always })
    }
}

impl Manifest {
    fn entry(&self, from: &dyn Artifact, cx: &Cx) -> Entry {
        let files: Vec<EntryFile> = from
            .files()
            .iter()
            .map(|file| {
                let name = if self.config.strip_path { file.file_name().map(Path::new) } else { None };
                EntryFile {
                    name: name.unwrap_or(file).display().to_string(),
                    // A file that is gone already is listed nevertheless.
                    size: std::fs::metadata(cx.world().cwd.join(file)).map_or(0, |about| about.len()),
                }
            })
            .collect();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Entry {
            name: self.cx.build_name.clone(),
            builder_type: self.cx.builder_type.clone(),
            build_time: (!self.config.strip_time).then_some(now),
            files: (!files.is_empty()).then_some(files),
            artifact_id: from.id(),
            packer_run_uuid: cx.world().run_uuid.clone(),
            custom_data: self.config.custom_data.clone(),
        }
    }
}

/// What the file holds so far.
fn read(path: &Path, shown: &str) -> Result<Whole> {
    let empty = Whole { builds: Vec::new(), last_run_uuid: String::new() };
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(empty),
        Err(error) => return Err(Error::environment(format!("cannot read {shown}: {}", os_text(&error)))),
    };
    if text.trim_ascii().is_empty() {
        return Ok(empty);
    }
    let spoiled = |why: &str| {
        Error::user(format!("{shown} is not a manifest: {why}"))
            .hint("Move that file away, or name another one with \"output\".")
    };
    let mut value: Value = serde_json::from_slice(&text).map_err(|error| spoiled(&error.to_string()))?;
    let builds = match value.get_mut("builds").map(Value::take) {
        Some(Value::Array(builds)) => builds,
        None | Some(Value::Null) if value.is_object() => Vec::new(),
        _ => return Err(spoiled("it has no list of builds")),
    };
    let last_run_uuid = value.get("last_run_uuid").and_then(Value::as_str).unwrap_or_default().to_string();
    Ok(Whole { builds, last_run_uuid })
}

fn write(path: &Path, shown: &str, whole: &Whole) -> Result<()> {
    let text = serde_json::to_string_pretty(whole).map_err(|error| Error::bug(error.to_string()))?;
    let (replacement, mut file) = Replacement::begin(path, shown, 0o664)?;
    file.write_all(escaped(&text).as_bytes()).map_err(|error| cannot_write(shown, &error))?;
    drop(file);
    replacement.keep()
}

/// The characters that Packer's JSON never holds as they are; they can only stand inside of texts.
fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            c => text.push(c),
        }
    }
    text
}

/// A file beside the manifest that says that somebody writes. Removed when dropped.
struct Lock(PathBuf);

/// After so much time whoever holds the lock is taken for dead: Packer's users expect to get on, lock or not.
const PATIENCE: Duration = Duration::from_millis(600);

impl Lock {
    async fn take(manifest: &Path, cx: &Cx) -> Result<Self> {
        let mut name = manifest.as_os_str().to_owned();
        name.push(".lock");
        let path = PathBuf::from(name);
        let begin = Instant::now();
        if let Some(dir) = manifest.parent() {
            // A failure shows when the manifest itself is written.
            let _ = os::create_dirs(dir);
        }
        loop {
            match os::create_new(&path, 0o664) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && begin.elapsed() < PATIENCE => {
                    cx.sleep(Duration::from_millis(10)).await?;
                }
                // Where no lock can be made no manifest can, which is reported better.
                _ => return Ok(Self(path)),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests;
