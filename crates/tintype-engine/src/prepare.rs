//! Checks every component of a plan before anything runs. A build with a mistake is left out; the others stay.

use std::sync::Arc;

use diag::{Diagnostic, Diagnostics, SourceMap};
use tintype_plan::{BuildPlan, Plan};
use tintype_sdk::{Builder, counted};

use crate::vars::placeholders;

/// The builds of a plan that can run.
pub struct Ready {
    /// In the order of the plan.
    pub builds: Vec<ReadyBuild>,
    /// The texts that spans in them point into.
    pub sources: Arc<SourceMap>,
}

/// A build whose components were all found good.
pub struct ReadyBuild {
    pub(crate) plan: BuildPlan,
    pub(crate) builder: Box<dyn Builder>,
    pub(crate) generated: Vec<String>,
}

impl ReadyBuild {
    /// Its name.
    pub fn name(&self) -> &Arc<str> {
        &self.plan.name
    }
}

/// Checks every component of every build. All findings are returned together, each once, however many builds share the block.
pub async fn prepare(plan: Plan) -> (Ready, Diagnostics) {
    let mut builds = Vec::with_capacity(plan.builds.len());
    let mut all = Diagnostics::new();
    for build in plan.builds {
        let (ready, findings) = prepare_build(build).await;
        builds.extend(ready);
        for finding in findings {
            if !all.iter().any(|known| same(known, &finding)) {
                all.push(finding);
            }
        }
    }
    (Ready { builds, sources: plan.sources }, all)
}

fn same(a: &Diagnostic, b: &Diagnostic) -> bool {
    a.subject.is_some() && a == b
}

async fn prepare_build(mut plan: BuildPlan) -> (Option<ReadyBuild>, Diagnostics) {
    let mut findings = Diagnostics::new();
    let prepared = match plan.builder.kind.prepare(&plan.builder.config, &plan.prepare).await {
        Ok(prepared) => prepared,
        // Without it nobody knows which names `build` has, and findings about them could be wrong.
        Err(errors) => return (None, placed(under(&plan.refusal, counted(errors)), plan.builder.span)),
    };
    findings.extend(placed(prepared.warnings, plan.builder.span));
    let vars = placeholders(&prepared.generated);
    plan.prepare.generated.clone_from(&prepared.generated);
    for step in plan.provisioners.iter().chain(&plan.error_cleanup) {
        let result = match step.component.config.resolve(&vars) {
            Ok(config) => {
                step.component.kind.prepare(&config, &plan.prepare).await.map(|prepared| prepared.warnings)
            }
            Err(errors) => Err(errors),
        };
        let told = result.unwrap_or_else(|errors| under(&step.refusal, errors));
        findings.extend(placed(told, step.component.span));
    }
    for step in plan.post_processors.iter().flatten() {
        let result = match step.component.config.resolve(&vars) {
            Ok(config) => {
                step.component.kind.prepare(&config, &plan.prepare).await.map(|prepared| prepared.warnings)
            }
            Err(errors) => Err(errors),
        };
        let told = result.unwrap_or_else(|errors| under(&step.refusal, errors));
        findings.extend(placed(told, step.component.span));
    }
    if findings.has_errors() {
        return (None, findings);
    }
    (Some(ReadyBuild { builder: prepared.component, generated: prepared.generated, plan }), findings)
}

/// A finding without a place is about the block as a whole.
fn placed(findings: Diagnostics, span: Option<diag::Span>) -> Diagnostics {
    findings
        .into_iter()
        .map(|finding| if finding.subject.is_none() { finding.at(span) } else { finding })
        .collect()
}

/// Tells errors under one title, each with its own as the first sentence.
fn under(title: &str, findings: Diagnostics) -> Diagnostics {
    let retitle = |mut finding: Diagnostic| {
        if finding.is_error() && !title.is_empty() {
            let own = std::mem::replace(&mut finding.summary, title.to_string());
            let end = if own.ends_with(['.', '!', '?', ':']) || finding.detail.is_empty() { "" } else { "." };
            finding.detail = format!("{own}{end} {}", finding.detail).trim_end().to_string();
        }
        finding
    };
    findings.into_iter().map(retitle).collect()
}
