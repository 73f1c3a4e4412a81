//! Gathers the surroundings of a run: the only place that reads the environment, the working directory and the home directory.
//! Packer's directories are used as they are, so that installed plugins and downloads are found.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tintype_sdk::World;

use crate::identity::COMPATIBLE_WITH;
use crate::os;

/// Gathers the surroundings.
///
/// # Errors
/// A sentence for standard error, when they cannot be used.
pub fn gather() -> Result<World, String> {
    let mut env: BTreeMap<String, String> = variables();
    let cwd =
        working_directory(&env).map_err(|error| format!("The working directory cannot be read: {error}"))?;
    let tmp = temporary_directory();
    let given = env.clone();
    let var = |name: &str| given.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = home(&env);
    let run_uuid = uuid::Uuid::new_v4().to_string();

    if cfg!(unix)
        && let Some(path) = env.get("PACKER_PLUGIN_PATH")
        && path.contains(':')
    {
        return Err(format!(
            "PACKER_PLUGIN_PATH names several directories ({path}): only one is supported. Move the plugins into one directory."
        ));
    }
    let fallback = home.clone().unwrap_or_else(|| cwd.clone());
    let config_dir = match var("PACKER_CONFIG_DIR") {
        // Its rule there, and its name without the dot.
        dir if cfg!(windows) => dir
            .or_else(|| var("APPDATA"))
            .or_else(|| var("HOME"))
            .unwrap_or(fallback.clone())
            .join("packer.d"),
        Some(dir) => dir.join(".packer.d"),
        None if fallback.join(".packer.d").is_dir() => fallback.join(".packer.d"),
        None => var("XDG_CONFIG_HOME").unwrap_or_else(|| fallback.join(".config")).join("packer"),
    };
    let cache_dir = var("PACKER_CACHE_DIR")
        .unwrap_or_else(|| var("XDG_CACHE_HOME").unwrap_or_else(|| fallback.join(".cache")).join("packer"));
    let state_dir = if cfg!(windows) {
        var("LOCALAPPDATA").unwrap_or_else(|| fallback.clone()).join("tintype")
    } else {
        var("XDG_STATE_HOME").unwrap_or_else(|| fallback.join(".local/state")).join("tintype")
    };
    read_settings(&settings_file(&env, &fallback), &mut env)?;
    Ok(World {
        env,
        home,
        tmp,
        cache_dir: cwd.join(cache_dir),
        config_dir: cwd.join(config_dir),
        state_dir: cwd.join(state_dir),
        cwd,
        run_uuid,
        core_version: COMPATIBLE_WITH.into(),
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The working directory by the shell's name for it, as Go programs call it: who came through a link (`/tmp` is one on macOS) sees the
/// link in `path.cwd`.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for the working directory")]
fn working_directory(env: &BTreeMap<String, String>) -> std::io::Result<PathBuf> {
    let real = std::env::current_dir()?;
    let named = env.get("PWD").map(PathBuf::from);
    Ok(named.filter(|named| named.is_absolute() && os::same_place(named, &real)).unwrap_or(real))
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks for the temporary directory")]
fn temporary_directory() -> PathBuf {
    std::env::temp_dir()
}

fn home(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let name = if cfg!(windows) { "USERPROFILE" } else { "HOME" };
    env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// Packer's settings file. `APPDATA` wins over the home directory even on Unix: its rule.
fn settings_file(env: &BTreeMap<String, String>, home: &Path) -> Option<PathBuf> {
    let var = |name: &str| env.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(path) = var("PACKER_CONFIG") {
        return Some(path);
    }
    let dir = var("PACKER_CONFIG_DIR").or_else(|| var("APPDATA")).unwrap_or_else(|| home.to_path_buf());
    let name = if cfg!(windows) { "packer.config" } else { ".packerconfig" };
    Some(dir.join(name)).filter(|path| path.exists())
}

/// Settings of ours, which are variables of the environment where these are not set.
const SETTINGS: [(&str, &str); 2] =
    [("prefer_plugins", crate::prefer::VARIABLE), ("mirror", crate::commands::MIRROR_VARIABLE)];

/// Reads the settings file. Of Packer's settings none means anything here (there is no update check to switch off), but a broken file, or
/// one that registers plugins in the old way, is refused as Packer refuses it.
fn read_settings(path: &Option<PathBuf>, env: &mut BTreeMap<String, String>) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    let wrong = |why: String| format!("Error loading configuration: \n\n{}: {why}", path.display());
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => return Err(wrong(error.to_string())),
    };
    let settings: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let Some(settings) = settings.as_object() else {
        return Err(wrong("the top level must be an object".into()));
    };
    for name in ["builders", "provisioners", "post-processors"] {
        if settings.get(name).and_then(|value| value.as_object()).is_some_and(|map| !map.is_empty()) {
            return Err(wrong(format!(
                "\"{name}\" registers plugins in a way that is gone: put their binaries into the plugin directory instead"
            )));
        }
    }
    for (name, variable) in SETTINGS {
        let text = match settings.get(name) {
            None | Some(serde_json::Value::Null) => continue,
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(serde_json::Value::Array(items)) if items.iter().all(serde_json::Value::is_string) => {
                let items: Vec<&str> = items.iter().filter_map(serde_json::Value::as_str).collect();
                items.join(",")
            }
            Some(_) => return Err(wrong(format!("\"{name}\" must be a text, or a list of texts"))),
        };
        env.entry(variable.to_owned()).or_insert(text);
    }
    Ok(())
}
