//! The configuration of a container: that of its image, with what `docker run` says laid over it, as the Engine does it. A commit starts
//! from it.

use bollard::models::ContainerCreateBody;
use oci::RunConfig;
use serde_json::{Value, json};

/// Lays what was asked for over the image's configuration.
pub(super) fn of_container(image: &RunConfig, body: &ContainerCreateBody) -> RunConfig {
    let mut config = image.clone();
    let text =
        |given: &Option<String>, kept: String| given.clone().filter(|text| !text.is_empty()).unwrap_or(kept);
    config.user = text(&body.user, config.user);
    config.working_dir = text(&body.working_dir, config.working_dir);
    config.stop_signal = body.stop_signal.clone().or(config.stop_signal);
    for variable in body.env.iter().flatten() {
        match variable.split_once('=') {
            Some((name, value)) => config.set_variable(name, value),
            // A name alone takes it away.
            None => config.remove_variable(variable),
        }
    }
    for port in body.exposed_ports.iter().flatten() {
        config.exposed_ports.insert(port.clone(), json!({}));
    }
    for volume in body.volumes.iter().flatten() {
        config.volumes.insert(volume.clone(), json!({}));
    }
    config.labels.extend(body.labels.clone().unwrap_or_default());
    if let Some(check) = &body.healthcheck
        && let Ok(Value::Object(check)) = serde_json::to_value(check)
    {
        config.healthcheck = Some(Value::Object(check));
    }
    match (&body.entrypoint, &body.cmd) {
        // Another program has no use for the image's arguments.
        (Some(entrypoint), cmd) => {
            config.entrypoint = Some(entrypoint.clone());
            config.cmd = cmd.clone();
        }
        (None, Some(cmd)) => config.cmd = Some(cmd.clone()),
        (None, None) => {}
    }
    config
}

/// The program that the container runs besides what is asked of it later. Nothing for a shell that would only wait for input.
pub(super) fn main_program(config: &RunConfig) -> Option<Vec<String>> {
    let words = config.entrypoint.iter().chain(&config.cmd).flatten();
    let argv: Vec<String> = words.skip_while(|word| word.is_empty()).cloned().collect();
    match argv.as_slice() {
        [] => None,
        [only] if is_shell(only) => None,
        _ => Some(argv),
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("sh" | "bash" | "ash" | "dash" | "zsh" | "ksh"))
}
