//! One build from its start to its last word: builder, undoing, post-processors.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use tintype_event::EventKind;
use tintype_sdk::{Artifact, BuildCx, Cx, Error, Outcome, Result};

use crate::ReadyBuild;
use crate::post::post_process;
use crate::provision::Provisioning;

/// What a build left behind; nothing when its builder made nothing.
pub(crate) type Made = Option<Vec<Option<Arc<dyn Artifact>>>>;

/// Runs one build. Whatever happens, everything that was deferred is undone and the end is told.
pub(crate) async fn run_build(build: ReadyBuild, cx: Cx) -> Result<Made> {
    let begun = Instant::now();
    cx.send(EventKind::BuildStarted);
    let result = work(build, &cx).await;
    cx.finish_background().await;
    let error = result.as_ref().err().map(ToString::to_string);
    let hints = result.as_ref().err().map_or(Vec::new(), |error| error.hints().to_vec());
    cx.send(EventKind::BuildFinished { duration: begun.elapsed(), error, hints });
    result
}

async fn work(build: ReadyBuild, cx: &Cx) -> Result<Made> {
    let ReadyBuild { plan, builder, generated } = build;
    let context = BuildCx::new(cx.clone(), Provisioning::of(&plan, &generated).hook());
    let built = guarded(builder.run(&context), cx).await;
    let outcome = match &built {
        Ok(_) => Outcome::Done,
        Err(error) => Outcome::Failed(error.clone()),
    };
    // The machine is not needed any more: what the builder deferred is undone before the post-processors begin.
    if let Outcome::Failed(error) = cx.unwind(outcome).await {
        return Err(error);
    }
    let Some(artifact) = built? else { return Ok(None) };
    if cx.cancel().is_cancelled() {
        return Ok(None);
    }
    let processed = guarded(post_process(&plan, &generated, artifact, cx), cx).await;
    let outcome = match &processed {
        Ok(_) => Outcome::Done,
        Err(error) => Outcome::Failed(error.clone()),
    };
    cx.unwind(outcome).await;
    processed.map(Some)
}

/// Runs until the end, a panic, or the second word to stop; the last two become errors, so that undoing goes on.
async fn guarded<T>(work: impl Future<Output = Result<T>>, cx: &Cx) -> Result<T> {
    tokio::select! {
        biased;
        () = cx.cancel().aborted() => Err(Error::cancelled()),
        result = AssertUnwindSafe(work).catch_unwind() => match result {
            Ok(result) => result,
            Err(panic) => Err(Error::bug(format!("internal error: {}", message(&*panic)))
                .hint("This is a defect of Tintype: please report it with the template and the log.")),
        },
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a component panicked")
}
