//! The real Engine of tests, and builds with it.

use std::sync::Arc;

use jiff::Timestamp;
use tintype_sdk::{
    Artifact, BuildCx, Cx, Error, Hook, Interpolation, Machine, Native, NativePost, Outcome, Policy,
    PostProcessed, PrepareCx, Registry, Result,
};
use tintype_testkit::{FakeHook, Reach, Sandbox, options};

use crate::builder::DockerBuilder;
use crate::driver::{Chosen, Driver, connect};

/// The image that tests start from; `beds/docker/base-images.sh` makes it where there is no registry.
pub const IMAGE: &str = "debian:bookworm-slim";

/// Surroundings in which an Engine can be reached and has the image. Nothing when there is none.
pub async fn sandbox() -> Option<Sandbox> {
    let sandbox = Sandbox::new();
    let found =
        match connect(&Chosen { docker_path: "docker", config_dir: None, embedded: false }, &sandbox.cx())
            .await
        {
            Ok(driver) => driver.image(IMAGE).await,
            Err(error) => Err(error),
        };
    match found {
        Ok(Some(_)) => Some(sandbox),
        Ok(None) => skip(&format!("the Engine has no {IMAGE}")),
        Err(error) => skip(&error.to_string()),
    }
}

#[expect(clippy::disallowed_macros, reason = "a test that does not run must say so")]
pub fn skip<T>(why: &str) -> Option<T> {
    eprintln!("skipped: {why}");
    None
}

pub async fn driver(sandbox: &Sandbox) -> Arc<dyn Driver> {
    connect(&Chosen { docker_path: "docker", config_dir: None, embedded: false }, &sandbox.cx())
        .await
        .expect("the Engine answered before")
}

pub fn prepare_cx(sandbox: &Sandbox) -> PrepareCx {
    PrepareCx {
        build_name: "d".into(),
        builder_type: "docker".into(),
        policy: Policy::default(),
        world: sandbox.world().clone(),
        interpolation: Arc::new(Interpolation::new(sandbox.world(), Timestamp::now())),
        sensitive_variables: Vec::new(),
        generated: Vec::new(),
    }
}

/// Runs a build as the engine of builds does: the builder, the undoing, what goes on beside.
pub async fn build(sandbox: &Sandbox, json: &str, hook: Arc<dyn Hook>) -> Result<Option<Arc<dyn Artifact>>> {
    let mut registry = Registry::new();
    registry.add_builder("docker", Native::<DockerBuilder>::new());
    let catalog = Reach::of_this_run().catalog(registry, sandbox.world());
    let prepared = catalog
        .builder("docker")
        .expect("added just now")
        .prepare(&options(json), &prepare_cx(sandbox))
        .await
        .map_err(|found| Error::user(found.to_string()))?;
    let cx: BuildCx = sandbox.build_cx(hook);
    let built = prepared.component.run(&cx).await;
    let outcome = built.as_ref().map_or_else(|error| Outcome::Failed(error.clone()), |_| Outcome::Done);
    cx.unwind(outcome).await;
    cx.finish_background().await;
    built
}

/// Runs a post-processor.
pub async fn post<P: tintype_sdk::PostProcessWith>(
    sandbox: &Sandbox,
    json: &str,
    from: Arc<dyn Artifact>,
) -> Result<PostProcessed> {
    let mut registry = Registry::new();
    registry.add_post_processor("it", NativePost::<P>::new());
    let catalog = Reach::of_this_run().catalog(registry, sandbox.world());
    let prepared = catalog
        .post_processor("it")
        .expect("added just now")
        .prepare(&options(json), &prepare_cx(sandbox))
        .await
        .map_err(|found| Error::user(found.to_string()))?;
    prepared.component.post_process(from, &sandbox.cx()).await
}

/// A build that throws its container away after `work`.
pub async fn in_container<F>(
    sandbox: &Sandbox,
    more: &str,
    work: impl Fn(Machine, Cx) -> F + Send + Sync + 'static,
) -> Result<Option<Arc<dyn Artifact>>>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let json = format!(r#"{{"image": "{IMAGE}", "pull": false, "discard": true{more}}}"#);
    build(sandbox, &json, Arc::new(FakeHook::new(work))).await
}

/// A screen's lines with what differs from run to run replaced.
pub fn lines(sandbox: &Sandbox) -> Vec<String> {
    let config = sandbox.world().config_dir.display().to_string();
    let digits = regex::Regex::new(r"tmp\d+").expect("a pattern");
    // The password of the tests' registry is three letters that a digest has, too, every now and then: hidden there as everywhere.
    let hex = regex::Regex::new(r"(?:[0-9a-f]|<sensitive>){58,64}").expect("a pattern");
    let ip = regex::Regex::new(r"\d+\.\d+\.\d+\.\d+").expect("a pattern");
    sandbox
        .lines()
        .into_iter()
        .filter(|line| !line.contains("source Docker image digest"))
        .map(|line| digits.replace_all(&line.replace(&config, "<config>"), "tmp<n>").into_owned())
        .map(|line| hex.replace_all(&line, "<hex>").into_owned())
        .map(|line| ip.replace_all(&line, "<ip>").into_owned())
        .collect()
}
