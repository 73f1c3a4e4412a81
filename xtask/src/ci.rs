//! Everything that must hold before a change goes in, in the order in which it fails fastest.

use crate::{Outcome, programs, tidy};
use std::path::Path;

pub(crate) fn run(root: &Path, arguments: &[String]) -> Outcome {
    if !arguments.is_empty() {
        return Err("takes no arguments".to_owned());
    }
    let cargo = |arguments: &[&str]| programs::run(root, env!("CARGO"), arguments);
    cargo(&["fmt", "--all", "--check"])?;
    tidy::run(root, &[])?;
    licences(root)?;
    cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
    cargo(&["test", "--workspace", "--no-fail-fast"])?;
    // Components once more, as if each were in a plugin. Those of docker take a minute, and do not care which form their options come in.
    for (reach, package) in
        [("protobuf", "tintype-parts"), ("gob", "tintype-parts"), ("protobuf", "tintype-docker")]
    {
        let config = format!("env.TINTYPE_TEST_REACH=\"{reach}\"");
        cargo(&["test", "--quiet", "--config", &config, "--package", package])?;
    }
    if root.join("docs/reference").is_dir() {
        cargo(&["run", "--quiet", "--package", "tintype-cli", "--", "dev", "--check", "docs"])?;
    }
    Ok(())
}

/// `deny.toml`, where the program that reads it is installed: `cargo install --locked cargo-deny`. Advisories are left out:
/// their database comes over the network and changes without a change of ours.
fn licences(root: &Path) -> Outcome {
    if !programs::answers("cargo-deny", &["--version"]) {
        eprintln!("cargo-deny is not installed: licences and sources of dependencies are not checked");
        return Ok(());
    }
    programs::run(root, "cargo-deny", &["--log-level", "error", "check", "bans", "licenses", "sources"])
}
