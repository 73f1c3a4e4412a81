//! The arguments of `docker run` as a request to the Engine: what the user's `run_command` means without the client program. Making
//! the container is the driver's part.

mod apply;
mod flags;
mod mount;
mod values;

use bollard::models::ContainerCreateBody;
use tintype_sdk::World;

#[cfg(test)]
mod tests;

/// When an image is pulled before its container is made.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum PullPolicy {
    /// Always.
    Always,
    /// When it is not there.
    #[default]
    Missing,
    /// Never.
    Never,
}

/// What a container is to be.
#[derive(Clone, PartialEq, Default, Debug)]
pub(crate) struct RunArgs {
    /// The image, as it was written.
    pub image: String,
    /// Its name, when the user gave one.
    pub name: Option<String>,
    /// The platform; empty for the Engine's own.
    pub platform: String,
    /// When the image is pulled.
    pub pull: PullPolicy,
    /// A file that gets the container's id.
    pub id_file: Option<String>,
    /// Everything else.
    pub body: ContainerCreateBody,
}

/// Why the arguments cannot be turned into a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Refused {
    /// The option is not known here; the client program may know it.
    Unknown(String),
    /// The arguments make no sense to anybody.
    Wrong(String),
}

impl Refused {
    fn wrong(text: impl Into<String>) -> Self {
        Self::Wrong(text.into())
    }
}

/// Reads the arguments after `docker run`.
pub(crate) fn parse(args: &[String], world: &World) -> Result<RunArgs, Refused> {
    let (options, rest) = flags::split(args)?;
    let mut run = RunArgs::default();
    for (name, value) in options {
        apply::apply(&mut run, name, &value, world)?;
    }
    let Some((image, command)) = rest.split_first() else {
        return Err(Refused::wrong("docker run requires at least 1 argument: run_command names no image"));
    };
    run.image = image.clone();
    run.body.image = Some(image.clone());
    if !command.is_empty() {
        run.body.cmd = Some(command.to_vec());
    }
    apply::finish(&mut run);
    Ok(run)
}
