//! All builds of a run, in parallel, and its end.

use std::sync::Arc;
use std::time::Instant;

use tintype_event::{ArtifactSummary, EventKind, EventSink, Target};
use tintype_sdk::{Artifact, Asker, Cancel, Cx, Error, Policy, World};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::build::{Made, run_build};
use crate::{Ready, ReadyBuild};

/// How a run goes.
#[derive(Clone)]
pub struct RunOptions {
    /// How many builds may run at once; no limit when absent.
    pub parallel: Option<usize>,
    /// What the user decided.
    pub policy: Policy,
    /// The surroundings.
    pub world: Arc<World>,
    /// Where events go.
    pub events: EventSink,
    /// Who can be asked.
    pub asker: Arc<dyn Asker>,
    /// How the run is stopped.
    pub cancel: Cancel,
}

/// How a run ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// How many builds failed.
    pub failed: usize,
    /// Whether it was stopped.
    pub interrupted: bool,
}

impl Summary {
    /// Whether everything went well.
    pub fn success(&self) -> bool {
        self.failed == 0 && !self.interrupted
    }
}

/// Runs all builds and tells how it went. Every build that was begun is waited for.
pub async fn run(ready: Ready, options: RunOptions) -> Summary {
    let begun = Instant::now();
    if options.policy.debug {
        options
            .events
            .send(None, EventKind::Say("Debug mode enabled. Builds will not be parallelized.".into()));
    }
    let names: Vec<Arc<str>> = ready.builds.iter().map(|build| build.name().clone()).collect();
    options.events.send(None, EventKind::RunStarted { builds: names.clone() });

    let limit = if options.policy.debug { Some(1) } else { options.parallel };
    let permits =
        Arc::new(Semaphore::new(limit.unwrap_or(Semaphore::MAX_PERMITS).clamp(1, Semaphore::MAX_PERMITS)));
    let mut tasks = JoinSet::new();
    for (index, build) in ready.builds.into_iter().enumerate() {
        // Taken here, not in the task: builds start in the order of the template.
        let permit = tokio::select! {
            biased;
            () = options.cancel.cancelled() => break,
            permit = permits.clone().acquire_owned() => permit,
        };
        let cx = context(&build, &options);
        tasks.spawn(async move {
            let result = run_build(build, cx).await;
            drop(permit);
            (index, result)
        });
    }
    let mut results: Vec<Option<Result<Made, Error>>> = names.iter().map(|_| None).collect();
    while let Some(joined) = tasks.join_next().await {
        if let Ok((index, result)) = joined
            && let Some(slot) = results.get_mut(index)
        {
            *slot = Some(result);
        }
    }

    let interrupted = options.cancel.is_cancelled();
    let (mut errors, mut artifacts) = (Vec::new(), Vec::new());
    for (name, result) in names.into_iter().zip(results) {
        match result {
            Some(Err(error)) => put(&mut errors, name, error.to_string()),
            Some(Ok(Some(made))) => put(&mut artifacts, name, summaries(&made)),
            Some(Ok(None)) | None => {}
        }
    }
    let failed = errors.len();
    options
        .events
        .send(None, EventKind::RunFinished { duration: begun.elapsed(), interrupted, errors, artifacts });
    Summary { failed, interrupted }
}

fn context(build: &ReadyBuild, options: &RunOptions) -> Cx {
    Cx::new(
        options.world.clone(),
        options.events.clone(),
        options.asker.clone(),
        options.policy,
        options.cancel.child(),
        Some(Target::build(build.name().clone())),
    )
}

/// Of two builds with one name the later one is shown: Packer's rule.
fn put<T>(list: &mut Vec<(Arc<str>, T)>, name: Arc<str>, value: T) {
    list.retain(|(known, _)| *known != name);
    list.push((name, value));
}

fn summaries(made: &[Option<Arc<dyn Artifact>>]) -> Vec<Option<ArtifactSummary>> {
    let summary = |artifact: &Arc<dyn Artifact>| ArtifactSummary {
        builder_id: artifact.builder_id().to_string(),
        id: artifact.id(),
        text: artifact.describe(),
        files: artifact.files().iter().map(|file| file.display().to_string()).collect(),
    };
    made.iter().map(|artifact| artifact.as_ref().map(summary)).collect()
}
