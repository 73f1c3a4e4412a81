//! What the program is besides a program for people: the first process of a container, the guard of plugins, and a plugin of a Go host.

use std::path::Path;
use std::sync::Arc;

use tintype_plugin::host::guard;
use tintype_plugin::serve::{self, Start};
use tintype_ui::Out;

use crate::commands::Exit;
use crate::resolve::GUARD;
use crate::{builtin, os, signal, surroundings};

/// What the names of plugins begin with.
const PLUGIN: &str = "packer-plugin-";

/// Plays the role that the call asks for, if it asks for one. The guard has one thread and no surroundings.
pub fn play(program: &str, words: &[String]) -> Option<Exit> {
    if let [word, role @ ..] = words
        && word == tintype_oci::ROLE
    {
        return sandbox::play(role, tintype_oci::TASKS);
    }
    if words == [GUARD] {
        guard(std::io::stdin().lock());
        return Some(0);
    }
    let stem = Path::new(program).file_name()?.to_string_lossy().into_owned();
    stem.starts_with(PLUGIN).then(|| {
        plugin(words).unwrap_or_else(|text| {
            Out::stderr().write(format!("{text}\n").as_bytes());
            1
        })
    })
}

/// Called by a Go host, under a name that says so.
fn plugin(words: &[String]) -> Result<Exit, String> {
    let catalog = Arc::new(builtin::registry());
    match words.split_first() {
        Some((word, [])) if word == "describe" => {
            let line = serve::describe(&*catalog, env!("CARGO_PKG_VERSION"));
            Out::stdout().write(format!("{line}\n").as_bytes());
            Ok(0)
        }
        Some((word, rest)) if word == "start" => {
            let start = Start::read(rest)?;
            os::allow_many_files();
            let mut world = surroundings::gather()?;
            // It is the host's run that we are part of.
            if let Some(uuid) = world.env("PACKER_RUN_UUID").map(str::to_owned) {
                world.run_uuid = uuid;
            }
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .map_err(|error| format!("The runtime cannot start: {error}"))?;
            runtime.block_on(serve::run(start, catalog, Arc::new(world), |line| {
                // Interrupts are for the host, which tells us.
                signal::ignore();
                Out::stdout().write(line.as_bytes());
            }))?;
            Ok(0)
        }
        _ => Err("A plugin answers to \"describe\" and to \"start KIND NAME\".".into()),
    }
}
