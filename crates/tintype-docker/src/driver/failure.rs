//! What the Engine, or the way to it, says when something fails, in the words that users of the docker client know.

use bollard::errors::Error as Cause;
use tintype_sdk::{Error, Kind};

/// Explains a failure. `host` is the Engine's address.
pub(super) fn explain(cause: Cause, host: &str) -> Error {
    match cause {
        Cause::DockerResponseServerError { status_code, message } => {
            let kind = if status_code < 500 { Kind::User } else { Kind::Environment };
            let message = message.trim();
            let said = if message.is_empty() { format!("status {status_code}") } else { message.to_owned() };
            Error::new(kind, format!("Error response from daemon: {said}"))
        }
        Cause::DockerStreamError { error } => Error::environment(error.trim().to_owned()),
        Cause::SocketNotFoundError(_) => unreachable_engine(host, None),
        Cause::JsonDataError { .. } | Cause::JsonSerdeError { .. } => Error::environment(format!(
            "The Docker daemon at {host} gave an answer that cannot be read: {}",
            chain(&cause)
        )),
        cause => match deepest_io(&cause) {
            Some(kind) => unreachable_engine(host, Some(kind)),
            None => Error::environment(format!(
                "The connection to the Docker daemon at {host} failed: {}",
                chain(&cause)
            )),
        },
    }
}

/// The status with which the Engine said no.
pub(super) fn status(cause: &Cause) -> Option<u16> {
    match cause {
        Cause::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

/// Makes an absent thing nothing.
pub(super) fn absent<T>(result: Result<T, Cause>) -> Result<Option<T>, Cause> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(cause) if status(&cause) == Some(404) => Ok(None),
        Err(cause) => Err(cause),
    }
}

fn unreachable_engine(host: &str, kind: Option<std::io::ErrorKind>) -> Error {
    if kind == Some(std::io::ErrorKind::PermissionDenied) {
        return Error::environment(format!(
            "permission denied while trying to connect to the Docker daemon socket at {host}"
        ))
        .hint("Run as root, or as a member of the group that owns the socket (usually `docker`).");
    }
    Error::environment(format!("Cannot connect to the Docker daemon at {host}. Is the docker daemon running?")).hint(
        "Start it, or name another Engine with DOCKER_HOST or DOCKER_CONTEXT; docker_path = \"podman\" uses podman instead.",
    )
}

/// A failure below HTTP means that there was no connection, or no longer one.
fn deepest_io(cause: &Cause) -> Option<std::io::ErrorKind> {
    let mut current: Option<&(dyn std::error::Error + 'static)> = Some(cause);
    let mut found = None;
    while let Some(error) = current {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            found = Some(io.kind());
        }
        current = error.source();
    }
    use std::io::ErrorKind::{AddrNotAvailable, ConnectionRefused, NotFound, PermissionDenied};
    found.filter(|kind| matches!(kind, AddrNotAvailable | ConnectionRefused | NotFound | PermissionDenied))
}

/// The failure with its causes.
fn chain(cause: &Cause) -> String {
    let mut text = cause.to_string();
    let mut source = std::error::Error::source(cause);
    while let Some(error) = source {
        let deeper = error.to_string();
        if !text.contains(&deeper) {
            text = format!("{text}: {deeper}");
        }
        source = error.source();
    }
    text
}
