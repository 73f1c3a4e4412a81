//! Profiles: named settings in two files below the home directory.

use std::collections::BTreeMap;

use tintype_sdk::{Error, Result, World};

use crate::AccessKey;

/// The profile that is asked for, else that of the environment. Empty: none in particular.
fn chosen<'a>(asked: &'a str, world: &'a World) -> &'a str {
    if asked.is_empty() { world.env("AWS_PROFILE").unwrap_or_default() } else { asked }
}

/// A profile's key. Nothing when there is no such profile and none was asked for.
pub(crate) fn key(asked: &str, world: &World) -> Result<Option<AccessKey>> {
    let found = settings(asked, world);
    let take = |name: &str| found.get(name).cloned().unwrap_or_default();
    let key = AccessKey {
        id: take("aws_access_key_id"),
        secret: take("aws_secret_access_key"),
        token: take("aws_session_token"),
    };
    let name = chosen(asked, world);
    if !key.id.is_empty() {
        return Ok(Some(key));
    }
    if name.is_empty() {
        return Ok(None);
    }
    let why = if found.is_empty() { "there is no such profile" } else { "it holds no access key" };
    Err(Error::user(format!("AWS profile \"{name}\": {why}"))
        .hint("`aws configure export-credentials --format env` turns any profile into variables that can be used here."))
}

/// All settings of a profile: those of the credentials file, then those of the settings file.
pub(crate) fn settings(asked: &str, world: &World) -> BTreeMap<String, String> {
    let name = chosen(asked, world);
    let wanted = if name.is_empty() { "default" } else { name };
    let file = |variable: &str, usual: &str| match world.env(variable) {
        Some(path) => Some(world.path(path)),
        None => world.home.as_ref().map(|home| home.join(".aws").join(usual)),
    };
    let settings_section = if wanted == "default" { wanted.to_owned() } else { format!("profile {wanted}") };
    let places = [
        (file("AWS_CONFIG_FILE", "config"), settings_section.as_str()),
        (file("AWS_SHARED_CREDENTIALS_FILE", "credentials"), wanted),
    ];
    let mut found = BTreeMap::new();
    for (path, section) in places {
        let Some(text) = path.and_then(|path| std::fs::read_to_string(path).ok()) else { continue };
        found.extend(ini_section(&text, section));
    }
    found
}

/// The settings of one section of an INI file.
pub(crate) fn ini_section(text: &str, section: &str) -> BTreeMap<String, String> {
    let mut inside = false;
    let mut found = BTreeMap::new();
    for line in text.lines().map(str::trim) {
        if let Some(title) = line.strip_prefix('[').and_then(|line| line.split(']').next()) {
            inside = title.split_whitespace().eq(section.split_whitespace());
        } else if inside
            && !line.starts_with(['#', ';'])
            && let Some((name, value)) = line.split_once('=')
        {
            found.insert(name.trim().to_lowercase(), value.trim().to_owned());
        }
    }
    found
}
