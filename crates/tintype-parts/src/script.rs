//! What the script provisioners have in common: environment variables on a command line, lines that become a script, exit codes.

use std::collections::BTreeMap;

use tintype_schema::{At, Check, Config};
use tintype_sdk::{BuildVars, Error, ExitStatus, Interpolation, PrepareCx, Result, os_text};

use crate::values::{http_variables, texts};

/// Environment variables for scripts.
#[derive(Config, Clone, Debug, Default)]
#[config(name = "environment")]
pub(crate) struct EnvConfig {
    /// Variables for the script, each `NAME=value`. `PACKER_BUILD_NAME` and `PACKER_BUILDER_TYPE` are always there, and with an HTTP server
    /// of the builder `PACKER_HTTP_ADDR`, `PACKER_HTTP_IP` and `PACKER_HTTP_PORT`.
    pub environment_vars: Vec<String>,
    /// Variables for the script by name. They win over `environment_vars`.
    pub env: BTreeMap<String, String>,
}

impl Check for EnvConfig {
    fn check(&self, at: &mut At<'_>) {
        for (index, text) in self.environment_vars.iter().enumerate() {
            if pair(text).is_none() {
                at.error(
                    &format!("environment_vars[{index}]"),
                    format!("Environment variable not in format 'key=value': {text}"),
                );
            }
        }
    }
}

fn pair(text: &str) -> Option<(&str, &str)> {
    text.split_once('=').filter(|(name, _)| !name.is_empty())
}

/// What a script's text and command are rendered with while the build runs.
pub(crate) struct RunData<'a> {
    pub cx: &'a PrepareCx,
    pub vars: &'a BuildVars,
}

impl RunData<'_> {
    /// Renders a text with what the build knows and `extra`.
    pub fn render(&self, what: &str, text: &str, extra: &[(&str, String)]) -> Result<String> {
        let mut data = texts(self.vars);
        data.extend(extra.iter().map(|(name, value)| (*name, value.clone())));
        let rendered = self.interpolation().render_with(text, &data);
        rendered.map_err(|error| Error::user(format!("{what}: {error}")))
    }

    fn interpolation(&self) -> &Interpolation {
        &self.cx.interpolation
    }

    /// The lines of an inline script, each rendered again: values that only the running build knows are in them now.
    pub fn lines(&self, inline: &[String]) -> Result<String> {
        let mut script = String::new();
        for line in inline {
            script.push_str(&self.render("inline", line, &[])?);
            script.push('\n');
        }
        Ok(script)
    }

    /// The variables of a script, written one after the other by `format` (as Go's printf: name, value). With `quoted`, single quotes
    /// in the user's values are written so that they survive between single quotes.
    pub fn environment(&self, config: &EnvConfig, format: &str, quoted: bool) -> Result<String> {
        let mut all = BTreeMap::from([
            ("PACKER_BUILD_NAME".to_string(), self.cx.build_name.clone()),
            ("PACKER_BUILDER_TYPE".to_string(), self.cx.builder_type.clone()),
        ]);
        all.extend(http_variables(self.vars));
        let listed = config.environment_vars.iter().filter_map(|text| pair(text));
        let mapped = config.env.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in listed.chain(mapped) {
            let value = self.render("environment_vars", value, &[])?;
            let value = if quoted { value.replace('\'', r#"'"'"'"#) } else { value };
            all.insert(name.to_string(), value);
        }
        let mut text = String::new();
        for (name, value) in all {
            let data = [("F", format.to_string()), ("N", name), ("V", value)];
            let written = self.interpolation().render_with("{{printf .F .N .V}}", &data);
            text.push_str(&written.map_err(|error| Error::user(format!("env_var_format: {error}")))?);
        }
        Ok(text)
    }
}

/// Whether the script ended as it may. No codes at all mean 0.
pub(crate) fn check_status(status: ExitStatus, valid: &[i64]) -> Result<()> {
    let valid = if valid.is_empty() { &[0] } else { valid };
    if valid.contains(&status.0) {
        return Ok(());
    }
    let codes: Vec<String> = valid.iter().map(i64::to_string).collect();
    Err(Error::user(format!(
        "Script exited with non-zero exit status: {}. Allowed exit codes are: [{}]",
        status.0,
        codes.join(" ")
    )))
}

/// Reports scripts that are not there. `places` are the options that name them.
pub(crate) fn check_scripts<'a>(
    scripts: impl IntoIterator<Item = (String, &'a str)>,
    cx: &PrepareCx,
    at: &mut At<'_>,
) {
    for (place, script) in scripts {
        match std::fs::metadata(cx.world.cwd.join(script)) {
            Err(error) => {
                at.error(&place, format!("Bad script '{script}': stat {script}: {}", os_text(&error)));
            }
            Ok(about) if about.is_dir() => {
                at.error(&place, format!("Bad script '{script}': it is a directory"));
            }
            Ok(_) => {}
        }
    }
}

/// Text with the line ends of Unix, the last line ended.
pub(crate) fn unix_text(text: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(text.len() + 1);
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        lines.extend_from_slice(line.strip_suffix(b"\r").unwrap_or(line));
        lines.push(b'\n');
    }
    lines
}
