//! What a component may know while its options are checked, before anything runs.

use std::sync::Arc;

use diag::{Diagnostic, Diagnostics};

use crate::{Interpolation, Policy, World};

/// What a component may know while its options are checked.
#[derive(Clone)]
pub struct PrepareCx {
    /// The source's own name (never the name a build gave it): `packer_build_name`.
    pub build_name: String,
    /// The builder's type: `packer_builder_type`.
    pub builder_type: String,
    /// What the user decided for the run.
    pub policy: Policy,
    /// The surroundings.
    pub world: Arc<World>,
    /// Renders the `{{ }}` calls in options; knows the user variables of a legacy JSON template.
    pub interpolation: Arc<Interpolation>,
    /// Names of the sensitive input variables.
    pub sensitive_variables: Vec<String>,
    /// The names that the builder of this build adds to `build.*`, once it was prepared.
    pub generated: Vec<String>,
}

/// A component whose options were found good. There is no other way to get one.
pub struct Prepared<T: ?Sized> {
    /// The component.
    pub component: Box<T>,
    /// What is doubtful about its options.
    pub warnings: Diagnostics,
    /// The names it adds to `build.*` beside the common ones. Builders only.
    pub generated: Vec<String>,
}

/// Counts what a component found wrong with its options in the title of each finding, as scripts know it from Packer's joined errors:
/// `1 error(s) occurred: url must be specified`.
pub fn counted(findings: Diagnostics) -> Diagnostics {
    let count = findings.iter().filter(|finding| finding.is_error()).count();
    let title = |mut finding: Diagnostic| {
        if finding.is_error() {
            finding.summary = format!("{count} error(s) occurred: {}", finding.summary);
        }
        finding
    };
    findings.into_iter().map(title).collect()
}
