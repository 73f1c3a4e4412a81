//! What a case needs of the machine, and whether it is there. Each word is looked up once in a run.

use std::collections::HashMap;
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Mutex, PoisonError};

static KNOWN: LazyLock<Mutex<HashMap<String, Option<String>>>> = LazyLock::new(Mutex::default);

/// Why the machine lacks what the word means; None when it is there.
pub fn missing(word: &str) -> Option<String> {
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(word.to_owned()).or_insert_with(|| look(word)).clone()
}

/// The cases that speak of the Engine itself.
const ENGINE: &str = include_str!("../../../../tests/compat/engine.txt");

/// Why a case makes no sense without an Engine, when none takes part. Nothing when it does.
pub fn engine(id: &str) -> Option<String> {
    let speaks = ENGINE.lines().any(|line| line == id);
    (embedded() && speaks).then(|| "speaks of the Engine itself".to_owned())
}

/// Whether docker's components run without an Engine.
#[expect(clippy::disallowed_methods, reason = "said by whoever starts the test")]
fn embedded() -> bool {
    std::env::var_os("TINTYPE_DOCKER").is_some_and(|engine| engine == "embedded")
}

fn look(word: &str) -> Option<String> {
    let (command, reason) = match word {
        "plugin" => return None,
        "docker" => (
            &["docker", "image", "inspect", "debian:bookworm-slim"][..],
            "no Docker Engine with debian:bookworm-slim".to_owned(),
        ),
        "qemu" => (&["qemu-system-x86_64", "--version"][..], "no qemu-system-x86_64".to_owned()),
        "network-none" => {
            (&["unshare", "-n", "true"][..], "cannot cut off the network (unshare -n)".to_owned())
        }
        word => (&["which", word][..], format!("no {word}")),
    };
    (!succeeds(command)).then_some(reason)
}

#[expect(clippy::disallowed_methods, reason = "a question to the machine, not a part of the product")]
fn succeeds(command: &[&str]) -> bool {
    let Some((program, arguments)) = command.split_first() else { return false };
    let quiet = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    quiet.is_ok_and(|status| status.success())
}
