//! Post-processor chains, and which artifacts remain. Each chain begins with the builder's artifact; one that fails does not stop the
//! others.

use std::sync::Arc;

use tintype_plan::{BuildPlan, PostProcessStep};
use tintype_sdk::{Artifact, Cx, Error, Keep, PostProcessed, Result};

use crate::vars::after_build;

type BoxedArtifact = Arc<dyn Artifact>;

/// Runs all chains. What remains is in the order in which a summary shows it: the builder's artifact first, if it is kept.
pub(crate) async fn post_process(
    plan: &BuildPlan,
    generated: &[String],
    built: BoxedArtifact,
    cx: &Cx,
) -> Result<Vec<Option<BoxedArtifact>>> {
    let mut made = Vec::new();
    let mut keep_built = plan.post_processors.is_empty();
    let mut errors = Vec::new();
    for chain in &plan.post_processors {
        if cx.cancel().is_cancelled() {
            break;
        }
        let mut current = built.clone();
        let mut ended = false;
        for (position, step) in chain.iter().enumerate() {
            let result = match one(plan, step, generated, &built, current.clone(), cx).await {
                Ok(result) => result,
                Err(error) => {
                    errors.push(format!("Post-processor failed: {error}"));
                    ended = true;
                    break;
                }
            };
            let keep = kept(step.keep_input, result.keep);
            if position == 0 {
                keep_built |= keep;
            } else if keep {
                made.push(Some(current.clone()));
            } else if let Err(error) = current.destroy(cx).await {
                errors.push(format!("Failed to remove the artifact between two post-processors: {error}"));
                ended = true;
                break;
            }
            match result.artifact {
                Some(next) => current = next,
                None => {
                    ended = true;
                    break;
                }
            }
        }
        if !ended {
            made.push(Some(current));
        }
    }
    if keep_built {
        made.insert(0, Some(built));
    } else if !cx.cancel().is_cancelled()
        && let Err(error) = built.destroy(cx).await
    {
        errors.push(format!("Failed to remove the builder's artifact: {error}"));
    }
    if errors.is_empty() { Ok(made) } else { Err(Error::user(listed(&errors))) }
}

async fn one(
    plan: &BuildPlan,
    step: &PostProcessStep,
    generated: &[String],
    built: &BoxedArtifact,
    from: BoxedArtifact,
    cx: &Cx,
) -> Result<PostProcessed> {
    let type_name = &step.component.type_name;
    if step.name == **type_name {
        cx.say(format!("Running post-processor: {}", step.name));
    } else {
        cx.say(format!("Running post-processor: {} (type {type_name})", step.name));
    }
    let vars = after_build(generated, built);
    let config = step.component.config.resolve(&vars).map_err(|errors| Error::user(errors.to_string()))?;
    let prepared = step
        .component
        .kind
        .prepare(&config, &plan.prepare)
        .await
        .map_err(|errors| Error::user(errors.to_string()))?;
    prepared.component.post_process(from, &cx.with_part(type_name)).await
}

/// The user's word counts, except where the output cannot do without the input.
fn kept(user: Option<bool>, keep: Keep) -> bool {
    match (keep, user) {
        (Keep::Always, _) => true,
        (Keep::Default(default), user) => user.unwrap_or(default),
    }
}

/// Several errors as one text.
fn listed(errors: &[String]) -> String {
    let list: Vec<String> = errors.iter().map(|error| format!("* {error}")).collect();
    format!("{} error(s) occurred:\n\n{}", errors.len(), list.join("\n"))
}
