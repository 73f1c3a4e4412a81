//! `docker run` in the background without the client: make the container, fetch its image when it is missing, start it.

use bollard::query_parameters::CreateContainerOptions;
use tintype_sdk::{Cx, Error};

use super::failure::status;
use super::{Driver, Engine, NotStarted, Program, Pull};
use crate::run_args::{PullPolicy, Refused, RunArgs, parse};

impl Engine {
    pub(super) async fn run_container(&self, args: &[String], cx: &Cx) -> Result<String, NotStarted> {
        match parse(args, &self.world) {
            Ok(run) => self.make_and_start(run, cx).await,
            Err(Refused::Wrong(why)) => {
                Err(NotStarted { error: Error::user(format!("docker: {why}")), certain: true })
            }
            Err(Refused::Unknown(option)) => {
                // Perhaps newer than we are: the client program, when there is one, can say.
                let program = Program::new(super::DOCKER, None, cx);
                if program.answers().await {
                    return program.run(args, cx).await;
                }
                let error = Error::user(format!("docker: unknown option in run_command: {option}"))
                    .hint("Check its spelling; with the docker client program installed, options that are not known here go through it.");
                Err(NotStarted { error, certain: true })
            }
        }
    }

    async fn make_and_start(&self, run: RunArgs, cx: &Cx) -> Result<String, NotStarted> {
        if run.pull == PullPolicy::Always {
            self.fetch(&run, cx).await?;
        }
        let id = match self.make(&run).await {
            Err(cause)
                if status(&cause) == Some(404)
                    && run.pull == PullPolicy::Missing
                    && self.lacks(&run).await =>
            {
                self.fetch(&run, cx).await?;
                self.make(&run).await
            }
            made => made,
        };
        let id = id.map_err(|cause| self.not_started(cause))?;
        if let Err(cause) = self.docker.start_container(&id, None).await {
            let not_started = self.not_started(cause);
            let certain = not_started.certain && self.remove(&id).await.is_ok();
            return Err(NotStarted { certain, ..not_started });
        }
        if let Some(file) = &run.id_file {
            let path = self.world.path(file);
            if let Err(error) = std::fs::write(&path, &id) {
                let certain = self.remove(&id).await.is_ok();
                return Err(NotStarted { error: Error::from(error).context(path.display()), certain });
            }
        }
        Ok(id)
    }

    async fn make(&self, run: &RunArgs) -> Result<String, bollard::errors::Error> {
        let options = CreateContainerOptions { name: run.name.clone(), platform: run.platform.clone() };
        Ok(self.docker.create_container(Some(options), run.body.clone()).await?.id)
    }

    /// Whether it is the image that is missing, and not something else that the container needs.
    async fn lacks(&self, run: &RunArgs) -> bool {
        !matches!(self.look_at_image(&run.image).await, Ok(Some(_)))
    }

    async fn fetch(&self, run: &RunArgs, cx: &Cx) -> Result<(), NotStarted> {
        let pull = Pull { image: &run.image, platform: &run.platform, credentials: None, quiet: true };
        self.pull_image(pull, cx).await.map_err(|error| {
            let told = Error::new(
                error.kind(),
                format!("Unable to find image '{}' locally\ndocker: {error}", run.image),
            );
            let hints = error.hints().to_vec();
            let fallback = || {
                vec![format!(
                    "Check the name of the image; `docker images` shows those that are on this host: {}",
                    run.image
                )]
            };
            let hints = if hints.is_empty() { fallback() } else { hints };
            NotStarted { error: hints.into_iter().fold(told, Error::hint), certain: true }
        })
    }

    fn not_started(&self, cause: bollard::errors::Error) -> NotStarted {
        let certain = status(&cause).is_some();
        let error = self.explain(cause);
        let text = format!("docker: {error}.");
        NotStarted {
            error: error.hints().iter().fold(Error::new(error.kind(), text), |made, hint| made.hint(hint)),
            certain,
        }
    }
}
